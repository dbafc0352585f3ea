import { VestibuleError } from "./errors.js";
import { backoff, isOffline, sleep, untilOnline } from "./waiting.js";

/** @import { Settings } from "./settings.js" */

/** Pauses, resumes and ends one upload, and repeats its steps until they succeed or cannot. */
export class Control {
  #settings;
  #onChange;
  #flight = new AbortController();
  /** @type {(() => void)[]} */
  #onResume = [];
  /** @type {{ reason: unknown } | undefined} */
  #ended;
  paused = false;
  offline = false;

  /**
   * @param {Settings} settings
   * @param {() => void} [onChange] called when `paused` or `offline` changes
   */
  constructor(settings, onChange = () => {}) {
    this.#settings = settings;
    this.#onChange = onChange;
  }

  get ended() {
    return this.#ended !== undefined;
  }

  pause() {
    if (this.paused || this.#ended) return;
    this.paused = true;
    this.#flight.abort();
    this.#onChange();
  }

  resume() {
    if (!this.paused || this.#ended) return;
    this.paused = false;
    this.#flight = new AbortController();
    for (const go of this.#onResume.splice(0)) go();
    this.#onChange();
  }

  /**
   * End what is in flight; from now on everything throws `reason`. The first reason stays.
   *
   * @param {unknown} reason
   */
  stop(reason) {
    this.#ended ??= { reason };
    this.#flight.abort();
    for (const go of this.#onResume.splice(0)) go();
  }

  /** Wait while paused; throw once stopped. */
  async ready() {
    while (this.paused && !this.#ended) await new Promise((resolve) => this.#onResume.push(() => resolve(undefined)));
    if (this.#ended) throw this.#ended.reason;
  }

  /**
   * Do the step, again and again while it fails in a way that may pass. To pause aborts its signal, and is no failure.
   *
   * @template T
   * @param {(signal: AbortSignal) => Promise<T>} step
   * @returns {Promise<T>}
   */
  async insist(step) {
    const trouble = this.#settings.trouble.ofStep();
    try {
      for (let failures = 0; ;) {
        await this.ready();
        const { signal } = this.#flight;
        try {
          return await step(signal);
        } catch (error) {
          if (this.#ended) throw this.#ended.reason;
          if (signal.aborted) {
            trouble.end();
            continue;
          }
          if (!(error instanceof VestibuleError && error.retryable)) throw error;
          const reconnects = error.code === "network" && isOffline();
          if (!reconnects && ++failures >= this.#settings.attempts) throw error;
          trouble.begin(error);
          await (reconnects
            ? this.#reconnect(signal)
            : sleep(backoff(failures, this.#settings, error.retryAfterMs), signal));
        }
      }
    } finally {
      trouble.end();
    }
  }

  /** @param {AbortSignal} signal */
  async #reconnect(signal) {
    this.offline = true;
    this.#onChange();
    await untilOnline(signal);
    this.offline = false;
    this.#onChange();
  }
}
