/** Against a stack: VESTIBULE_API_URL and VESTIBULE_TOKEN say which. tests/integration/test_javascript.py starts one. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { Uppy } from "@uppy/core";
import UppyVestibule from "../uppy-vestibule.js";
import { Vestibule } from "../vestibule.js";
import { fileOf, Storage } from "./surroundings.js";

const { VESTIBULE_API_URL: apiUrl, VESTIBULE_TOKEN: token } = process.env;
const skip = !apiUrl && "no stack: VESTIBULE_API_URL is not set";
const MiB = 1024 ** 2;
const BYTES = { type: "application/octet-stream", name: "brushes.bin" };

async function begin(title = "Brush set", storage = new Storage()) {
  const vestibule = new Vestibule({ apiUrl, getToken: () => token, storage });
  const { id: productId } = await vestibule.request("POST", "/products", { title });
  return { vestibule, productId, storage };
}

async function download({ vestibule, productId }, { id }) {
  const { url } = await vestibule.request("POST", `/products/${productId}/deliverables/${id}/download`);
  return Buffer.from(await (await fetch(url)).arrayBuffer());
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** A PNG of one colour: 64 by 64 pixels, of 8 bits, with a red, a green and a blue one. */
function png() {
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    crc.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, crc]);
  };
  const header = Buffer.from([0, 0, 0, 64, 0, 0, 0, 64, 8, 2, 0, 0, 0]);
  const pixels = deflateSync(Buffer.alloc(64 * (1 + 64 * 3)));
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  const end = Buffer.alloc(0);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", end)]);
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

test("a deliverable goes through by form, with its SHA-256, and comes back byte for byte", { skip }, async () => {
  const stack = await begin();
  const bytes = randomBytes(300_000);
  const options = { productId: stack.productId, kind: "deliverable" };
  const file = await stack.vestibule.upload(fileOf(bytes, BYTES), options).done;
  assert.deepEqual([file.state, file.filename, file.sha256], ["live", "brushes.bin", sha256(bytes)]);
  assert.deepEqual(await download(stack, file), bytes);
});

test("a deliverable in parts is stopped, resumed from what S3 holds, and comes back", { skip }, async () => {
  const stack = await begin();
  const { storage, productId } = stack;
  const bytes = randomBytes(33 * MiB);
  const options = { productId, kind: "deliverable", strategy: "multipart" };
  const reload = new AbortController();
  const first = new Vestibule({ apiUrl, getToken: () => token, storage, parallel: 1 }).upload(fileOf(bytes, BYTES), {
    ...options,
    signal: reload.signal,
    onProgress: ({ loaded }) => loaded >= 16 * MiB && reload.abort(),
  });
  await assert.rejects(first.done, { name: "AbortError" });
  const [pending] = await stack.vestibule.pending();
  assert.equal(pending.size, bytes.length);
  const checked = [];
  const onProgress = ({ state, loaded }) => state === "checking" && checked.push(loaded);
  const file = await stack.vestibule.upload(fileOf(bytes, BYTES), { ...options, onProgress }).done;
  assert.equal(Math.max(...checked), 16 * MiB);
  assert.equal(sha256(await download(stack, file)), sha256(bytes));
  assert.deepEqual(await stack.vestibule.pending(), []);
});

test("an image and its next version go through Uppy", { skip }, async () => {
  const { vestibule, productId } = await begin();
  const uppy = new Uppy().use(UppyVestibule, { vestibule, productId, kind: "image" });
  const data = new File([png()], "brush.png", { type: "image/png" });
  const first = uppy.addFile({ name: "brush.png", type: "image/png", data, meta: { alt: "A brush" } });
  assert.equal((await uppy.upload()).successful.length, 1);
  const { id } = uppy.getFile(first).response.body;
  uppy.addFile({ name: "new.png", type: "image/png", data, meta: { replaces: id } });
  assert.equal((await uppy.upload()).successful.length, 1);
  const { images } = await vestibule.request("GET", `/products/${productId}/images`);
  assert.deepEqual(
    images.map(({ filename, version, alt }) => [filename, version, alt]),
    [["new.png", 2, "A brush"]],
  );
  uppy.destroy();
});

test("an upload in parts that is cancelled leaves nothing behind", { skip }, async () => {
  const { vestibule, productId } = await begin();
  let cancelled;
  const upload = vestibule.upload(fileOf(randomBytes(17 * MiB), BYTES), {
    ...{ productId, kind: "deliverable", strategy: "multipart" },
    onProgress: ({ state }) => state === "sending" && (cancelled ??= upload.cancel()),
  });
  await assert.rejects(upload.done, { code: "cancelled" });
  await cancelled;
  const { deliverables } = await vestibule.request("GET", `/products/${productId}/deliverables`);
  assert.deepEqual(deliverables, []);
});

test("what is not what it was declared to be is refused in the service's words", { skip }, async () => {
  const { vestibule, productId } = await begin();
  const html = fileOf("<html><script>alert(1)</script></html>", { name: "brush.png", type: "image/png" });
  await assert.rejects(vestibule.upload(html, { productId, kind: "image" }).done, {
    ...{ name: "VestibuleError", code: "content_type_mismatch", status: 422, retryable: false },
  });
});

test("another person's product is not found", { skip }, async () => {
  const { vestibule } = await begin();
  const options = { productId: "01ARZ3NDEKTSV4RRFFQ69G5FAV", kind: "deliverable" };
  await assert.rejects(vestibule.upload(fileOf("x", BYTES), options).done, { code: "not_found", status: 404 });
});
