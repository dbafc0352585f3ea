import { VestibuleError } from "./errors.js";

/** @type {Set<string>} */
const held = new Set();

/**
 * See that nobody else drives this upload: neither this page, nor, where there are Web Locks, another tab.
 *
 * @param {string} name
 * @param {number} waitMs how long the other may take to let go: after a reload, the page that went
 * @returns {Promise<() => void>} lets it go
 */
export async function lock(name, waitMs) {
  if (held.has(name)) throw new VestibuleError("in_progress", "This file is being uploaded already.");
  held.add(name);
  try {
    const release = await lockForAllTabs(name, waitMs);
    return () => {
      held.delete(name);
      release();
    };
  } catch (error) {
    held.delete(name);
    throw error;
  }
}

/**
 * @param {string} name
 * @param {number} waitMs
 * @returns {Promise<() => void>}
 */
function lockForAllTabs(name, waitMs) {
  const locks = globalThis.navigator?.locks;
  if (!locks) return Promise.resolve(() => {});
  const signal = AbortSignal.timeout(waitMs);
  return new Promise((resolve, reject) => {
    locks
      .request(name, { signal }, () => new Promise((release) => resolve(() => release(undefined))))
      .catch((error) =>
        reject(
          signal.aborted
            ? new VestibuleError("in_other_tab", "This file is being uploaded in another tab or window.", {
                retryable: true,
              })
            : error,
        ),
      );
  });
}
