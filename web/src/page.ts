import { signal, type ReadonlySignal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { Vestibule, VestibuleError, type Kinds } from "../vestibule.js";
import type { Config } from "./config.ts";
import { idToken } from "./session.ts";
import { Shop } from "./shop.ts";
import { Uploads } from "./uploads.ts";

/** What the views work with. */
export interface Page {
  vestibule: Vestibule;
  shop: Shop;
  uploads: Uploads;
  /** Why something waits to be tried again, while it does. */
  trouble: ReadonlySignal<VestibuleError | undefined>;
  kinds: () => Promise<Kinds>;
}

export function makePage({ api_url }: Config): Page {
  const trouble = signal<VestibuleError>();
  const vestibule = new Vestibule({
    apiUrl: api_url,
    getToken: idToken,
    // Sellers leave the page open, and come back: try for a quarter of an hour, and never wait long.
    attempts: 150,
    maxBackoffMs: 8_000,
    onWaiting: (error) => (trouble.value = error),
  });
  return {
    vestibule,
    shop: new Shop(vestibule),
    uploads: new Uploads(vestibule),
    trouble,
    kinds: () => vestibule.kinds(),
  };
}

export const PageContext = createContext<Page | undefined>(undefined);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === undefined) throw new Error("This view needs a PageContext above it.");
  return page;
}
