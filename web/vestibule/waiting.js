/** Waiting that can be ended early. Each of these resolves when its time has come, or `signal` aborts. */

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export function sleep(ms, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}

/** Whether the browser is sure that there is no network. (Node does not say.) */
export const isOffline = () => globalThis.navigator?.onLine === false;

/**
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export function untilOnline(signal) {
  return new Promise((resolve) => {
    const end = () => {
      globalThis.removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      resolve();
    };
    globalThis.addEventListener("online", end);
    signal.addEventListener("abort", end);
    if (signal.aborted || !isOffline()) end();
  });
}

/**
 * How long to wait after so many failures in a row: twice as long each time, half of it by chance, so that clients that
 * failed together do not come back together; and never sooner than the server asked for.
 *
 * @param {number} failures
 * @param {{ backoffMs: number, maxBackoffMs: number }} settings
 * @param {number} [retryAfterMs]
 */
export function backoff(failures, { backoffMs, maxBackoffMs }, retryAfterMs = 0) {
  const longest = Math.min(maxBackoffMs, backoffMs * 2 ** (failures - 1));
  return Math.max(retryAfterMs, longest / 2) + (Math.random() * longest) / 2;
}
