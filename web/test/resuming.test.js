/** Pause, resume, cancel, stop; and going on after a reload. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PART_BYTES, problem } from "./fake-service.js";
import { asForm, begin, fileOf, inParts, pausedAt, setGlobal, someBytes } from "./surroundings.js";

const bytes = someBytes(7 * PART_BYTES);

/** An upload that was stopped when three parts had arrived, as by a reload. */
async function interrupted(surroundings, options = inParts) {
  const { service, page } = surroundings;
  const held = service.hold("put 4");
  const reload = new AbortController();
  const upload = page({ parallel: 1 }).upload(fileOf(bytes), { ...options, signal: reload.signal });
  await held.seen;
  reload.abort();
  await assert.rejects(upload.done, { name: "AbortError" });
  await held.left;
  held.release();
  assert.equal(upload.state, "stopped");
  service.asked.length = 0;
}

test("a paused upload sends nothing, and goes on when resumed without what had arrived", async (t) => {
  const { service, page } = await begin(t);
  const held = service.hold("put 4");
  const states = [];
  const upload = page({ parallel: 1 }).upload(fileOf(bytes), {
    ...inParts,
    onProgress: ({ state }) => states.push(state),
  });
  await held.seen;
  upload.pause();
  assert.equal(upload.state, "paused");
  assert.equal(states.at(-1), "paused");
  await held.left;
  held.release();
  const before = service.count("put");
  await page().kinds();
  assert.equal(service.count("put"), before);
  upload.resume();
  assert.equal(upload.state, "sending");
  await upload.done;
  assert.deepEqual(service.admitted, bytes);
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7].map((number) => service.count(`put ${number}`)),
    [1, 1, 1, 2, 1, 1, 1],
  );
});

test("a form that was paused is sent again from its beginning", async (t) => {
  const surroundings = await begin(t);
  await pausedAt("form", surroundings, bytes, asForm);
  assert.deepEqual(surroundings.service.admitted, bytes);
});

test("after a reload the same file goes on, and only what is missing is sent", async (t) => {
  const surroundings = await begin(t);
  await interrupted(surroundings);
  const { service, page, storage } = surroundings;
  const [pending] = await page().pending();
  assert.deepEqual(
    [pending.filename, pending.size, pending.productId, pending.kind],
    ["film.zip", 7000, "01PRODUCT", "deliverable"],
  );
  const states = [];
  await page().upload(fileOf(bytes), { ...inParts, onProgress: ({ state }) => states.push(state) }).done;
  assert.deepEqual(service.admitted, bytes);
  assert.equal(service.count("issue"), 0);
  assert.equal(service.count("put"), 4);
  assert.ok(states.includes("checking"));
  assert.equal(storage.length, 0);
});

for (const [what, file, options] of [
  ["with another size", fileOf(someBytes(6999)), {}],
  ["with another time", fileOf(bytes, { lastModified: 1 }), {}],
  ["with another name", fileOf(bytes, { name: "other.zip" }), {}],
  ["to another product", fileOf(bytes), { productId: "01OTHER" }],
]) {
  test(`a file ${what} begins anew, and leaves the unfinished one alone`, async (t) => {
    const surroundings = await begin(t);
    await interrupted(surroundings);
    const { service, page } = surroundings;
    await page().upload(file, { ...inParts, ...options }).done;
    assert.equal(service.count("issue"), 1);
    assert.equal((await page().pending()).length, 1);
  });
}

test("a file that changed behind the same name, size and time is never mixed with what had arrived", async (t) => {
  const surroundings = await begin(t);
  await interrupted(surroundings);
  const { service, page } = surroundings;
  const other = Buffer.concat([bytes.subarray(0, 2000), someBytes(5000)]);
  await page().upload(fileOf(other), inParts).done;
  assert.deepEqual(service.admitted, other);
  assert.deepEqual([service.count("issue"), service.count("cancel")], [1, 1]);
});

