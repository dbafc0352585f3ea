import { changed, isStorageBusy, storageRefusal, VestibuleError } from "./errors.js";
import { checkReadable } from "./hashing.js";
import { send } from "./transfer.js";

/** @import { Surroundings } from "./upload.js" */
/** @import { PartsPlan } from "./saved.js" */
/** @import { Api } from "./api.js" */
/** @import { Control } from "./control.js" */
/** @import { Hasher } from "./hashing.js" */

/**
 * @typedef {{ number: number, offset: number, size: number }} Place
 * @typedef {Place & { sha256: string, signed?: Signed | undefined }} Part
 * @typedef {{ url: string, headers: Record<string, string>, freshUntil: number }} Signed
 * @typedef {{ part_number: number, size: number, sha256: string | null }} HeldPart
 */

const MOST_REFUSALS = 3;

/**
 * Sends what S3 does not hold yet of a file. Parts are hashed and signed a group ahead of those that travel.
 *
 * A part is a slice of the Blob: the platform reads it from disk while it sends, so that memory does not grow with the
 * file; only the part that is being hashed is in memory.
 */
export class PartsSender {
  #around;
  #control;
  #file;
  #plan;
  #onLoaded;
  #next = 1;
  #held;
  /** @type {Map<number, number>} */
  #loaded = new Map();
  #allLoaded = 0;

  /**
   * @param {Surroundings} around
   * @param {Control} control
   * @param {Blob} file
   * @param {PartsPlan} plan
   * @param {HeldPart[]} held what S3 holds already of this very file
   * @param {(bytes: number) => void} onLoaded
   */
  constructor(around, control, file, plan, held, onLoaded) {
    this.#around = around;
    this.#control = control;
    this.#file = file;
    this.#plan = plan;
    this.#held = new Set(held.map((part) => part.part_number));
    this.#onLoaded = onLoaded;
    for (const part of held) this.#report(part.part_number, part.size);
  }

