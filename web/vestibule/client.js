import { Api } from "./api.js";
import { Control } from "./control.js";
import { VestibuleError } from "./errors.js";
import { Hasher } from "./hashing.js";
import { discard } from "./issuing.js";
import { Lanes } from "./lanes.js";
import { SavedUploads } from "./saved.js";
import { settingsOf } from "./settings.js";
import { Upload } from "./upload.js";

/** @import { Kinds, PendingUpload, RequestOptions, UploadOptions, VestibuleOptions } from "../vestibule.js" */
/** @import { Surroundings } from "./upload.js" */

/** The service, as a page sees it. */
export class Vestibule {
  /** @type {Surroundings} */
  #around;
  #underWay = 0;
  /** @type {Promise<any> | undefined} */
  #kinds;

  /** @param {VestibuleOptions} options */
  constructor(options) {
    const settings = settingsOf(options);
    this.#around = {
      settings,
      api: new Api(settings, options.getToken),
      hasher: new Hasher(),
      lanes: new Lanes(settings.parallel),
      saved: new SavedUploads(options.storage),
      kinds: () => this.#askKinds(),
    };
  }

  /**
   * @param {Blob} file
   * @param {UploadOptions} options
   */
  upload(file, options) {
    this.#underWay += 1;
    const upload = new Upload(this.#around, file, options);
    const end = () => {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#around.hasher.close();
    };
    upload.done.then(end, end);
    return upload;
  }

  /** @returns {Promise<PendingUpload[]>} */
  async pending() {
    const { saved, settings } = this.#around;
    return saved.list(settings.apiUrl).map(([key, entry]) => {
      const { id, productId, kind, filename, size, type, lastModified, savedAt } = entry;
      const discardIt = async () => {
        saved.remove(key);
        await discard(this.#around, entry);
      };
      return /** @type {PendingUpload} */ ({
        ...{ id, productId, kind, filename, size, type, lastModified, savedAt },
        discard: discardIt,
      });
    });
  }

  kinds() {
    return new Control(this.#around.settings).insist(() => this.#askKinds());
  }

  /** @returns {Promise<Kinds>} */
  #askKinds() {
    this.#kinds ??= this.#around.api.request("GET", "/kinds").catch((error) => {
      this.#kinds = undefined;
      throw error;
    });
    return this.#kinds;
  }

  /**
   * What is safe to repeat is repeated: GET and DELETE, and all that the service says to try again.
   *
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {RequestOptions} [options]
   * @returns {Promise<any>}
   */
  request(method, path, body, { signal, headers } = {}) {
    const { api, settings } = this.#around;
    const repeatable = method === "GET" || method === "DELETE";
    const control = new Control(settings);
    const stop = () => control.stop(signal?.reason);
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
    return control
      .insist(async (flight) => {
        try {
          return await api.request(method, path, body, { signal: flight, headers });
        } catch (error) {
          const unanswered = error instanceof VestibuleError && error.status === undefined;
          if (unanswered && !repeatable) throw new VestibuleError(error.code, error.message, { cause: error });
          throw error;
        }
      })
      .finally(() => signal?.removeEventListener("abort", stop));
  }
}
