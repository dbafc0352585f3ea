/** What only browsers have: XMLHttpRequest and workers, played by doubles. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeXhr } from "./fake-xhr.js";
import { PART_BYTES, s3Error } from "./fake-service.js";
import { asForm, begin, fileOf, inParts, pausedAt, setGlobal, someBytes } from "./surroundings.js";

const bytes = someBytes(3 * PART_BYTES);

test("XMLHttpRequest tells of progress within a part", async (t) => {
  setGlobal(t, "XMLHttpRequest", FakeXhr);
  const { service, page } = await begin(t);
  const seen = [];
  const onProgress = ({ loaded }) => seen.push(loaded);
  await page({ parallel: 1 }).upload(fileOf(bytes), { ...inParts, onProgress }).done;
  assert.deepEqual(service.admitted, bytes);
  assert.deepEqual([...new Set(seen)], [0, 500, 1000, 1500, 2000, 2500, 3000]);
});

test("of a form no more progress is told than the file has bytes", async (t) => {
  setGlobal(t, "XMLHttpRequest", FakeXhr);
  const { vestibule, service } = await begin(t);
  const seen = [];
  await vestibule.upload(fileOf(bytes), { ...asForm, onProgress: ({ loaded }) => seen.push(loaded) }).done;
  assert.deepEqual([...new Set(seen)], [0, 1750, 3000]);
  assert.deepEqual(service.admitted, bytes);
});

for (const fault of [
  "reset",
  "stall",
  s3Error(403, "AccessDenied"),
  { status: 503, headers: { "Retry-After": "0" } },
]) {
  test(`XMLHttpRequest sends again after ${JSON.stringify(fault)}`, async (t) => {
    setGlobal(t, "XMLHttpRequest", FakeXhr);
    const { service, vestibule } = await begin(t, fault === "stall" ? { stallMs: 150 } : {});
    service.fail("put 2", fault, 2);
    const seen = [];
    await vestibule.upload(fileOf(bytes), { ...inParts, onProgress: ({ loaded }) => seen.push(loaded) }).done;
    assert.deepEqual(service.admitted, bytes);
    assert.equal(service.count("put 2"), 3);
    assert.equal(seen.at(-1), bytes.length);
  });
}

test("a pause ends what XMLHttpRequest sends", async (t) => {
  setGlobal(t, "XMLHttpRequest", FakeXhr);
  const surroundings = await begin(t);
  await pausedAt("put 2", surroundings, bytes, inParts);
  assert.deepEqual(surroundings.service.admitted, bytes);
});

/** A worker that does what the real one does, by running its file here. */
async function fakeWorker(t) {
  const workers = [];
  const shared = {};
  setGlobal(t, "self", shared);
  await import(`../vestibule-worker.js?${Math.random()}`);
  class FakeWorker {
    constructor(url) {
      this.url = String(url);
      this.running = true;
      this.asked = 0;
      workers.push(this);
    }
    postMessage(data) {
      this.asked += 1;
      shared.postMessage = (answer) => this.running && this.onmessage({ data: answer });
      shared.onmessage({ data });
    }
    terminate() {
      this.running = false;
    }
  }
  return { FakeWorker, workers };
}

test("a worker hashes the parts, one worker for all, and is given back in the end", async (t) => {
  const { FakeWorker, workers } = await fakeWorker(t);
  setGlobal(t, "Worker", FakeWorker);
  const { service, vestibule } = await begin(t);
  const names = ["a.zip", "b.zip"];
  await Promise.all(names.map((name) => vestibule.upload(fileOf(bytes, { name }), inParts).done));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    workers.map(({ url, asked, running }) => [url.split("/").at(-1), asked, running]),
    [["vestibule-worker.js", 6, false]],
  );
  assert.equal(service.count("put"), 6);
});

test("after the worker was given back the next upload has one again", async (t) => {
  const { FakeWorker, workers } = await fakeWorker(t);
  setGlobal(t, "Worker", FakeWorker);
  const { vestibule } = await begin(t);
  for (const name of ["a.zip", "b.zip"]) await vestibule.upload(fileOf(bytes, { name }), inParts).done;
  assert.equal(workers.length, 2);
});

test("a worker is not given back in the middle of its work, for the next upload waits for that", async (t) => {
  const { FakeWorker } = await fakeWorker(t);
  setGlobal(t, "Worker", FakeWorker);
  const { service, page } = await begin(t);
  const vestibule = page({ parallel: 2 });
  const six = someBytes(6 * PART_BYTES);
  const file = fileOf(six);
  let readOn, reading;
  const isReading = new Promise((resolve) => (reading = resolve));
  const mayRead = new Promise((resolve) => (readOn = resolve));
  const slice = file.slice.bind(file);
  file.slice = (from, to) => {
    const part = slice(from, to);
    const read = part.arrayBuffer.bind(part);
    if (from === 4 * PART_BYTES) part.arrayBuffer = () => (reading(), mayRead.then(read));
    return part;
  };
  const held = service.hold("put", 2);
  const leaving = new AbortController();
  const upload = vestibule.upload(file, { ...inParts, signal: leaving.signal });
  await Promise.all([held.seen, isReading]);
  leaving.abort();
  await held.left;
  held.release();
  await assert.rejects(upload.done, { name: "AbortError" });
  const next = vestibule.upload(fileOf(six), inParts);
  readOn();
  await next.done;
  assert.deepEqual(service.admitted, six);
});

test("what the worker cannot read ends the upload", async (t) => {
  const { FakeWorker } = await fakeWorker(t);
  setGlobal(t, "Worker", FakeWorker);
  const { vestibule } = await begin(t);
  const file = fileOf(bytes);
  file.arrayBuffer = () => Promise.reject(new DOMException("gone", "NotReadableError"));
  await assert.rejects(vestibule.upload(file, asForm).done, { code: "file_unreadable" });
});

class ForbiddenWorker {
  constructor() {
    throw new DOMException("another origin", "SecurityError");
  }
}

class MissingWorker {
  postMessage() {
    setImmediate(() => this.onerror(new Event("error")));
  }
  terminate() {}
}

for (const NoWorker of [ForbiddenWorker, MissingWorker]) {
  test(`the page's own thread hashes where there is a ${NoWorker.name}`, async (t) => {
    setGlobal(t, "Worker", NoWorker);
    const { service, vestibule } = await begin(t);
    await vestibule.upload(fileOf(bytes), inParts).done;
    assert.deepEqual(service.admitted, bytes);
  });
}
