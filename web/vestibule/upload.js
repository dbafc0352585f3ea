import { Control } from "./control.js";
import { cancelled, changed, insecure, VestibuleError } from "./errors.js";
import { sendForm } from "./form.js";
import { askForUpload, discard, wantedOf } from "./issuing.js";
import { checkLimits } from "./limits.js";
import { lock } from "./locks.js";
import { compareHeld, listParts, PartsSender } from "./parts.js";

/** @import { AdmittedFile, Kinds, Progress, UploadOptions, UploadState } from "../vestibule.js" */
/** @import { Api } from "./api.js" */
/** @import { Hasher } from "./hashing.js" */
/** @import { Lanes } from "./lanes.js" */
/** @import { HeldPart } from "./parts.js" */
/** @import { PartsPlan, Saved, SavedUploads } from "./saved.js" */
/** @import { Settings } from "./settings.js" */

/**
 * @typedef {object} Surroundings what all uploads of a page share
 * @property {Settings} settings
 * @property {Api} api
 * @property {Hasher} hasher
 * @property {Lanes} lanes
 * @property {SavedUploads} saved
 * @property {() => Promise<Kinds>} kinds
 */

/** WebCrypto hashes what is in memory, at once: a larger file has the checksums of its parts only. */
const MOST_HASHED_BYTES = 100 * 1024 ** 2;
const MOST_ROUNDS = 3;
const CONFIRM_WITHIN_MS = 12 * 3600_000;
/** What an upload that was begun earlier may say when it cannot go on: then a new one begins. */
const OVER = new Set(["gone", "upload_expired", "upload_not_received", "not_found", "file_changed"]);

/** One file on its way. It begins by itself. */
export class Upload {
  #around;
  #file;
  #wanted;
  #key;
  #control;
  #onProgress;
  /** @type {UploadState} */
  #phase = "preparing";
  #loaded = 0;
  /** @type {Saved | undefined} */
  #saved;
  /** @type {AdmittedFile | undefined} */
  #admitted;
  /** @type {Promise<void> | undefined} */
  #cancelled;
  /** @type {Promise<AdmittedFile>} */
  done;

  /**
   * @param {Surroundings} around
   * @param {Blob} file
   * @param {UploadOptions} options
   */
  constructor(around, file, options) {
    const { onProgress, signal } = options;
    this.#around = around;
    this.#file = file;
    this.#wanted = wantedOf(file, options);
    this.#key = JSON.stringify([around.settings.apiUrl, ...Object.values(this.#wanted)]);
    this.#onProgress = onProgress;
    this.#control = new Control(around.settings, () => this.#report());
    const stop = () => this.#control.stop(signal?.reason);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop);
    this.done = this.#run(signal).finally(() => signal?.removeEventListener("abort", stop));
    this.done.catch(() => {}); // a page may look at `state` only
  }

