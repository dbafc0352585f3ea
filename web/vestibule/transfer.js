import { networkFailure, retryAfterMs, timedOut } from "./errors.js";

/**
 * @typedef {{ status: number, text: string, retryAfterMs: number | undefined }} Answer
 *
 * @typedef {object} Transfer
 * @property {"PUT" | "POST"} method
 * @property {string} url
 * @property {Blob | FormData} body
 * @property {Record<string, string>} [headers]
 * @property {number} size of the file's bytes in the body
 * @property {AbortSignal} signal
 * @property {number} stallMs
 * @property {(bytes: number) => void} onLoaded told of the bytes sent so far, where the platform says
 */

const MiB = 1024 ** 2;

/**
 * Send bytes to S3. XMLHttpRequest where there is one: `fetch` tells nothing of an upload's progress.
 *
 * @param {Transfer} transfer
 * @returns {Promise<Answer>}
 */
export const send = (transfer) => (typeof XMLHttpRequest === "undefined" ? sendByFetch(transfer) : sendByXhr(transfer));

/**
 * @param {Transfer} transfer
 * @returns {Promise<Answer>}
 */
function sendByXhr({ method, url, body, headers = {}, size, signal, stallMs, onLoaded }) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    let stalled = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        stalled = true;
        xhr.abort();
      }, stallMs);
    };
    const abort = () => xhr.abort();
    xhr.upload.onprogress = ({ loaded }) => {
      alive();
      onLoaded(Math.min(loaded, size)); // a form is larger than its file
    };
    xhr.upload.onload = alive;
    xhr.onload = () =>
      resolve({
        status: xhr.status,
        text: xhr.responseText,
        // Of a header that CORS does not expose, getResponseHeader() complains on the console.
        retryAfterMs: retryAfterMs(/^retry-after: *(.*)$/im.exec(xhr.getAllResponseHeaders())?.[1]),
      });
    xhr.onerror = () => reject(networkFailure());
    xhr.onabort = () => reject(stalled ? timedOut() : signal.reason);
    xhr.onloadend = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    };
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", abort);
    xhr.open(method, url);
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    alive();
    xhr.send(body);
  });
}

/**
 * Without progress a stall cannot be seen: the whole may take `stallMs` for each MiB.
 *
 * @param {Transfer} transfer
 * @returns {Promise<Answer>}
 */
async function sendByFetch({ method, url, body, headers = {}, size, signal, stallMs, onLoaded }) {
  const timeout = AbortSignal.timeout(Math.ceil(stallMs * Math.max(1, size / MiB)));
  try {
    const response = await fetch(url, { method, headers, body, signal: AbortSignal.any([signal, timeout]) });
    const text = await response.text();
    if (response.ok) onLoaded(size);
    return { status: response.status, text, retryAfterMs: retryAfterMs(response.headers.get("Retry-After")) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw timeout.aborted ? timedOut() : networkFailure(error);
  }
}