test("an upload that the service no longer has begins anew", async (t) => {
  const surroundings = await begin(t);
  await interrupted(surroundings);
  const { service, page } = surroundings;
  service.uploads.clear();
  await page().upload(fileOf(bytes), inParts).done;
  assert.deepEqual(service.admitted, bytes);
});

test("what was completed, but never heard of, is confirmed again and not sent again", async (t) => {
  const { service, page, storage } = await begin(t);
  service.fail("confirm", "lose", 6);
  await assert.rejects(page().upload(fileOf(bytes), inParts).done, { code: "network" });
  assert.equal(storage.length, 1);
  service.asked.length = 0;
  await page().upload(fileOf(bytes), inParts).done;
  assert.deepEqual(service.asked, ["kinds", "list", "confirm"]);
  assert.deepEqual(service.admitted, bytes);
});

test("a form that arrived, but was not confirmed, is confirmed after a reload", async (t) => {
  const { service, page } = await begin(t);
  service.fail("confirm", "reset", 6);
  await assert.rejects(page().upload(fileOf(bytes), asForm).done, { code: "network" });
  service.asked.length = 0;
  await page().upload(fileOf(bytes), asForm).done;
  assert.deepEqual(service.asked, ["kinds", "confirm"]);
});

test("a form that arrived before its file changed is not taken for the changed one", async (t) => {
  const { service, page } = await begin(t);
  service.fail("confirm", "reset", 6);
  await assert.rejects(page().upload(fileOf(bytes), asForm).done, { code: "network" });
  const other = someBytes(bytes.length);
  await page().upload(fileOf(other), asForm).done;
  assert.deepEqual(service.admitted, other);
  assert.equal(service.count("cancel"), 1);
});

test("cancel ends it at the service too, and forgets it", async (t) => {
  const { service, page, storage } = await begin(t);
  const held = service.hold("put 4");
  const upload = page().upload(fileOf(bytes), inParts);
  await held.seen;
  await upload.cancel();
  held.release();
  await assert.rejects(upload.done, { code: "cancelled", retryable: false });
  assert.equal(upload.state, "cancelled");
  assert.equal(service.count("cancel"), 1);
  assert.equal([...service.uploads.values()][0].cancelled, true);
  assert.equal(storage.length, 0);
});

test("an upload that is cancelled while it is being issued is not left open", async (t) => {
  const { service, vestibule } = await begin(t);
  const held = service.hold("issue");
  const upload = vestibule.upload(fileOf(bytes), inParts);
  await held.seen;
  const cancelled = upload.cancel();
  held.release();
  await cancelled;
  assert.equal([...service.uploads.values()][0].cancelled, true);
});

test("a paused upload can be cancelled", async (t) => {
  const { service, vestibule } = await begin(t);
  const held = service.hold("put 1");
  const upload = vestibule.upload(fileOf(bytes), inParts);
  await held.seen;
  upload.pause();
  held.release();
  await upload.cancel();
  assert.equal(service.count("cancel"), 1);
});

test("a cancel that comes too late leaves the file that was admitted", async (t) => {
  const { service, vestibule } = await begin(t);
  const held = service.hold("confirm");
  const upload = vestibule.upload(fileOf(bytes), inParts);
  await held.seen;
  const cancelled = upload.cancel();
  held.release();
  await cancelled;
  assert.equal((await upload.done).filename, "film.zip");
  assert.equal(upload.state, "done");
  assert.equal(service.count("cancel"), 0);
});

test("a failed upload can be cancelled afterwards", async (t) => {
  const { service, vestibule, storage } = await begin(t);
  service.fail("put 2", { status: 503 }, 6);
  const upload = vestibule.upload(fileOf(bytes), inParts);
  await assert.rejects(upload.done);
  await upload.cancel();
  assert.equal(service.count("cancel"), 1);
  assert.equal(storage.length, 0);
});