  /** Returns when S3 holds all parts. A failure stops the upload: its other parts too. */
  async run() {
    const { parallel } = this.#around.settings;
    /** @type {Set<Promise<void>>} */
    const sending = new Set();
    try {
      let group = this.#prepare();
      for (let parts = await group; parts.length > 0; parts = await group) {
        group = this.#prepare();
        group.catch(() => {}); // thrown where it is awaited
        for (const part of parts) {
          while (sending.size >= parallel) await Promise.race(sending);
          await this.#control.ready();
          const sent = this.#send(part)
            .catch((error) => this.#control.stop(error))
            .finally(() => sending.delete(sent));
          sending.add(sent);
        }
      }
    } catch (error) {
      this.#control.stop(error);
    }
    await Promise.all(sending);
    await this.#control.ready();
  }

  /** The next few parts that are to be sent, with their checksums and URLs; none when there are no more. */
  async #prepare() {
    const { settings, hasher } = this.#around;
    const most = Math.min(settings.parallel, this.#plan.max_parts_per_call);
    /** @type {Part[]} */
    const group = [];
    for (; this.#next <= this.#plan.part_count && group.length < most; this.#next++) {
      if (this.#held.has(this.#next)) continue;
      await this.#control.ready();
      const place = placeOf(this.#plan, this.#file.size, this.#next);
      group.push({ ...place, sha256: await hasher.sha256(sliceOf(this.#file, place)) });
    }
    if (group.length === 0) return group;
    const signed = await this.#control.insist((signal) => this.#sign(group, signal));
    return group.map((part, at) => ({ ...part, signed: signed[at] }));
  }

  /**
   * @param {Part[]} parts
   * @param {AbortSignal} signal
   * @returns {Promise<Signed[]>} in the order of `parts`
   */
  async #sign(parts, signal) {
    const wanted = { part_numbers: parts.map(({ number }) => number), sha256: parts.map(({ sha256 }) => sha256) };
    // A URL lives this long by the server's clock; of ours only the time that passes is used, and some of it is spared.
    const freshUntil = Date.now() + this.#plan.part_url_expires_in * 900;
    const answer = await this.#around.api.request("POST", this.#plan.parts_url, wanted, { signal });
    return answer.parts.map((/** @type {Signed} */ { url, headers }) => ({ url, headers, freshUntil }));
  }

  /** @param {Part} part */
  async #send(part) {
    const { lanes } = this.#around;
    let refusals = 0;
    let { signed } = part;
    await this.#control.insist((signal) =>
      lanes.run(signal, async () => {
        if (!signed || Date.now() > signed.freshUntil) [signed] = await this.#sign([part], signal);
        const using = /** @type {Signed} */ (signed);
        signed = undefined; // after any failure a fresh one: the old may be what was wrong
        try {
          const answer = await this.#put(part, using, signal);
          if (answer.status < 300) return;
          if (isStorageBusy(answer)) throw storageRefusal(answer, true);
          // Expired, or signed by credentials that have; or other bytes than were hashed: the file's fault, or the line's.
          if (answer.status === 400) await this.#recheck(part);
          throw storageRefusal(answer, answer.status !== 404 && ++refusals < MOST_REFUSALS);
        } catch (error) {
          this.#report(part.number, 0);
          if (error instanceof VestibuleError) {
            if (error.code === "timeout" || error.code === "storage_unavailable") lanes.slower();
            if (error.code === "network") await checkReadable(sliceOf(this.#file, part));
          }
          throw error;
        }
      }),
    );
    lanes.faster();
    this.#report(part.number, part.size);
  }

  /**
   * @param {Part} part
   * @param {Signed} signed
   * @param {AbortSignal} signal
   */
  #put(part, { url, headers }, signal) {
    return send({
      method: "PUT",
      url,
      headers,
      body: sliceOf(this.#file, part),
      size: part.size,
      signal,
      stallMs: this.#around.settings.stallMs,
      onLoaded: (bytes) => this.#report(part.number, bytes),
    });
  }

  /** @param {Part} part */
  async #recheck(part) {
    if ((await this.#around.hasher.sha256(sliceOf(this.#file, part))) !== part.sha256) throw changed();
  }

  /**
   * @param {number} number
   * @param {number} bytes
   */
  #report(number, bytes) {
    this.#allLoaded += bytes - (this.#loaded.get(number) ?? 0);
    this.#loaded.set(number, bytes);
    this.#onLoaded(this.#allLoaded);
  }
}

/**
 * Where a part lies in the file: all are of one size but the last.
 *
 * @param {PartsPlan} plan
 * @param {number} fileSize
 * @param {number} number
 * @returns {Place}
 */
function placeOf({ part_size: partSize }, fileSize, number) {
  const offset = (number - 1) * partSize;
  return { number, offset, size: Math.min(partSize, fileSize - offset) };
}

/**
 * @param {Blob} file
 * @param {Place} place
 */
const sliceOf = (file, { offset, size }) => file.slice(offset, offset + size);

/**
 * What S3 holds of an upload.
 *
 * @param {Api} api
 * @param {Control} control
 * @param {PartsPlan} plan
 * @returns {Promise<HeldPart[]>}
 */
export async function listParts(api, control, { parts_url: url }) {
  return (await control.insist((signal) => api.request("GET", url, undefined, { signal }))).parts;
}

/**
 * See that what S3 holds is what the file has: if it were not, the whole would be a mixture.
 *
 * @param {Hasher} hasher
 * @param {Control} control
 * @param {Blob} file
 * @param {PartsPlan} plan
 * @param {HeldPart[]} held
 * @param {(bytes: number) => void} onChecked
 */
export async function compareHeld(hasher, control, file, plan, held, onChecked) {
  let checked = 0;
  for (const { part_number: number, size, sha256 } of held) {
    await control.ready();
    const place = placeOf(plan, file.size, number);
    if (size !== place.size || sha256 !== (await hasher.sha256(sliceOf(file, place)))) throw changed();
    onChecked((checked += size));
  }
}
