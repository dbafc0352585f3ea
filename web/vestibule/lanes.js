/** How many files and parts travel at once: fewer when storage is busy or the line slow, more again when it goes well. */
export class Lanes {
  #most;
  #limit;
  #taken = 0;
  #wellInARow = 0;
  /** @type {(() => void)[]} */
  #queue = [];

  /** @param {number} most */
  constructor(most) {
    this.#most = this.#limit = most;
  }

  get limit() {
    return this.#limit;
  }

  slower() {
    this.#limit = Math.max(1, Math.floor(this.#limit / 2));
    this.#wellInARow = 0;
  }

  faster() {
    if (this.#limit === this.#most || ++this.#wellInARow < 2 * this.#limit) return;
    this.#limit += 1;
    this.#wellInARow = 0;
    this.#next();
  }

  /**
   * Do the work when its turn has come; `signal` ends the waiting, not the work.
   *
   * @template T
   * @param {AbortSignal} signal
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async run(signal, work) {
    if (this.#taken >= this.#limit) await this.#turn(signal);
    else this.#taken += 1;
    try {
      return await work();
    } finally {
      this.#taken -= 1;
      this.#next();
    }
  }

  /** @param {AbortSignal} signal */
  #turn(signal) {
    return new Promise((resolve, reject) => {
      const go = () => {
        signal.removeEventListener("abort", leave);
        resolve(undefined);
      };
      const leave = () => {
        this.#queue.splice(this.#queue.indexOf(go), 1);
        reject(signal.reason);
      };
      this.#queue.push(go);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  /** The lane is taken for the one that is woken, so that nobody comes in between. */
  #next() {
    while (this.#taken < this.#limit && this.#queue.length > 0) {
      this.#taken += 1;
      this.#queue.shift()?.();
    }
  }
}
