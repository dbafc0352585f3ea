import { unreadable } from "./errors.js";

/**
 * SHA-256 in lower-case hex, one at a time so that one part at most is in memory: in a worker where there is one, so
 * that the page stays quick, else by the asynchronous WebCrypto of this thread.
 */
export class Hasher {
  /** @type {Worker | undefined} */
  #worker;
  #mayWork = typeof Worker !== "undefined";
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /**
   * @param {Blob} blob
   * @returns {Promise<string>}
   */
  sha256(blob) {
    const digest = this.#last.then(() => this.#digest(blob));
    this.#last = digest.catch(() => {});
    return digest.then(asHex);
  }

  /** Give the worker back once it has done what it was asked. It is started again when needed. */
  close() {
    this.#last = this.#last.then(() => this.#dismiss());
  }

  #dismiss() {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  /**
   * @param {Blob} blob
   * @returns {Promise<ArrayBuffer>}
   */
  async #digest(blob) {
    if (this.#mayWork) {
      try {
        return await this.#inWorker(blob);
      } catch (error) {
        if (!(error instanceof NoWorker)) throw error;
        // A policy forbids workers, the page took the module from another origin, or the file was not deployed.
        this.#mayWork = false;
        this.#dismiss();
      }
    }
    let bytes;
    try {
      bytes = await blob.arrayBuffer();
    } catch (error) {
      throw unreadable(error);
    }
    return crypto.subtle.digest("SHA-256", bytes);
  }

  /**
   * @param {Blob} blob
   * @returns {Promise<ArrayBuffer>}
   */
  #inWorker(blob) {
    return new Promise((resolve, reject) => {
      try {
        this.#worker ??= new Worker(new URL("../vestibule-worker.js", import.meta.url), { type: "module" });
      } catch {
        return reject(new NoWorker());
      }
      this.#worker.onerror = () => reject(new NoWorker());
      this.#worker.onmessage = ({ data }) => (data.digest ? resolve(data.digest) : reject(unreadable(data.unreadable)));
      this.#worker.postMessage({ blob });
    });
  }
}

class NoWorker extends Error {}

/** @param {ArrayBuffer} digest */
const asHex = (digest) => Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * A file that cannot be read any more looks to the page like a connection that failed.
 *
 * @param {Blob} blob
 */
export async function checkReadable(blob) {
  try {
    await blob.slice(0, 1).arrayBuffer();
  } catch (error) {
    throw unreadable(error);
  }
}
