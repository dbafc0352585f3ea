/** What the seller's page says of refusals. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The page's modules are TypeScript, and want one copy of the error's class. */
async function page() {
  const contents = `export * from "./src/sentences.ts"; export * from "./src/format.ts"; export { VestibuleError } from "./vestibule.js";`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    ...{ bundle: true, format: "esm", write: false },
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

const { sentence, text, bytes, VestibuleError } = await page();

const codesOf = (file, pattern) =>
  [...readFileSync(`${root}${file}`, "utf8").matchAll(pattern)].map(([, code]) => code);

test("each refusal that a seller can meet says what to do", () => {
  const ofService = codesOf("../chalicelib/problems.py", /code, title = \d+, "(\w+)"/g);
  const ofModule = codesOf("vestibule/errors.js", /VestibuleError\("(\w+)"/g);
  assert.ok(ofService.length > 20 && ofModule.length > 5);
  const bugs = ["malformed_json", "method_not_allowed", "precondition_required"]; // only a broken page could
  const silent = ["cancelled"]; // the seller's own wish
  for (const code of new Set([...ofService, ...ofModule])) {
    if (bugs.includes(code) || silent.includes(code)) continue;
    assert.notEqual(sentence(new VestibuleError(code, "What was found.")).todo, "", code);
  }
});

test("sizes and formats are named as sellers name them", () => {
  const large = new VestibuleError("file_too_large", "", { expected: "at most 20971520 bytes", actual: 26214400 });
  assert.equal(sentence(large).what, "At most 20 MB are accepted, and this file has 25 MB.");
  const gif = new VestibuleError("unsupported_media_type", "", {
    expected: "image/jpeg, image/png",
    actual: "image/gif",
  });
  assert.equal(sentence(gif).what, "Expected JPEG or PNG, and found GIF.");
  const nameless = new VestibuleError("unsupported_media_type", "", { expected: "image/jpeg", actual: "" });
  assert.equal(sentence(nameless).what, "Expected JPEG, and found an unknown format.");
});

test("a code that is not known says at least whether to try again", () => {
  assert.equal(text(new VestibuleError("new_code", "Something.")), "Something.");
  assert.match(text(new VestibuleError("new_code", "Something.", { retryable: true })), /Try again/);
});

test("sizes have three digits at most", () => {
  const said = [0, 999, 1000, 1536, 104857600, 1023.9 * 1024 ** 2, 5 * 1024 ** 4].map(bytes);
  assert.deepEqual(said, ["0 bytes", "999 bytes", "1 KB", "1.5 KB", "100 MB", "1 GB", "5 TB"]);
});
