/** The plugin, in the real Uppy. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Uppy } from "@uppy/core";
import UppyVestibule from "../uppy-vestibule.js";
import { PART_BYTES, problem } from "./fake-service.js";
import { begin, fileOf, someBytes } from "./surroundings.js";

const bytes = someBytes(6 * PART_BYTES);
const QUIET = { debug() {}, warn() {}, error() {} };

async function beginUppy(t, options = {}) {
  const surroundings = await begin(t, { parallel: 1, ...options });
  const uppy = new Uppy({ logger: QUIET }).use(UppyVestibule, {
    ...{ vestibule: surroundings.vestibule, productId: "01PRODUCT", kind: "deliverable", strategy: "multipart" },
  });
  t.after(() => uppy.destroy());
  const add = (meta = {}, name = "film.zip") =>
    uppy.addFile({ name, type: "application/zip", data: fileOf(bytes, { name }), meta });
  return { ...surroundings, uppy, add };
}

const event = (uppy, name) => new Promise((resolve) => uppy.once(name, (...args) => resolve(args)));

test("files arrive, and Uppy's state says so", async (t) => {
  const { service, uppy, add } = await beginUppy(t);
  const id = add();
  const seen = [];
  uppy.on("upload-progress", (_, { bytesUploaded }) => seen.push(bytesUploaded));
  const { successful, failed } = await uppy.upload();
  assert.deepEqual([successful.length, failed.length], [1, 0]);
  const file = uppy.getFile(id);
  assert.deepEqual([file.progress.uploadComplete, file.progress.percentage], [true, 100]);
  assert.equal(file.response.body.filename, "film.zip");
  assert.equal(file.uploadURL, `/products/01PRODUCT/deliverables/${file.response.body.id}`);
  assert.deepEqual(service.admitted, bytes);
  assert.ok(seen.includes(2 * PART_BYTES), `${seen}`);
  assert.ok(seen.every((bytesUploaded) => bytesUploaded < bytes.length));
});

test("a file's meta says what it is", async (t) => {
  const { service, uppy } = await beginUppy(t);
  const meta = { kind: "image", productId: "01OTHER", alt: "A brush", replaces: "01OLD", strategy: "post" };
  const id = uppy.addFile({ name: "a.png", type: "image/png", data: fileOf(bytes, { type: "image/png" }), meta });
  uppy.setFileMeta(id, { name: "b.png" });
  await uppy.upload();
  const [{ kind, productId, alt, replaces, filename }] = service.uploads.values();
  assert.deepEqual([kind, productId, alt, replaces, filename], ["image", "01OTHER", "A brush", "01OLD", "b.png"]);
});

test("Uppy pauses and resumes a file", async (t) => {
  const { service, uppy, add } = await beginUppy(t);
  const held = service.hold("put 3");
  const id = add();
  const done = uppy.upload();
  await held.seen;
  assert.equal(uppy.pauseResume(id), true);
  await held.left;
  held.release();
  assert.equal(uppy.getFile(id).progress.uploadComplete, false);
  assert.equal(uppy.pauseResume(id), false);
  assert.equal((await done).successful.length, 1);
  assert.deepEqual(service.admitted, bytes);
  assert.equal(service.count("put 2"), 1);
});

test("Uppy pauses and resumes all", async (t) => {
  const { service, uppy, add } = await beginUppy(t);
  const held = service.hold("put 3");
  add();
  const done = uppy.upload();
  await held.seen;
  uppy.pauseAll();
  await held.left;
  held.release();
  uppy.resumeAll();
  assert.equal((await done).successful.length, 1);
});

test("a file that is removed is cancelled at the service", async (t) => {
  const { service, uppy, add } = await beginUppy(t);
  const held = service.hold("put 3");
  const id = add();
  const done = uppy.upload();
  await held.seen;
  const cancelled = service.hold("cancel");
  uppy.removeFile(id);
  await cancelled.seen;
  cancelled.release();
  held.release();
  const { successful = [], failed = [] } = await done;
  assert.deepEqual([successful.length, failed.length], [0, 0]);
  assert.equal(uppy.getFiles().length, 0);
});

test("cancelAll cancels all at the service, once", async (t) => {
  const { service, uppy, add, vestibule } = await beginUppy(t);
  const held = service.hold("put 3");
  add();
  const done = uppy.upload();
  await held.seen;
  const cancelled = service.hold("cancel");
  uppy.cancelAll();
  await cancelled.seen;
  cancelled.release();
  held.release();
  await done;
  await vestibule.request("GET", "/kinds");
  assert.equal(service.count("cancel"), 1);
  assert.equal([...service.uploads.values()][0].cancelled, true);
});

test("a file that failed has the service's words, and goes on where it was when it is retried", async (t) => {
  const { service, uppy, add } = await beginUppy(t);
  service.fail("put 4", problem(503, "storage_unavailable", true), 6);
  const id = add();
  const failure = event(uppy, "upload-error");
  const { failed } = await uppy.upload();
  assert.equal(failed.length, 1);
  const [file, error] = await failure;
  assert.deepEqual([file.id, error.code, error.retryable], [id, "storage_unavailable", true]);
  assert.equal(uppy.getFile(id).error, "Storage is busy: it answered 503.");
  service.asked.length = 0;
  await uppy.retryUpload(id);
  assert.equal(uppy.getFile(id).progress.uploadComplete, true);
  assert.deepEqual([service.count("issue"), service.count("put")], [0, 3]);
  assert.deepEqual(service.admitted, bytes);
});

test("a file without a product is refused in words", async (t) => {
  const { service, uppy, add } = await beginUppy(t);
  const id = add({ productId: "" });
  await uppy.upload();
  assert.match(uppy.getFile(id).error, /must have productId and kind/);
  assert.deepEqual(service.asked, []);
});

test("one file that fails does not stop the others", async (t) => {
  const { service, uppy, add } = await beginUppy(t);
  add({ kind: "film" });
  add({}, "other.zip");
  const { successful, failed } = await uppy.upload();
  assert.deepEqual([successful.length, failed.length], [1, 1]);
  assert.deepEqual(service.admitted, bytes);
});

test("without the plugin Uppy is what it was", async (t) => {
  const { uppy } = await beginUppy(t);
  assert.equal(uppy.getState().capabilities.resumableUploads, true);
  uppy.removePlugin(uppy.getPlugin("Vestibule"));
  assert.equal(uppy.getState().capabilities.resumableUploads, false);
});