  /** @returns {UploadState} */
  get state() {
    if (this.#control.ended || this.#admitted) return this.#phase;
    return this.#control.paused ? "paused" : this.#control.offline ? "offline" : this.#phase;
  }

  pause() {
    this.#control.pause();
  }

  resume() {
    this.#control.resume();
  }

  /** Give it up for good. A confirm that has been answered meanwhile stands: then `done` has the file. */
  cancel() {
    this.#control.stop(cancelled());
    this.#cancelled ??= this.done
      .catch(() => {})
      .then(async () => {
        if (!this.#admitted && this.#saved) await this.#discard(this.#saved);
      });
    return this.#cancelled;
  }

  /** @param {AbortSignal} [signal] */
  async #run(signal) {
    let release = () => {};
    try {
      if (!globalThis.crypto?.subtle) throw insecure();
      await this.#control.ready();
      checkLimits(this.#wanted, await this.#control.insist(this.#around.kinds));
      release = await lock(this.#key, this.#around.settings.lockWaitMs);
      this.#admitted = (await this.#goOn()) ?? (await this.#begin());
      this.#around.saved.remove(this.#key);
      this.#report("done", this.#file.size);
      return this.#admitted;
    } catch (error) {
      const gaveUp = error instanceof VestibuleError && error.code === "cancelled";
      const stopped = signal?.aborted && error === signal.reason;
      this.#control.stop(error);
      this.#report(gaveUp ? "cancelled" : stopped ? "stopped" : "failed");
      throw error;
    } finally {
      release();
    }
  }

  /**
   * Go on with what was begun before a reload, if it was this file.
   *
   * @returns {Promise<AdmittedFile | undefined>}
   */
  async #goOn() {
    const saved = this.#around.saved.read(this.#key);
    if (!saved) return undefined;
    this.#saved = saved;
    let held;
    try {
      this.#report("checking");
      if (saved.sha256 && saved.sha256 !== (await this.#hash())) throw changed();
      held = await this.#heldOf(saved);
      if (!held) return await this.#confirm(saved);
    } catch (error) {
      if (!(error instanceof VestibuleError && OVER.has(error.code)) || this.#control.ended) throw error;
      this.#saved = undefined;
      this.#loaded = 0;
      await this.#discard(saved);
      return undefined;
    }
    return this.#sendParts(saved, held);
  }

  /**
   * The parts that S3 holds, compared with the file's; undefined when all have been sent, and confirm is what is left.
   *
   * @param {Saved} saved
   * @returns {Promise<HeldPart[] | undefined>}
   */
  async #heldOf({ parts: plan }) {
    if (!plan) return undefined;
    let held;
    try {
      held = await listParts(this.#around.api, this.#control, plan);
    } catch (error) {
      if (error instanceof VestibuleError && error.code === "gone") return undefined; // completed, if not cancelled
      throw error;
    }
    const onChecked = (/** @type {number} */ bytes) => this.#report("checking", bytes);
    await compareHeld(this.#around.hasher, this.#control, this.#file, plan, held, onChecked);
    return held;
  }

  /** @returns {Promise<AdmittedFile>} */
  async #begin() {
    this.#report("preparing");
    const { lanes, saved } = this.#around;
    const sha256 =
      this.#wanted.strategy !== "multipart" && this.#file.size <= MOST_HASHED_BYTES ? await this.#hash() : null;
    // Not ended by a pause or a cancel: what was issued must be known, to be cancelled.
    const issue = async () => {
      const { issued, saved: fresh } = await askForUpload(this.#around, this.#wanted, sha256);
      this.#saved = fresh;
      return issued;
    };
    const issued = await this.#control.insist((signal) => lanes.run(signal, issue));
    if (this.#saved?.parts) {
      saved.write(this.#key, this.#saved);
      await this.#control.ready();
      return this.#sendParts(this.#saved, []);
    }
    const onLoaded = (/** @type {number} */ bytes) => this.#report("sending", bytes);
    onLoaded(0);
    await sendForm(this.#around, this.#control, this.#file, issued, issue, onLoaded);
    // What has been sent is kept until it is confirmed, for as long as that may take.
    const sent = {
      .../** @type {Saved} */ (this.#saved),
      expiresAt: new Date(Date.now() + CONFIRM_WITHIN_MS).toISOString(),
    };
    saved.write(this.#key, sent);
    return this.#confirm(sent);
  }

  /**
   * @param {Saved} saved
   * @param {HeldPart[]} held
   * @returns {Promise<AdmittedFile>}
   */
  async #sendParts(saved, held) {
    const plan = /** @type {PartsPlan} */ (saved.parts);
    for (let round = 1; ; round++) {
      const onLoaded = (/** @type {number} */ bytes) => this.#report("sending", bytes);
      await new PartsSender(this.#around, this.#control, this.#file, plan, held, onLoaded).run();
      try {
        return await this.#confirm(saved);
      } catch (error) {
        if (!(error instanceof VestibuleError && error.code === "incomplete_parts") || round === MOST_ROUNDS)
          throw error;
        held = await listParts(this.#around.api, this.#control, plan);
      }
    }
  }

  /**
   * Repeated until there is an answer: the service gives the same one each time. Nothing aborts a confirm that is under
   * way, for then nobody would know what became of it.
   *
   * @param {Saved} saved
   * @returns {Promise<AdmittedFile>}
   */
  #confirm({ confirmUrl }) {
    this.#report("confirming");
    return this.#control.insist(() => this.#around.api.request("POST", confirmUrl));
  }

  /** @param {Saved} saved */
  async #discard(saved) {
    this.#around.saved.remove(this.#key);
    await discard(this.#around, saved);
  }

  #hash() {
    return this.#around.hasher.sha256(this.#file);
  }

  /**
   * @param {UploadState} [phase]
   * @param {number} [loaded]
   */
  #report(phase = this.#phase, loaded = this.#loaded) {
    this.#phase = phase;
    this.#loaded = loaded;
    /** @type {Progress} */
    const progress = { state: this.state, loaded, total: this.#file.size };
    this.#onProgress?.(progress);
  }
}
