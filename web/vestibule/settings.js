import { Trouble } from "./trouble.js";

/**
 * @typedef {object} Settings
 * @property {string} apiUrl without a slash at its end
 * @property {number} parallel
 * @property {number} attempts
 * @property {number} backoffMs
 * @property {number} maxBackoffMs
 * @property {number} stallMs
 * @property {number} requestTimeoutMs
 * @property {number} lockWaitMs
 * @property {Trouble} trouble
 */

/** @import { VestibuleOptions } from "../vestibule.js" */

const DEFAULTS = {
  parallel: 4,
  attempts: 12,
  backoffMs: 500,
  maxBackoffMs: 30_000,
  stallMs: 60_000,
  requestTimeoutMs: 30_000,
  lockWaitMs: 1_000,
};

/**
 * @param {VestibuleOptions} options
 * @returns {Settings}
 */
export function settingsOf({ apiUrl, getToken: _, storage: __, onWaiting, ...more }) {
  return Object.freeze({ ...DEFAULTS, ...more, apiUrl: apiUrl.replace(/\/+$/, ""), trouble: new Trouble(onWaiting) });
}
