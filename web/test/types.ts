/** The types, as a page uses them; and that the code is what vestibule.d.ts declares. Checked by tsc only, never run. */
import { Uppy } from "@uppy/core";
import UppyVestibule from "../uppy-vestibule.js";
import * as declared from "../vestibule.js";
import { Vestibule as RealVestibule } from "../vestibule/client.js";
import { VestibuleError as RealError } from "../vestibule/errors.js";

export const client: typeof declared.Vestibule = RealVestibule;
export const error: typeof declared.VestibuleError = RealError;

export async function aPage(file: File): Promise<string> {
  const vestibule = new declared.Vestibule({
    apiUrl: "https://api.example",
    getToken: ({ refresh }) => String(refresh),
  });
  const upload = vestibule.upload(file, {
    productId: "01J",
    kind: "deliverable",
    onProgress: ({ state, loaded, total }) => console.log(state, loaded / total),
  });
  upload.pause();
  upload.resume();
  for (const unfinished of await vestibule.pending()) await unfinished.discard();
  // @ts-expect-error a kind that is none
  vestibule.upload(file, { productId: "01J", kind: "film" });
  // @ts-expect-error no product
  vestibule.upload(file, { kind: "image" });
  // @ts-expect-error `done` is only to be read
  upload.done = undefined;
  const { title } = await vestibule.request<{ title: string }>("GET", "/products/01J");
  return title + (await upload.done).filename;
}

export function aPageWithUppy(vestibule: declared.Vestibule): Uppy {
  // @ts-expect-error it needs a client
  new Uppy().use(UppyVestibule, { kind: "image" });
  return new Uppy().use(UppyVestibule, { vestibule, productId: "01J", kind: "image" });
}
