/** @import { SavedStorage } from "../vestibule.js" */

/**
 * @typedef {object} PartsPlan how the file is cut
 * @property {number} part_size
 * @property {number} part_count
 * @property {string} parts_url
 * @property {number} max_parts_per_call
 * @property {number} part_url_expires_in seconds
 *
 * @typedef {object} Saved an upload that can go on after a reload. The file itself is not in it.
 * @property {string} apiUrl
 * @property {string} productId
 * @property {string} kind
 * @property {string} filename
 * @property {number} size
 * @property {string} type
 * @property {number} lastModified
 * @property {string} id
 * @property {string} confirmUrl
 * @property {PartsPlan | null} parts null for one whose form has been sent
 * @property {string | null} sha256 of the whole, where it was declared
 * @property {string} expiresAt
 * @property {string} savedAt
 */

const PREFIX = "vestibule:";

/** What is kept of unfinished uploads: in localStorage where there is one, else as long as the page lives. */
export class SavedUploads {
  #storage;

  /** @param {SavedStorage} [storage] */
  constructor(storage = localStorageIfAny() ?? new InMemory()) {
    this.#storage = storage;
  }

  /**
   * @param {string} key
   * @returns {Saved | undefined}
   */
  read(key) {
    try {
      const saved = JSON.parse(this.#storage.getItem(PREFIX + key) ?? "null");
      if (typeof saved?.confirmUrl !== "string") return undefined;
      if (Date.parse(saved.expiresAt) > Date.now()) return saved;
    } catch {
      // Not ours, or not readable: as good as none.
    }
    this.remove(key);
    return undefined;
  }

  /**
   * @param {string} key
   * @param {Saved} saved
   */
  write(key, saved) {
    try {
      this.#storage.setItem(PREFIX + key, JSON.stringify(saved));
    } catch {
      // Storage is full or forbidden: the upload goes on, it only cannot be resumed after a reload.
    }
  }

  /** @param {string} key */
  remove(key) {
    try {
      this.#storage.removeItem(PREFIX + key);
    } catch {
      // As above.
    }
  }

  /**
   * @param {string} apiUrl
   * @returns {[string, Saved][]}
   */
  list(apiUrl) {
    const names = Array.from({ length: this.#storage.length }, (_, at) => this.#storage.key(at));
    return names
      .filter((name) => name !== null && name.startsWith(PREFIX))
      .map((name) => /** @type {string} */ (name).slice(PREFIX.length))
      .flatMap((key) => {
        const saved = this.read(key);
        return saved?.apiUrl === apiUrl ? [/** @type {[string, Saved]} */ ([key, saved])] : [];
      });
  }
}

/** Reading the property throws where the browser forbids storage. */
function localStorageIfAny() {
  try {
    return /** @type {{ localStorage?: SavedStorage }} */ (globalThis.window)?.localStorage;
  } catch {
    return undefined;
  }
}

/** @implements {SavedStorage} */
class InMemory {
  /** @type {Map<string, string>} */
  #items = new Map();

  get length() {
    return this.#items.size;
  }

  /** @param {number} at */
  key(at) {
    return [...this.#items.keys()][at] ?? null;
  }

  /** @param {string} name */
  getItem(name) {
    return this.#items.get(name) ?? null;
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  setItem(name, value) {
    this.#items.set(name, value);
  }

  /** @param {string} name */
  removeItem(name) {
    this.#items.delete(name);
  }
}
