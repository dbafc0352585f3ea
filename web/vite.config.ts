import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

/** For `npm run dev`: the settings of the stack that `ORIGIN=http://localhost:5174 make dev` has started. */
const localSettings: Plugin = {
  name: "local-settings",
  configureServer({ middlewares }) {
    middlewares.use("/config.json", (_request, response) => {
      response.setHeader("Content-Type", "application/json");
      response.end(readFileSync(new URL("../.local/outputs.json", import.meta.url)));
    });
  },
};

export default defineConfig({
  plugins: [localSettings],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the page's security policy admits no data: but for images
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: "es" },
  server: { port: 5174, strictPort: true },
});
