import { defineConfig } from "vite";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the page's security policy admits no data: but for images
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: "es" },
  // `npm run dev`, beside a stack that `make dev` started with ORIGIN=http://localhost:5174
  server: { port: 5174, strictPort: true },
});
