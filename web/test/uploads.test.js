/** What an upload does when all goes well, and when it does not. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { VestibuleError } from "../vestibule.js";
import { PART_BYTES, problem, s3Error } from "./fake-service.js";
import { asForm, begin, fileOf, inParts, setGlobal, someBytes } from "./surroundings.js";

const bytes = someBytes(6 * PART_BYTES + 1);
const IMPATIENT = { stallMs: 150, requestTimeoutMs: 150 };
const sha256 = (content) => createHash("sha256").update(content).digest("hex");

test("a file in parts arrives byte for byte, each part sent once, and nothing stays in storage", async (t) => {
  const { service, vestibule, storage } = await begin(t);
  const seen = [];
  const upload = vestibule.upload(fileOf(bytes), { ...inParts, onProgress: (progress) => seen.push(progress) });
  const file = await upload.done;
  assert.equal(file.filename, "film.zip");
  assert.deepEqual(service.admitted, bytes);
  assert.equal(service.count("put"), 7);
  assert.deepEqual(seen.at(-1), { state: "done", loaded: bytes.length, total: bytes.length });
  assert.deepEqual([...new Set(seen.map(({ state }) => state))], ["preparing", "sending", "confirming", "done"]);
  assert.equal(storage.length, 0);
});

test("URLs are asked for a few parts at a time", async (t) => {
  const { service, vestibule } = await begin(t);
  await vestibule.upload(fileOf(bytes), inParts).done;
  assert.deepEqual(
    service.asked.filter((asked) => asked.startsWith("sign")),
    ["sign 1,2,3,4", "sign 5,6,7"],
  );
});

test("a small file goes as one form, with the SHA-256 of the whole", async (t) => {
  const { service, vestibule, storage } = await begin(t);
  await vestibule.upload(fileOf(bytes), asForm).done;
  assert.deepEqual(service.admitted, bytes);
  assert.equal([...service.uploads.values()][0].sha256, sha256(bytes));
  assert.equal(storage.length, 0);
});

test("an image is declared with its alt text and the image it replaces", async (t) => {
  const { service, vestibule } = await begin(t);
  const image = fileOf(bytes, { name: "p.png", type: "image/png; charset=x" });
  await vestibule.upload(image, { productId: "01P", kind: "image", alt: "A brush", replaces: "01OLD" }).done;
  const [{ kind, alt, replaces, content_type, part_checksums }] = service.uploads.values();
  assert.deepEqual([kind, alt, replaces, content_type], ["image", "A brush", "01OLD", "image/png"]);
  assert.equal(part_checksums, undefined);
});

for (const name of ["kinds", "issue", "sign", "put 3", "confirm"]) {
  for (const fault of ["reset", "stall", "lose", { status: 500 }, { status: 502, body: "<html>bad gateway</html>" }]) {
    test(`${name} is repeated after ${JSON.stringify(fault)}`, async (t) => {
      const { service, vestibule } = await begin(t, fault === "stall" ? IMPATIENT : {});
      service.fail(name, fault, 2);
      await vestibule.upload(fileOf(bytes), inParts).done;
      assert.deepEqual(service.admitted, bytes);
    });
  }
}

test("bytes that came too slowly for S3 are sent again as often as after other failures", async (t) => {
  const { service, vestibule } = await begin(t);
  service.fail("put 2", s3Error(400, "RequestTimeout"), 5);
  await vestibule.upload(fileOf(bytes), inParts).done;
  assert.deepEqual(service.admitted, bytes);
});

for (const fault of ["reset", "stall", "lose", { status: 503 }, s3Error(403, "AccessDenied")]) {
  test(`a form is sent again after ${JSON.stringify(fault)}`, async (t) => {
    const { service, vestibule } = await begin(t, fault === "stall" ? IMPATIENT : {});
    service.fail("form", fault, 2);
    await vestibule.upload(fileOf(bytes), asForm).done;
    assert.deepEqual(service.admitted, bytes);
    assert.equal(service.count("issue"), fault.status === 403 ? 3 : 1, "only a refused form costs a new step 1");
  });
}

test("a page of another network in place of an answer is no answer", async (t) => {
  const { service, vestibule } = await begin(t);
  service.fail("confirm", { status: 200, body: "<html>Welcome to the airport</html>" });
  await vestibule.upload(fileOf(bytes), inParts).done;
  assert.equal(service.count("confirm"), 2);
});

test("expired part URLs are replaced by fresh ones", async (t) => {
  const { service, vestibule } = await begin(t);
  const held = service.hold("put 2");
  const upload = vestibule.upload(fileOf(bytes), inParts);
  await held.seen;
  [...service.uploads.values()][0].expiredBefore = 2;
  held.release();
  await upload.done;
  assert.deepEqual(service.admitted, bytes);
  assert.ok(service.count("sign 2") >= 1);
});

test("a URL that is as good as expired is not used", async (t) => {
  const { service, vestibule } = await begin(t);
  service.partUrlLivesSeconds = -1;
  await vestibule.upload(fileOf(bytes), inParts).done;
  assert.equal(service.count("put"), 7);
  assert.equal(service.count("sign"), 2 + 7);
});

test("storage that goes on refusing ends the upload, with its code and no secret", async (t) => {
  const { service, vestibule } = await begin(t);
  service.fail("put 2", s3Error(403, "SignatureDoesNotMatch"), 100);
  const upload = vestibule.upload(fileOf(bytes), inParts);
  await assert.rejects(upload.done, (error) => {
    assert.ok(error instanceof VestibuleError);
    assert.deepEqual([error.code, error.status, error.retryable], ["storage_refused", 403, false]);
    assert.match(error.message, /403 \(SignatureDoesNotMatch\)/);
    assert.doesNotMatch(error.message, /secret|http/);
    return true;
  });
  assert.equal(service.count("put 2"), 3);
  assert.equal(upload.state, "failed");
});

test("Retry-After is waited for", async (t) => {
  const { service, vestibule } = await begin(t);
  service.fail("confirm", { ...problem(503, "storage_unavailable", true), headers: { "Retry-After": "1" } });
  const began = Date.now();
  await vestibule.upload(fileOf(bytes), inParts).done;
  assert.ok(Date.now() - began >= 1000);
});

test("a part that fails for good is given up after so many attempts, and may be resumed", async (t) => {
  const { service, vestibule, storage } = await begin(t);
  service.fail("put 4", { status: 503 }, 6);
  await assert.rejects(vestibule.upload(fileOf(bytes), inParts).done, { code: "storage_unavailable", retryable: true });
  assert.equal(service.count("put 4"), 6);
  assert.equal(storage.length, 1);
  await vestibule.upload(fileOf(bytes), inParts).done;
  assert.deepEqual(service.admitted, bytes);
});

test("a refusal that is final is not repeated, and has the problem's own words", async (t) => {
  const { service, vestibule } = await begin(t);
  service.fail("confirm", problem(422, "content_type_mismatch", false, { expected: "image/png", actual: "text/html" }));
  await assert.rejects(vestibule.upload(fileOf(bytes), asForm).done, {
    ...{ name: "VestibuleError", code: "content_type_mismatch", message: "The reason is content_type_mismatch." },
    ...{ status: 422, retryable: false, expected: "image/png", actual: "text/html", requestId: "r-1" },
  });
  assert.equal(service.count("confirm"), 1);
});

test("parts that confirm finds missing are sent, and it is confirmed again", async (t) => {
  const { service, vestibule } = await begin(t);
  const held = service.hold("confirm");
  const upload = vestibule.upload(fileOf(bytes), inParts);
  await held.seen;
  [...service.uploads.values()][0].parts.delete(5);
  held.release();
  await upload.done;
  assert.deepEqual(service.admitted, bytes);
  assert.equal(service.count("put 5"), 2);
  assert.equal(service.count("put"), 8);
});

test("a refused token is refreshed once, for all who were refused", async (t) => {
  const { service, page } = await begin(t);
  let token = "stale";
  const asked = [];
  const getToken = async ({ refresh }) => {
    asked.push(refresh);
    if (refresh) token = "token";
    return token;
  };
  const vestibule = page({ getToken });
  const held = service.hold("kinds", 3);
  const answers = [1, 2, 3].map(() => vestibule.request("GET", "/kinds"));
  await held.seen;
  held.release();
  await Promise.all(answers);
  assert.equal(asked.filter(Boolean).length, 1);
  assert.equal(service.count("kinds"), 6);
  await vestibule.upload(fileOf(bytes), inParts).done;
  assert.deepEqual(service.admitted, bytes);
});

test("a token that stays refused ends the upload, which can be resumed after signing in", async (t) => {
  const { service, vestibule, storage } = await begin(t);
  const held = service.hold("confirm");
  const upload = vestibule.upload(fileOf(bytes), inParts);
  await held.seen;
  service.tokens.clear();
  held.release();
  await assert.rejects(upload.done, { code: "unauthenticated", status: 401 });
  assert.equal(service.count("confirm"), 2);
  assert.equal(storage.length, 1);
});

test("what getToken throws is what the upload ends with", async (t) => {
  const { page } = await begin(t);
  const getToken = () => {
    throw new RangeError("signed out");
  };
  await assert.rejects(page({ getToken }).upload(fileOf(bytes), asForm).done, new RangeError("signed out"));
});

test("never more parts of all uploads travel at once than allowed", async (t) => {
  const { service, page } = await begin(t);
  const vestibule = page({ parallel: 2 });
  const held = service.hold("put", 2);
  const names = ["a.zip", "b.zip", "c.zip", "d.zip"];
  const uploads = names.map((name) => vestibule.upload(fileOf(bytes, { name }), inParts).done);
  await held.seen;
  held.release();
  await Promise.all(uploads);
  assert.equal(service.mostAtOnce, 2);
});

const REFUSED = [
  ["an empty file", fileOf(""), asForm, { code: "invalid_parameter", actual: 0 }],
  ["a file that is too large", fileOf(new Uint8Array(1_000_001)), asForm, { code: "file_too_large", status: 413 }],
  ["a type the kind does not take", fileOf("x"), { ...asForm, kind: "image" }, { code: "unsupported_media_type" }],
  [
    "a strategy it does not have",
    fileOf("x", { type: "image/png" }),
    { ...inParts, kind: "image" },
    { actual: "multipart" },
  ],
  ["a file name that is too long", fileOf("x", { name: "ö".repeat(128) }), asForm, { actual: 256 }],
  ["an alt text that is too long", fileOf("x"), { ...asForm, alt: "x".repeat(251) }, { actual: 251 }],
  ["a kind that is none", fileOf("x"), { ...asForm, kind: "film" }, { code: "invalid_parameter", actual: "film" }],
];
for (const [what, file, options, error] of REFUSED) {
  test(`${what} is refused before anything is sent`, async (t) => {
    const { service, vestibule } = await begin(t);
    await assert.rejects(vestibule.upload(file, options).done, { name: "VestibuleError", retryable: false, ...error });
    assert.deepEqual(service.asked, ["kinds"]);
  });
}

test("a file that cannot be read any more ends the upload at once", async (t) => {
  const { service, vestibule, storage } = await begin(t);
  const file = fileOf(bytes);
  let reads = 0;
  const slice = file.slice.bind(file);
  file.slice = (from, to) => {
    const part = slice(from, to);
    if (++reads > 3) part.arrayBuffer = () => Promise.reject(new DOMException("changed", "NotReadableError"));
    return part;
  };
  await assert.rejects(vestibule.upload(file, inParts).done, { code: "file_unreadable", retryable: false });
  assert.equal(service.count("confirm"), 0);
  assert.equal(storage.length, 1, "it is resumed if the file comes back");
});

test("a file that changes while it is sent does not arrive as a mixture", async (t) => {
  const { service, vestibule } = await begin(t);
  const file = fileOf(bytes);
  const other = fileOf(someBytes(bytes.length));
  const slice = file.slice.bind(file);
  const seen = new Set();
  // Hashed as it was, sent and looked at again as it has become.
  file.slice = (from, to) => (seen.has(from) ? other.slice(from, to) : (seen.add(from), slice(from, to)));
  await assert.rejects(vestibule.upload(file, inParts).done, { code: "file_changed" });
  assert.equal(service.count("confirm"), 0);
});

test("a page that was not loaded by HTTPS is told so", async (t) => {
  const { vestibule } = await begin(t);
  setGlobal(t, "crypto", {});
  await assert.rejects(vestibule.upload(fileOf(bytes), asForm).done, { code: "insecure_context" });
});

test("while the browser is offline nothing is tried in vain", async (t) => {
  const { service, vestibule } = await begin(t);
  setGlobal(t, "navigator", { onLine: false });
  const listeners = [];
  let allWait;
  const waiting = new Promise((resolve) => (allWait = resolve));
  setGlobal(t, "addEventListener", (_, listener) => listeners.push(listener) === 4 && allWait());
  setGlobal(t, "removeEventListener", () => {});
  service.fail("put", "reset", 4);
  const upload = vestibule.upload(fileOf(bytes), inParts);
  await waiting;
  assert.equal(upload.state, "offline");
  assert.equal(service.count("put"), 4);
  globalThis.navigator.onLine = true;
  for (const comeBack of listeners.splice(0)) comeBack();
  await upload.done;
  assert.deepEqual(service.admitted, bytes);
});
