import { signal } from "@preact/signals";
import type { AdmittedFile, Kind, KindRules, Vestibule } from "../vestibule.js";
import { sentence, type Sentence } from "./sentences.ts";
import type { Uploader } from "./uploader.ts";

/** A file that was not admitted, and why. */
export interface Refused extends Sentence {
  id: string;
  productId: string;
  kind: Kind;
  filename: string;
}

/** What is on its way, in files and bytes. */
export interface UnderWay {
  files: number;
  loaded: number;
  total: number;
}

const NOTHING: UnderWay = { files: 0, loaded: 0, total: 0 };

/** All uploads of this page. They go on while one looks at another product, so nothing here belongs to a view. */
export class Uploads {
  readonly refused = signal<Refused[]>([]);
  readonly underWay = signal<UnderWay>(NOTHING);
  /** The last file that was admitted, of any product. */
  readonly admitted = signal<AdmittedFile>();
  readonly #vestibule: Vestibule;
  readonly #uploaders = new Map<string, Promise<Uploader>>();

  constructor(vestibule: Vestibule) {
    this.#vestibule = vestibule;
    addEventListener("beforeunload", (event) => {
      if (this.underWay.value.files > 0) event.preventDefault(); // the browser asks
    });
  }

  /** The uploader of a product's files of one kind. Its code is loaded when it is needed first. */
  of(productId: string, rules: KindRules): Promise<Uploader> {
    const name = `${productId}/${rules.name}`;
    let uploader = this.#uploaders.get(name);
    if (uploader === undefined) {
      uploader = this.#make(productId, rules);
      uploader.catch(() => this.#uploaders.delete(name)); // offline, perhaps: asked for again next time
      this.#uploaders.set(name, uploader);
    }
    return uploader;
  }

  dismiss(id: string): void {
    this.refused.value = this.refused.value.filter((refused) => refused.id !== id);
  }

  async #make(productId: string, rules: KindRules): Promise<Uploader> {
    const { Uploader } = await import("./uploader.ts");
    return new Uploader(this.#vestibule, productId, rules, {
      onProgress: () => void this.#count(),
      onAdmitted: (file) => {
        this.#forget(productId, rules.name, file.filename);
        this.admitted.value = file;
      },
      onRefused: (filename, error) => this.#refuse(productId, rules.name, filename, error),
    });
  }

  #refuse(productId: string, kind: Kind, filename: string, error: unknown): void {
    this.#forget(productId, kind, filename);
    const refused = { id: crypto.randomUUID(), productId, kind, filename, ...sentence(error) };
    this.refused.value = [...this.refused.value, refused];
  }

  #forget(productId: string, kind: Kind, filename: string): void {
    this.refused.value = this.refused.value.filter(
      (one) => !(one.productId === productId && one.kind === kind && one.filename === filename),
    );
  }

  async #count(): Promise<void> {
    const each = (await Promise.all(this.#uploaders.values())).map((uploader) => uploader.underWay());
    this.underWay.value = each.reduce(
      (sum, one) => ({
        files: sum.files + one.files,
        loaded: sum.loaded + one.loaded,
        total: sum.total + one.total,
      }),
      NOTHING,
    );
  }
}
