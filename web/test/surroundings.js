/** What most tests begin with. */
import { randomBytes } from "node:crypto";
import { Vestibule } from "../vestibule.js";
import { FakeService } from "./fake-service.js";

export const QUICK = { backoffMs: 1, maxBackoffMs: 4, attempts: 6, lockWaitMs: 50 };

/** A service that stops after the test, and how a page would see it. */
export async function begin(t, options = {}) {
  const service = await FakeService.start();
  t.after(() => service.stop());
  const storage = options.storage ?? new Storage();
  const page = (more = {}) =>
    new Vestibule({ apiUrl: `${service.url}/`, getToken: () => "token", storage, ...QUICK, ...options, ...more });
  return { service, storage, page, vestibule: page() };
}

export const fileOf = (bytes, { name = "film.zip", type = "application/zip", lastModified = 1_700_000_000_000 } = {}) =>
  new File([bytes], name, { type, lastModified });

export const someBytes = (size) => randomBytes(size);

export const inParts = { productId: "01PRODUCT", kind: "deliverable", strategy: "multipart" };
export const asForm = { productId: "01PRODUCT", kind: "deliverable" };

/** Upload a file, with a pause in the middle of a step. */
export async function pausedAt(step, { service, vestibule }, bytes, options) {
  const held = service.hold(step);
  const upload = vestibule.upload(fileOf(bytes), options);
  await held.seen;
  upload.pause();
  await held.left;
  held.release();
  upload.resume();
  await upload.done;
}

/** localStorage, as far as it is used. */
export class Storage {
  items = new Map();
  get length() {
    return this.items.size;
  }
  key(at) {
    return [...this.items.keys()][at] ?? null;
  }
  getItem(name) {
    return this.items.get(name) ?? null;
  }
  setItem(name, value) {
    this.items.set(name, value);
  }
  removeItem(name) {
    this.items.delete(name);
  }
}

/** The value of a global for as long as a test runs. */
export function setGlobal(t, name, value) {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  t.after(() => (before ? Object.defineProperty(globalThis, name, before) : delete globalThis[name]));
}
