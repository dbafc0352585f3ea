import { VestibuleError } from "../vestibule.js";
import { bytes } from "./format.ts";

/** A refusal, for people: what was expected and what was found; and what to do. */
export interface Sentence {
  what: string;
  todo: string;
}

const AGAIN = "Try again in a moment: nothing is lost.";
const CHOOSE_AGAIN = "Choose the file again.";

/** By the codes of docs/openapi.json, and those of the JavaScript module. */
const TODO: Record<string, string> = {
  checksum_mismatch: `It was damaged on its way, or changed meanwhile. ${CHOOSE_AGAIN}`,
  content_type_mismatch: "Save it again in the format you want, so that name and content agree.",
  file_changed: CHOOSE_AGAIN,
  file_too_large: "Make it smaller, or choose another.",
  file_unreadable: CHOOSE_AGAIN,
  gone: CHOOSE_AGAIN,
  image_too_large: "Save it with fewer pixels.",
  image_unreadable: "Open it in a picture editor, save it again, and choose the new file.",
  in_other_tab: "Go on there, or close that tab and choose the file here.",
  in_progress: "Wait until it has arrived.",
  incomplete_parts: "Choose the file again: only what is missing will be sent.",
  insecure_context: "Open this page by its https:// address.",
  internal_error: "That is our fault, and we have been told. Try again later.",
  invalid_parameter: "Change it, and try again.",
  limit_reached: "Delete one that you no longer need, or replace it.",
  network: AGAIN,
  not_found: "It may have been deleted. Go back to your products.",
  quota_exceeded: "Delete what you no longer need. Deleted files count until they are gone for good.",
  rate_limited: AGAIN,
  size_mismatch: `It changed while it was sent. ${CHOOSE_AGAIN}`,
  storage_refused: CHOOSE_AGAIN,
  storage_unavailable: AGAIN,
  timeout: AGAIN,
  too_many_uploads: "Wait for the others to arrive, or give up what you began and no longer need.",
  unauthenticated: "Sign in again.",
  unexpected_answer: AGAIN,
  unsupported_media_type: "Save it in one of these formats, and choose the new file.",
  upload_changed: CHOOSE_AGAIN,
  upload_expired: CHOOSE_AGAIN,
  upload_not_received: CHOOSE_AGAIN,
  version_mismatch: "Somebody changed it before you did. You see the newest now: try again.",
};

export function sentence(error: unknown): Sentence {
  if (!(error instanceof VestibuleError)) {
    return { what: error instanceof Error ? error.message : String(error), todo: AGAIN };
  }
  return { what: whatOf(error), todo: TODO[error.code] ?? (error.retryable ? AGAIN : "") };
}

export const text = (error: unknown): string => {
  const { what, todo } = sentence(error);
  return todo === "" ? what : `${what} ${todo}`;
};

/** The service's own sentence, but where people want other units. */
function whatOf({ code, message, expected, actual }: VestibuleError): string {
  if (code === "file_too_large" && typeof actual === "number") {
    const most = Number(/\d+/.exec(String(expected))?.[0]);
    return `At most ${bytes(most)} are accepted, and this file has ${bytes(actual)}.`;
  }
  if (code === "unsupported_media_type" && expected !== undefined) {
    return `Expected ${formats(String(expected).split(", "))}, and found ${formatOf(String(actual))}.`;
  }
  return message;
}

export const formats = (types: string[]): string =>
  new Intl.ListFormat("en-GB", { type: "disjunction" }).format(types.map(formatOf));

const NAMES: Record<string, string> = {
  "image/avif": "AVIF",
  "image/gif": "GIF",
  "image/jpeg": "JPEG",
  "image/png": "PNG",
  "image/svg+xml": "SVG",
  "image/webp": "WebP",
};

const formatOf = (type: string): string => NAMES[type] ?? (type || "an unknown format");
