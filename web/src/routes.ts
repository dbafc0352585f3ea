import { signal } from "@preact/signals";

/** Where one is in the page. In the hash, so that any server of files can serve it. */
export type Route = { at: "products" } | { at: "product"; id: string } | { at: "nowhere" };

const PRODUCT = /^#\/products\/([0-7][0-9A-HJKMNP-TV-Z]{25})$/;

export const route = signal<Route>(read());

addEventListener("hashchange", () => {
  route.value = read();
  scrollTo(0, 0);
});

export const toProduct = (id: string): string => `#/products/${id}`;
export const toProducts = "#/";

export function go(href: string): void {
  location.hash = href;
}

function read(): Route {
  if (["", "#", "#/"].includes(location.hash)) return { at: "products" };
  const id = PRODUCT.exec(location.hash)?.[1];
  return id === undefined ? { at: "nowhere" } : { at: "product", id };
}
