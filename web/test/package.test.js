/** What is promised of the module as a whole: its size, its types, its form. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

async function minified(entry) {
  const options = { bundle: true, minify: true, format: "esm", target: "es2022", write: false, absWorkingDir: root };
  const { outputFiles } = await build({ ...options, entryPoints: [entry] });
  return outputFiles[0].contents;
}

test("module and worker together have at most 8 KB, minified and compressed", async () => {
  const sizes = await Promise.all(["vestibule.js", "vestibule-worker.js"].map(minified));
  const compressed = sizes.map((content) => gzipSync(content, { level: 9 }).length);
  assert.ok(compressed[0] + compressed[1] <= 8192, `${compressed} bytes`);
});

test("the code is what its types say", () => {
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
});

test("the code has prettier's format", () => {
  execFileSync(process.execPath, ["node_modules/prettier/bin/prettier.cjs", "--check", "."], {
    cwd: root,
    stdio: "pipe",
  });
});
