import { VestibuleError } from "./errors.js";

/** @import { Kinds } from "../vestibule.js" */
/** @import { Wanted } from "./issuing.js" */

/**
 * Refuse what the service would refuse, with its codes, before a byte is read or sent.
 *
 * @param {Wanted} wanted
 * @param {Kinds} kinds
 */
export function checkLimits({ kind, filename, contentType, size, strategy, alt }, kinds) {
  const rules = kinds.kinds.find(({ name }) => name === kind);
  if (!rules) throw refused("invalid_parameter", 400, "kind", kinds.kinds.map(({ name }) => name).join(" or "), kind);
  if (size < rules.min_bytes) {
    throw refused("invalid_parameter", 400, "size", `at least ${rules.min_bytes} bytes`, size);
  }
  if (size > rules.max_bytes) throw refused("file_too_large", 413, "size", `at most ${rules.max_bytes} bytes`, size);
  if (rules.content_types && !rules.content_types.includes(contentType)) {
    throw refused("unsupported_media_type", 415, "type", rules.content_types.join(", "), contentType);
  }
  if (strategy && !rules.strategies.includes(strategy)) {
    throw refused("invalid_parameter", 400, "strategy", rules.strategies.join(" or "), strategy);
  }
  checkText("file name", filename, kinds.max_filename_bytes);
  if (alt !== undefined) checkText("alt text", alt, kinds.max_alt_bytes);
}

/**
 * @param {string} what
 * @param {string} text
 * @param {number} maxBytes
 */
function checkText(what, text, maxBytes) {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > maxBytes) throw refused("invalid_parameter", 400, what, `at most ${maxBytes} bytes of UTF-8`, bytes);
}

/**
 * @param {string} code
 * @param {number} status
 * @param {string} what
 * @param {string} expected
 * @param {string | number} actual
 */
function refused(code, status, what, expected, actual) {
  const message = `The ${what} is not accepted: expected ${expected}, and found ${actual}.`;
  return new VestibuleError(code, message, { status, expected, actual });
}
