import type { AdmittedFile, Kind, Vestibule } from "../vestibule.js";

export interface Product {
  id: string;
  title: string;
  image_count: number;
  deliverable_count: number;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface Rendition {
  url: string;
  content_type: "image/avif" | "image/jpeg" | "image/webp";
  width: number;
  height: number;
  bytes: number;
}

export interface Image extends AdmittedFile {
  /** Pixels as stored, before any orientation is applied; those of a rendition are as shown. */
  width: number;
  height: number;
  alt: string | null;
  rendition_state: "failed" | "processing" | "ready";
  renditions: Rendition[];
  /** A BlurHash. */
  placeholder: string | null;
  rendition_error: string | null;
  original_url: string | null;
}

export type Deliverable = AdmittedFile;

export interface ProductWithFiles extends Product {
  images: Image[];
  deliverables: Deliverable[];
}

export interface Usage {
  bytes: number;
  files: number;
  quota: number;
}

/** The calls of the API that are not an upload, by name. docs/openapi.json describes each. */
export class Shop {
  readonly #vestibule: Vestibule;

  constructor(vestibule: Vestibule) {
    this.#vestibule = vestibule;
  }

  products(cursor: string | null): Promise<{ products: Product[]; next_cursor: string | null }> {
    const from = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    return this.#vestibule.request("GET", `/products?limit=50${from}`);
  }

  product(id: string): Promise<ProductWithFiles> {
    return this.#vestibule.request("GET", `/products/${id}`);
  }

  createProduct(title: string): Promise<Product> {
    return this.#vestibule.request("POST", "/products", { title });
  }

  /** Refused if somebody else has changed the product since. */
  renameProduct({ id, version }: Product, title: string): Promise<Product> {
    const headers = { "If-Match": `"${version}"` };
    return this.#vestibule.request("PATCH", `/products/${id}`, { title }, { headers });
  }

  deleteProduct(id: string): Promise<void> {
    return this.#vestibule.request("DELETE", `/products/${id}`);
  }

  async images(productId: string): Promise<Image[]> {
    return (await this.#vestibule.request<{ images: Image[] }>("GET", `/products/${productId}/images`)).images;
  }

  orderImages(productId: string, ids: string[]): Promise<void> {
    return this.#vestibule.request("PUT", `/products/${productId}/images/order`, { image_ids: ids });
  }

  describeImage({ product_id, id }: Image, alt: string | null): Promise<Image> {
    return this.#vestibule.request("PATCH", `/products/${product_id}/images/${id}`, { alt });
  }

  renameDeliverable({ product_id, id }: Deliverable, filename: string): Promise<Deliverable> {
    return this.#vestibule.request("PATCH", `/products/${product_id}/deliverables/${id}`, { filename });
  }

  /** What was deleted or has a newer version, and can be had back for a while. */
  async recoverable(productId: string, kind: Kind): Promise<AdmittedFile[]> {
    const path = `/products/${productId}/${kind}s?state=recoverable`;
    const listed = await this.#vestibule.request<Record<string, AdmittedFile[]>>("GET", path);
    return listed[`${kind}s`] ?? [];
  }

  remove(kind: Kind, { product_id, id }: AdmittedFile): Promise<void> {
    return this.#vestibule.request("DELETE", `/products/${product_id}/${kind}s/${id}`);
  }

  restore(kind: Kind, { product_id, id }: AdmittedFile): Promise<AdmittedFile> {
    return this.#vestibule.request("POST", `/products/${product_id}/${kind}s/${id}/restore`);
  }

  /** Saved by the browser under the file's own name. The page stays, because the answer is an attachment. */
  async download(kind: Kind, { product_id, id }: AdmittedFile): Promise<void> {
    const path = `/products/${product_id}/${kind}s/${id}/download`;
    const { url } = await this.#vestibule.request<{ url: string }>("POST", path);
    location.assign(url);
  }

  usage(): Promise<Usage> {
    return this.#vestibule.request("GET", "/usage");
  }
}
