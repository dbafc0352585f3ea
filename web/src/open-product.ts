import { computed, signal } from "@preact/signals";
import type { AdmittedFile, Kind } from "../vestibule.js";
import { say } from "./notices.ts";
import { text } from "./sentences.ts";
import type { Image, ProductWithFiles, Shop } from "./shop.ts";

const FIRST_LOOK_MS = 600;
const SLOWEST_LOOK_MS = 5_000;

/** The product that is looked at, with its files; kept fresh while images are being rendered. */
export class OpenProduct {
  readonly product = signal<ProductWithFiles>();
  /** What can be had back: deleted files, and those that have a newer version. */
  readonly recoverable = signal<Record<Kind, AdmittedFile[]>>({ image: [], deliverable: [] });
  readonly error = signal<unknown>();
  readonly images = computed(() => this.product.value?.images ?? []);
  readonly deliverables = computed(() => this.product.value?.deliverables ?? []);
  readonly #shop: Shop;
  readonly #id: string;
  #closed = false;
  #looking = false;

  constructor(shop: Shop, id: string) {
    this.#shop = shop;
    this.#id = id;
  }

  close(): void {
    this.#closed = true;
  }

  async load(): Promise<void> {
    try {
      const [product, image, deliverable] = await Promise.all([
        this.#shop.product(this.#id),
        this.#shop.recoverable(this.#id, "image"),
        this.#shop.recoverable(this.#id, "deliverable"),
      ]);
      this.product.value = product;
      this.recoverable.value = { image, deliverable };
      this.error.value = undefined;
      void this.#watchRendering();
    } catch (error) {
      // What is on the screen is worth more than an error in its place.
      if (this.product.value === undefined) this.error.value = error;
      else say(text(error), { tone: "bad" });
    }
  }

  /** Do something and show what has become of it; a refusal is said, and nothing else is changed. */
  async change(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      say(text(error), { tone: "bad" });
      return false;
    } finally {
      await this.load();
    }
  }

  async remove(kind: Kind, file: AdmittedFile): Promise<void> {
    if (!(await this.change(() => this.#shop.remove(kind, file)))) return;
    say(`Deleted ${file.filename}.`, { undo: () => void this.restore(kind, file) });
  }

  async restore(kind: Kind, file: AdmittedFile): Promise<void> {
    if (await this.change(() => this.#shop.restore(kind, file))) say(`${file.filename} is back.`);
  }

  /** Shown at once; if it is refused, all is as it was. */
  async order(images: Image[]): Promise<void> {
    if (this.product.value === undefined) return;
    this.product.value = { ...this.product.value, images };
    await this.change(() =>
      this.#shop.orderImages(
        this.#id,
        images.map(({ id }) => id),
      ),
    );
  }

  async #watchRendering(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    for (let wait = FIRST_LOOK_MS; this.#isRendering(); wait = Math.min(wait * 1.5, SLOWEST_LOOK_MS)) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (this.#closed) break;
      const images = await this.#shop.images(this.#id).catch(() => undefined);
      if (images && this.product.value) this.product.value = { ...this.product.value, images };
    }
    this.#looking = false;
  }

  #isRendering(): boolean {
    return !this.#closed && this.images.value.some(({ rendition_state }) => rendition_state === "processing");
  }
}
