import { Control } from "./control.js";

/** @import { Kind, Strategy, UploadOptions } from "../vestibule.js" */
/** @import { PartsPlan, Saved } from "./saved.js" */
/** @import { Surroundings } from "./upload.js" */

/**
 * @typedef {object} Wanted what is to be uploaded, and as what
 * @property {string} productId
 * @property {Kind} kind
 * @property {Strategy | undefined} strategy
 * @property {string | undefined} replaces
 * @property {string | undefined} alt
 * @property {string} filename
 * @property {string} contentType
 * @property {number} size
 * @property {number} lastModified
 *
 * @typedef {{ upload: { id: string, expires_at: string }, confirm_url: string,
 *   url: string, fields: Record<string, string>, multipart?: PartsPlan }} Issued
 */

/**
 * @param {Blob} file
 * @param {UploadOptions} options
 * @returns {Wanted}
 */
export function wantedOf(file, { productId, kind, strategy, replaces, alt, ...more }) {
  const { name, lastModified = 0 } = /** @type {Partial<File>} */ (file);
  const filename = more.filename ?? name ?? "file";
  const contentType = (more.contentType ?? file.type).split(";")[0]?.trim().toLowerCase() || "application/octet-stream";
  return { productId, kind, strategy, replaces, alt, filename, contentType, size: file.size, lastModified };
}

/**
 * Step 1; with what is to be kept of its answer.
 *
 * @param {Surroundings} around
 * @param {Wanted} wanted
 * @param {string | null} sha256 of the whole, if it is known
 * @returns {Promise<{ issued: Issued, saved: Saved }>}
 */
export async function askForUpload({ api, settings }, wanted, sha256) {
  const { productId, kind, strategy, replaces, alt, filename, contentType, size, lastModified } = wanted;
  const issued = await api.request("POST", `/products/${encodeURIComponent(productId)}/${kind}s/uploads`, {
    ...{ filename, content_type: contentType, size, strategy, replaces, alt, sha256: sha256 ?? undefined },
    part_checksums: kind === "deliverable" ? true : undefined,
  });
  return {
    issued,
    saved: {
      apiUrl: settings.apiUrl,
      ...{ productId, kind, filename, size, type: contentType, lastModified, sha256 },
      id: issued.upload.id,
      confirmUrl: issued.confirm_url,
      parts: issued.multipart ?? null,
      expiresAt: issued.upload.expires_at,
      savedAt: new Date().toISOString(),
    },
  };
}

/**
 * Cancel an upload at the service. What cannot be cancelled expires by itself.
 *
 * @param {Surroundings} around
 * @param {Saved} saved
 */
export async function discard({ api, settings }, { confirmUrl }) {
  const url = confirmUrl.replace(/\/confirm$/, "");
  await new Control(settings).insist(() => api.request("DELETE", url)).catch(() => {});
}
