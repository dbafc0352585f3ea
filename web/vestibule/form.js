import { isStorageBusy, storageRefusal, VestibuleError } from "./errors.js";
import { checkReadable } from "./hashing.js";
import { send } from "./transfer.js";

/** @import { Surroundings } from "./upload.js" */
/** @import { Control } from "./control.js" */

/** @typedef {{ url: string, fields: Record<string, string> }} Form */

const MOST_REFUSALS = 3;
const FRESH_MS = 10 * 60_000; // of the 15 minutes that a form lives

/**
 * Send the file as one form, in a lane of its own; returns the answer to step 1 whose form S3 took.
 *
 * @template {Form} Issued
 * @param {Surroundings} around
 * @param {Control} control
 * @param {Blob} file
 * @param {Issued} first
 * @param {() => Promise<Issued>} issueAgain another step 1: a form cannot be signed again
 * @param {(bytes: number) => void} onLoaded
 * @returns {Promise<Issued>}
 */
export async function sendForm({ lanes, settings }, control, file, first, issueAgain, onLoaded) {
  /** @type {Issued | undefined} */
  let issued = first;
  let issuedAt = Date.now();
  let refusals = 0;
  return control.insist((signal) =>
    lanes.run(signal, async () => {
      if (!issued || Date.now() - issuedAt > FRESH_MS) {
        issued = await issueAgain();
        issuedAt = Date.now();
        signal.throwIfAborted();
      }
      const body = new FormData();
      for (const [name, value] of Object.entries(issued.fields)) body.append(name, value);
      body.append("file", file, "file"); // S3 reads nothing that comes after it
      try {
        const transfer = { url: issued.url, body, size: file.size, signal, stallMs: settings.stallMs, onLoaded };
        const answer = await send({ method: "POST", ...transfer });
        if (answer.status < 300) return issued;
        if (isStorageBusy(answer)) throw storageRefusal(answer, true);
        issued = undefined; // expired, or signed by credentials that have
        throw storageRefusal(answer, ++refusals < MOST_REFUSALS);
      } catch (error) {
        onLoaded(0);
        if (error instanceof VestibuleError && error.code === "network") await checkReadable(file);
        throw error;
      }
    }),
  );
}
