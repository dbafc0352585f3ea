/** Uploads to Vestibule from a page. See README.md beside this file. */

export type Kind = "image" | "deliverable";
export type Strategy = "post" | "multipart";

/** The ID token of the signed-in person. With `refresh` the last one was refused: get a new one. */
export type GetToken = (how: { refresh: boolean }) => string | Promise<string>;

/** What is used of localStorage. */
export type SavedStorage = Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem">;

export interface VestibuleOptions {
  /** `api_url` of the stack's outputs. */
  apiUrl: string;
  getToken: GetToken;
  /** Where unfinished uploads are remembered: localStorage, if nothing else is given. Never holds a file. */
  storage?: SavedStorage;
  /** Parts and files that travel at once, of all uploads together: 4. */
  parallel?: number;
  /** How often each step is tried: 12. */
  attempts?: number;
  /** The first wait before a repetition, and the longest: 500 and 30,000. */
  backoffMs?: number;
  maxBackoffMs?: number;
  /** A transfer without progress for this long is begun again: 60,000. (By `fetch`, for each MiB.) */
  stallMs?: number;
  /** How long the API may take to answer: 30,000. */
  requestTimeoutMs?: number;
  /** How long another tab may take to let an upload go: 1,000. */
  lockWaitMs?: number;
  /** Told why, when a call or an upload has to be tried again; and undefined, when nothing waits for that any more. */
  onWaiting?: (error: VestibuleError | undefined) => void;
}

/**
 * `checking`: comparing what storage holds with the file. `offline`: waiting for the network. `stopped`: by the
 * AbortSignal; it can be resumed, as a `failed` one can whose error is `retryable`, by uploading the file again.
 */
export type UploadState =
  | "preparing"
  | "checking"
  | "sending"
  | "confirming"
  | "paused"
  | "offline"
  | "done"
  | "failed"
  | "stopped"
  | "cancelled";

/** Bytes. `loaded` falls when a part must be sent again; all of them sent is not yet `done`. */
export interface Progress {
  state: UploadState;
  loaded: number;
  total: number;
}

export interface UploadOptions {
  productId: string;
  kind: Kind;
  /** Chosen by the service, if not given. */
  strategy?: Strategy;
  /** The id of the file whose place this one takes. */
  replaces?: string;
  /** What an image shows, for people who cannot see it. */
  alt?: string;
  /** The file's own, if not given. */
  filename?: string;
  contentType?: string;
  onProgress?: (progress: Progress) => void;
  /** Stops the upload, and leaves what has been sent, to be resumed. (`cancel()` gives it up.) */
  signal?: AbortSignal;
}

export interface Upload {
  /** The admitted file; rejects with a VestibuleError, with the signal's reason, or with what `getToken` threw. */
  readonly done: Promise<AdmittedFile>;
  readonly state: UploadState;
  pause(): void;
  resume(): void;
  /** Give it up for good; what has been sent is deleted. */
  cancel(): Promise<void>;
}

/** An upload that was not finished. Pass the same file to `upload()` to go on. */
export interface PendingUpload {
  readonly id: string;
  readonly productId: string;
  readonly kind: Kind;
  readonly filename: string;
  readonly size: number;
  readonly type: string;
  readonly lastModified: number;
  /** When it was begun, RFC 3339. */
  readonly savedAt: string;
  /** Give it up for good. */
  discard(): Promise<void>;
}

/** A file as the API answers it; an image has more members: see docs/openapi.json. */
export interface AdmittedFile {
  id: string;
  product_id: string;
  state: "live" | "superseded" | "deleted" | "purged";
  filename: string;
  content_type: string;
  size: number;
  sha256: string | null;
  crc64nvme: string | null;
  series: string;
  version: number;
  admitted_at: string;
  purge_at: string | null;
  [more: string]: unknown;
}

/** What may be uploaded as one kind. Sizes in bytes; null has no limit. */
export interface KindRules {
  name: Kind;
  content_types: string[] | null;
  min_bytes: number;
  max_bytes: number;
  max_per_product: number;
  max_pixels: number | null;
  strategies: Strategy[];
}

export interface Kinds {
  kinds: KindRules[];
  max_filename_bytes: number;
  max_alt_bytes: number;
  max_staged_uploads: number;
}

export interface RequestOptions {
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

export declare class Vestibule {
  constructor(options: VestibuleOptions);
  /** Begin to upload a file, or go on with it if it was begun before. */
  upload(file: Blob, options: UploadOptions): Upload;
  /** What was not finished, in this browser. */
  pending(): Promise<PendingUpload[]>;
  /** What may be uploaded; asked for once. */
  kinds(): Promise<Kinds>;
  /** Any other call of the API. `path` begins with a slash. Undefined for an answer without a body. */
  request<Answer = unknown>(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<Answer>;
}

export interface ErrorFacts {
  status?: number | undefined;
  retryable?: boolean | undefined;
  expected?: string | number | undefined;
  actual?: string | number | undefined;
  retryAfterMs?: number | undefined;
  requestId?: string | undefined;
  cause?: unknown;
}

/**
 * Why an upload or a call ended. `message` is a sentence to be shown. `code` is the service's (docs/openapi.json), or
 * `network`, `timeout`, `unexpected_answer`, `storage_refused`, `file_unreadable`, `file_changed`, `in_progress`,
 * `in_other_tab`, `insecure_context`, `cancelled`.
 */
export declare class VestibuleError extends Error {
  constructor(code: string, message: string, facts?: ErrorFacts);
  readonly code: string;
  /** Whether the same may succeed later. */
  readonly retryable: boolean;
  /** The HTTP status, if there was an answer. */
  readonly status: number | undefined;
  readonly expected: string | number | undefined;
  readonly actual: string | number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly requestId: string | undefined;
}
