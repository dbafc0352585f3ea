/** @import { ErrorFacts } from "../vestibule.js" */

/** Why an upload or a call ended. `message` is a sentence to be shown; `code` is stable. */
export class VestibuleError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {ErrorFacts} [facts]
   */
  constructor(code, message, facts = {}) {
    super(message, { cause: facts.cause });
    this.name = "VestibuleError";
    this.code = code;
    this.retryable = facts.retryable ?? false;
    this.status = facts.status;
    this.expected = facts.expected;
    this.actual = facts.actual;
    this.retryAfterMs = facts.retryAfterMs;
    this.requestId = facts.requestId;
  }
}

/** @param {unknown} [cause] */
export const networkFailure = (cause) =>
  new VestibuleError("network", "The connection failed.", { retryable: true, cause });

export const timedOut = () => new VestibuleError("timeout", "The connection stalled.", { retryable: true });

/** @param {unknown} [cause] */
export const unreadable = (cause) =>
  new VestibuleError("file_unreadable", "The file changed or went away since it was chosen: choose it again.", {
    cause,
  });

export const cancelled = () => new VestibuleError("cancelled", "The upload was cancelled.");

export const insecure = () => new VestibuleError("insecure_context", "Uploads need a page that was loaded by HTTPS.");

export const changed = () => new VestibuleError("file_changed", "The file changed while it was uploaded.");

/**
 * What S3 says when it takes no bytes. Only its own code is quoted: the rest of its answer may hold signatures.
 *
 * @param {{ status: number, text: string, retryAfterMs?: number | undefined }} answer
 * @param {boolean} retryable
 */
export function storageRefusal(answer, retryable) {
  const { status, text, retryAfterMs } = answer;
  const s3Code = /<Code>(\w{1,60})<\/Code>/.exec(text)?.[1];
  const found = `${status}${s3Code ? ` (${s3Code})` : ""}`;
  return isStorageBusy(answer)
    ? new VestibuleError("storage_unavailable", `Storage is busy: it answered ${found}.`, {
        status,
        retryable: true,
        retryAfterMs,
      })
    : new VestibuleError("storage_refused", `Storage refused the file: it answered ${found}.`, { status, retryable });
}

/**
 * S3 calls it a bad request when the bytes come too slowly.
 *
 * @param {{ status: number, text: string }} answer
 */
export const isStorageBusy = ({ status, text }) => isBusy(status) || text.includes("<Code>RequestTimeout<");

/** @param {number} status */
export const isBusy = (status) => status >= 500 || status === 429 || status === 408;

/**
 * Retry-After in milliseconds; it is seconds or a date (RFC 9110, section 10.2.3).
 *
 * @param {string | null | undefined} header
 * @returns {number | undefined}
 */
export function retryAfterMs(header) {
  if (!header) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return ms > 0 ? ms : undefined;
}
