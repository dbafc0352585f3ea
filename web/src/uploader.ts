import "@uppy/core/css/style.min.css";
import "@uppy/dashboard/css/style.min.css";
import "./styles/uploader.css";
import Uppy, { type Body, type Meta, type UppyFile } from "@uppy/core";
import Dashboard from "@uppy/dashboard";
import UppyVestibule, { type VestibuleMeta } from "../uppy-vestibule.js";
import { VestibuleError, type AdmittedFile, type KindRules, type Vestibule } from "../vestibule.js";
import type { UnderWay } from "./uploads.ts";

type File = UppyFile<Meta, Body>;

export interface Listeners {
  onProgress: () => void;
  onAdmitted: (file: AdmittedFile) => void;
  onRefused: (filename: string, error: unknown) => void;
}

const ADMITTED_SHOWN_MS = 1_500;
const SILENT = { debug: () => {}, warn: () => {}, error: () => {} }; // what it would log is shown on the page
const HEIGHT = 240;

/**
 * An Uppy for the files of one kind of one product. It lives as long as the page, with or without its Dashboard: to
 * destroy an Uppy is to give its uploads up.
 */
export class Uploader {
  readonly #uppy: Uppy<Meta, Body>;
  readonly #rules: KindRules;
  readonly #listeners: Listeners;

  constructor(vestibule: Vestibule, productId: string, rules: KindRules, listeners: Listeners) {
    this.#rules = rules;
    this.#listeners = listeners;
    this.#uppy = new Uppy<Meta, Body>({
      id: `${productId}-${rules.name}`,
      autoProceed: true,
      logger: SILENT,
      restrictions: { allowedFileTypes: rules.content_types },
    });
    this.#uppy.use(UppyVestibule, { vestibule, productId, kind: rules.name });
    this.#listen();
  }

  /** Put the Dashboard into an element; what is returned takes it away again. */
  show(element: HTMLElement): () => void {
    this.#uppy.use(Dashboard, {
      target: element,
      inline: true,
      width: "100%",
      height: HEIGHT,
      theme: "auto",
      proudlyDisplayPoweredByUppy: false,
      disableInformer: true, // what is wrong is said below it, and stays there
      hideUploadButton: true,
      singleFileFullScreen: false,
      locale: { strings: this.#words() },
    });
    const names = nameLists(element);
    return () => {
      names.disconnect();
      const dashboard = this.#uppy.getPlugin("Dashboard");
      if (dashboard) this.#uppy.removePlugin(dashboard);
    };
  }

  /** Begin to upload files, or go on with them if they were begun before. */
  add(files: Iterable<globalThis.File>, meta: Pick<VestibuleMeta, "replaces"> = {}): void {
    const added = [...files].map((data) => ({ name: data.name, type: data.type, data, meta: { ...meta } }));
    this.#uppy.addFiles(added);
  }

  underWay(): UnderWay {
    const files = this.#uppy.getFiles().filter(({ progress, error }) => !progress.uploadComplete && !error);
    return {
      files: files.length,
      loaded: files.reduce((sum, { progress }) => sum + (progress.bytesUploaded || 0), 0),
      total: files.reduce((sum, { size }) => sum + (size ?? 0), 0),
    };
  }

  #listen(): void {
    const { onProgress, onAdmitted, onRefused } = this.#listeners;
    const uppy = this.#uppy;
    uppy.on("upload-success", (file, response) => {
      onAdmitted(response.body as unknown as AdmittedFile);
      if (file) setTimeout(() => uppy.getFile(file.id) && uppy.removeFile(file.id), ADMITTED_SHOWN_MS);
    });
    uppy.on("upload-error", (file, error) => {
      if (!file || (error instanceof VestibuleError && error.code === "cancelled")) return;
      onRefused(file.name, error);
      // What may yet succeed stays, to be tried again there.
      if (error instanceof VestibuleError && error.retryable) return;
      uppy.removeFile(file.id);
      uppy.setState({ error: null });
    });
    uppy.on("restriction-failed", (file, error) => {
      if (file) onRefused(file.name, this.#isWrongType(file) ? this.#wrongType(file) : isHere(error));
    });
    for (const event of ["files-added", "file-removed", "upload-progress", "complete", "upload-error"] as const) {
      uppy.on(event, onProgress);
    }
  }

  #isWrongType({ type }: File): boolean {
    const { content_types } = this.#rules;
    return content_types !== null && !content_types.includes(type);
  }

  #wrongType({ type }: File): VestibuleError {
    const expected = this.#rules.content_types?.join(", ");
    return new VestibuleError("unsupported_media_type", "", { expected, actual: type });
  }

  #words(): { dashboardTitle: string; dropPasteFiles: string } {
    const what = this.#rules.name === "image" ? "images" : "files";
    return { dashboardTitle: `Upload ${what}`, dropPasteFiles: `Drop ${what} here, or %{browseFiles}` };
  }
}

/** Uppy's FileList makes an item of a single file, but no list around it: a screen reader would not announce it. */
function nameLists(element: HTMLElement): MutationObserver {
  const observer = new MutationObserver(() =>
    element.querySelector(".uppy-Dashboard-files:not([role])")?.setAttribute("role", "list"),
  );
  observer.observe(element, { childList: true, subtree: true });
  return observer;
}

/** What else Uppy refuses: the same file twice. */
const isHere = (cause: Error): VestibuleError =>
  new VestibuleError("in_progress", "This file is on its way already.", { cause });
