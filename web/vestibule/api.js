import { isBusy, networkFailure, retryAfterMs, timedOut, VestibuleError } from "./errors.js";

/** @import { GetToken } from "../vestibule.js" */
/** @import { Settings } from "./settings.js" */

/** Speaks to the API: JSON in and out, the token, refusals as errors. It repeats nothing but what a stale token cost. */
export class Api {
  #settings;
  #getToken;
  /** @type {Promise<string> | undefined} */
  #refreshing;

  /**
   * @param {Settings} settings
   * @param {GetToken} getToken
   */
  constructor(settings, getToken) {
    this.#settings = settings;
    this.#getToken = getToken;
  }

  /**
   * @param {string} method
   * @param {string} path of the API, or one of the URLs it gave
   * @param {unknown} [body]
   * @param {{ signal?: AbortSignal | undefined, headers?: Record<string, string> | undefined }} [more]
   * @returns {Promise<any>} undefined for an answer without a body
   */
  async request(method, path, body, { signal, headers = {} } = {}) {
    const url = /^https?:/.test(path) ? path : this.#settings.apiUrl + path;
    /** @param {string} token */
    const ask = (token) => this.#exchange(url, method, body, { ...headers, Authorization: token }, signal);
    const token = await this.#getToken({ refresh: false });
    let answer = await ask(token);
    if (answer.status === 401) answer = await ask(await this.#another(token));
    if (answer.ok) return answer.body;
    throw refusal(answer);
  }

  /**
   * Requests that are refused at about the same time share one refresh.
   *
   * @param {string} refused
   */
  async #another(refused) {
    const current = await this.#getToken({ refresh: false });
    if (current !== refused) return current;
    this.#refreshing ??= Promise.resolve(this.#getToken({ refresh: true })).finally(
      () => (this.#refreshing = undefined),
    );
    return this.#refreshing;
  }

  /**
   * @param {string} url
   * @param {string} method
   * @param {unknown} body
   * @param {Record<string, string>} headers
   * @param {AbortSignal | undefined} signal
   */
  async #exchange(url, method, body, headers, signal) {
    const timeout = AbortSignal.timeout(this.#settings.requestTimeoutMs);
    try {
      const response = await fetch(url, {
        method,
        headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
        body: body === undefined ? null : JSON.stringify(body),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
      });
      const { ok, status } = response;
      const text = await response.text();
      const wait = retryAfterMs(response.headers.get("Retry-After"));
      return { ok, status, wait, body: parse(text, ok) };
    } catch (error) {
      if (signal?.aborted || error instanceof VestibuleError) throw error;
      throw timeout.aborted ? timedOut() : networkFailure(error);
    }
  }
}

/**
 * @param {string} text
 * @param {boolean} ok
 */
function parse(text, ok) {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch (error) {
    // What is not JSON is not from the API: a proxy's page, or that of a network one must sign in to.
    if (ok) throw networkFailure(error);
    return undefined;
  }
}

/** @param {{ status: number, wait: number | undefined, body: any }} answer */
function refusal({ status, wait, body }) {
  if (typeof body?.code !== "string") {
    return new VestibuleError("unexpected_answer", `The service answered ${status}.`, {
      status,
      retryable: isBusy(status),
      retryAfterMs: wait,
    });
  }
  const { code, detail, retryable, expected, actual, request_id: requestId } = body;
  return new VestibuleError(code, detail, { status, retryable, expected, actual, requestId, retryAfterMs: wait });
}
