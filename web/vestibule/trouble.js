/** @import { VestibuleError } from "./errors.js" */

/** Tells the page while anything waits to be tried again, of all calls and uploads together. */
export class Trouble {
  #tell;
  #waiting = 0;

  /** @param {(error: VestibuleError | undefined) => void} [tell] */
  constructor(tell = () => {}) {
    this.#tell = tell;
  }

  /** One step's part in it: each of the two may be called again and again. */
  ofStep() {
    let waits = false;
    return {
      begin: (/** @type {VestibuleError} */ error) => {
        if (!waits) this.#waiting += 1;
        waits = true;
        this.#tell(error);
      },
      end: () => {
        if (!waits) return;
        waits = false;
        this.#waiting -= 1;
        if (this.#waiting === 0) this.#tell(undefined);
      },
    };
  }
}
