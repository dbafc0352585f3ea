/** Vestibule as an uploader of Uppy 6: `uppy.use(UppyVestibule, { vestibule, productId, kind })`. */

import { BasePlugin, type Body, type Meta, type PluginOpts, type Uppy } from "@uppy/core";
import type { Kind, Strategy, Vestibule } from "./vestibule.js";

/** What a file's meta may say of its upload. */
export interface VestibuleMeta {
  productId?: string;
  kind?: Kind;
  /** The id of the file whose place this one takes. */
  replaces?: string;
  /** What an image shows, for people who cannot see it. */
  alt?: string;
  strategy?: Strategy;
}

/** `productId`, `kind` and `strategy` stand for files whose meta does not say. */
export interface UppyVestibuleOptions extends PluginOpts, Pick<VestibuleMeta, "productId" | "kind" | "strategy"> {
  vestibule: Vestibule;
}

/**
 * `file.response.body` is the admitted file, and `file.uploadURL` its path in the API (it is not public). A file that is
 * removed, or all by `cancelAll()` or `destroy()`, are cancelled for good; one that failed goes on where it was when
 * Uppy retries it.
 */
export default class UppyVestibule<M extends Meta, B extends Body> extends BasePlugin<UppyVestibuleOptions, M, B> {
  constructor(uppy: Uppy<M, B>, opts: UppyVestibuleOptions);
}

declare module "@uppy/core" {
  interface PluginTypeRegistry<M extends Meta, B extends Body> {
    UppyVestibule: UppyVestibule<M, B>;
  }
}