test("an unfinished upload can be discarded without its file", async (t) => {
  const surroundings = await begin(t);
  await interrupted(surroundings);
  const { service, page } = surroundings;
  const [pending] = await page().pending();
  await pending.discard();
  assert.equal(service.count("cancel"), 1);
  assert.deepEqual(await page().pending(), []);
});

test("what another service left, what has expired, and what is not ours are not pending", async (t) => {
  const surroundings = await begin(t);
  await interrupted(surroundings);
  const { page, storage } = surroundings;
  const [[name, text]] = storage.items;
  storage.setItem(`${name}2`, text.replace(/"expiresAt":"[^"]+"/, '"expiresAt":"2020-01-01T00:00:00Z"'));
  storage.setItem(`${name}3`, text.replace(/"apiUrl":"[^"]+"/, '"apiUrl":"https://elsewhere.example"'));
  storage.setItem("vestibule:x", "{not json");
  storage.setItem("theme", "dark");
  assert.equal((await page().pending()).length, 1);
  assert.equal(storage.getItem("theme"), "dark");
});

test("a storage that refuses does not keep a file from being uploaded", async (t) => {
  const forbidden = () => {
    throw new DOMException("no room", "QuotaExceededError");
  };
  const storage = { length: 0, key: () => null, getItem: () => null, setItem: forbidden, removeItem: forbidden };
  const { service, vestibule } = await begin(t, { storage });
  await vestibule.upload(fileOf(bytes), inParts).done;
  assert.deepEqual(service.admitted, bytes);
});

test("nothing secret is kept in storage", async (t) => {
  const surroundings = await begin(t);
  await interrupted(surroundings);
  const [[, text]] = surroundings.storage.items;
  assert.doesNotMatch(text, /token|secret|signed/);
});

test("one page does not drive the same upload twice", async (t) => {
  const { service, page } = await begin(t);
  const held = service.hold("put 1");
  const first = page().upload(fileOf(bytes), inParts);
  await held.seen;
  await assert.rejects(page().upload(fileOf(bytes), inParts).done, { code: "in_progress" });
  held.release();
  await first.done;
  assert.equal(service.count("issue"), 1);
});

test("what another tab drives is left to it", async (t) => {
  const { service, vestibule } = await begin(t);
  const asked = [];
  const request = (name, { signal }) => {
    asked.push(name);
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  setGlobal(t, "navigator", { locks: { request } });
  await assert.rejects(vestibule.upload(fileOf(bytes), inParts).done, { code: "in_other_tab", retryable: true });
  assert.equal(asked.length, 1);
  assert.equal(service.count("issue"), 0);
});

test("a lock of all tabs is held for as long as the upload takes", async (t) => {
  const { vestibule } = await begin(t);
  let free = false;
  const request = (_, __, use) => use().then(() => (free = true));
  setGlobal(t, "navigator", { locks: { request } });
  const upload = vestibule.upload(fileOf(bytes), {
    ...inParts,
    onProgress: ({ state }) => state === "confirming" && assert.equal(free, false),
  });
  await upload.done;
  assert.equal(free, true);
});

test("calls that are safe to repeat are repeated, and others are not", async (t) => {
  const { service, vestibule } = await begin(t);
  service.fail("kinds", "reset", 2);
  assert.equal((await vestibule.request("GET", "/kinds")).max_filename_bytes, 255);
  service.fail("issue", "reset", 1);
  const body = { strategy: "multipart", size: 1 };
  const issue = () => vestibule.request("POST", "/products/01P/deliverables/uploads", body);
  await assert.rejects(issue(), { code: "network", retryable: false });
  service.fail("issue", problem(503, "storage_unavailable", true), 1);
  assert.equal((await issue()).upload.size, 1);
});

test("a call can be aborted", async (t) => {
  const { service, vestibule } = await begin(t);
  const held = service.hold("kinds");
  const leaving = new AbortController();
  const answer = vestibule.request("GET", "/kinds", undefined, { signal: leaving.signal });
  await held.seen;
  leaving.abort(new Error("left the page"));
  await assert.rejects(answer, { message: "left the page" });
  held.release();
});
