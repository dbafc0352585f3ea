import { BasePlugin, EventManager } from "@uppy/core";

/** @import { Body, Meta, Uppy, UppyFile } from "@uppy/core" */
/** @import { AdmittedFile, Upload } from "./vestibule.js" */
/** @import { UppyVestibuleOptions, VestibuleMeta } from "./uppy-vestibule.js" */

/**
 * Uploads the files of an Uppy to Vestibule. `uppy-vestibule.d.ts` describes it.
 *
 * @template {Meta} M
 * @template {Body} B
 * @extends {BasePlugin<UppyVestibuleOptions, M, B>}
 */
export default class UppyVestibule extends BasePlugin {
  /**
   * @param {Uppy<M, B>} uppy
   * @param {UppyVestibuleOptions} opts
   */
  constructor(uppy, opts) {
    super(uppy, opts);
    this.type = "uploader";
    this.id = opts.id ?? "Vestibule";
  }

  install() {
    this.#setResumable(true);
    this.uppy.addUploader(this.#uploadFiles);
  }

  uninstall() {
    this.#setResumable(false);
    this.uppy.removeUploader(this.#uploadFiles);
  }

  /** @param {boolean} resumableUploads */
  #setResumable(resumableUploads) {
    this.uppy.setState({ capabilities: { ...this.uppy.getState().capabilities, resumableUploads } });
  }

  /** @param {string[]} ids */
  #uploadFiles = async (ids) => {
    const files = this.uppy.getFilesByIds(ids).filter(({ error, progress }) => !error && !progress.uploadComplete);
    const unheard = files.filter(({ progress, isRestored }) => !progress.uploadStarted || !isRestored);
    this.uppy.emit("upload-start", unheard);
    await Promise.all(files.map((file) => this.#uploadFile(file)));
  };

  /**
   * Ends when the file's upload has, however it has: Uppy is told by events.
   *
   * @param {UppyFile<M, B>} file
   */
  async #uploadFile(file) {
    const events = new EventManager(this.uppy);
    try {
      const upload = this.#begin(file);
      this.#obey(events, file.id, upload);
      const admitted = await upload.done;
      this.uppy.emit("upload-success", this.uppy.getFile(file.id), {
        status: 201,
        body: /** @type {B} */ (/** @type {unknown} */ (admitted)),
        uploadURL: addressOf(admitted, /** @type {VestibuleMeta} */ ({ ...this.opts, ...file.meta })),
      });
    } catch (error) {
      const current = this.uppy.getFile(file.id);
      if (current) this.uppy.emit("upload-error", current, /** @type {Error} */ (error));
    } finally {
      events.remove();
    }
  }

  /**
   * @param {UppyFile<M, B>} file
   * @returns {Upload}
   */
  #begin({ id, name, type, meta, data, isRemote, isPaused }) {
    if (isRemote || !(data instanceof Blob))
      throw new Error("Only a file of this device can be uploaded: add it again.");
    const { productId, kind, replaces, alt, strategy } = /** @type {VestibuleMeta} */ ({ ...this.opts, ...meta });
    if (!productId || !kind) throw new Error("The file's meta, or the plugin's options, must have productId and kind.");
    const upload = this.opts.vestibule.upload(data, {
      ...{ productId, kind, filename: meta.name || name, contentType: type },
      ...(replaces && { replaces }),
      ...(alt && { alt }),
      ...(strategy && { strategy }),
      onProgress: ({ state, loaded, total }) => this.#report(id, state, loaded, total),
    });
    if (isPaused) upload.pause();
    return upload;
  }

  /**
   * @param {EventManager<M, B>} events
   * @param {string} id
   * @param {Upload} upload
   */
  #obey(events, id, upload) {
    events.onFilePause(id, (isPaused) => (isPaused ? upload.pause() : upload.resume()));
    events.onPauseAll(id, () => upload.pause());
    events.onResumeAll(id, () => upload.resume());
    events.onFileRemove(id, () => void upload.cancel());
    events.onCancelAll(id, () => void upload.cancel());
  }

  /**
   * @param {string} id
   * @param {string} state
   * @param {number} bytesUploaded
   * @param {number} bytesTotal
   */
  #report(id, state, bytesUploaded, bytesTotal) {
    const file = this.uppy.getFile(id);
    if (!file || state !== "sending") return;
    // Uppy takes no progress any more once a file has 100 %; and it is not uploaded before it is confirmed.
    const most = Math.floor(bytesTotal * 0.99);
    const { uploadStarted } = file.progress;
    this.uppy.emit("upload-progress", file, {
      uploadStarted: uploadStarted ?? Date.now(),
      bytesUploaded: Math.min(bytesUploaded, most),
      bytesTotal,
    });
  }
}

/**
 * The file's path in the API, for its later calls: files are not public under it.
 *
 * @param {AdmittedFile} admitted
 * @param {VestibuleMeta} meta
 */
const addressOf = ({ id }, { productId, kind }) => `/products/${productId}/${kind}s/${id}`;
