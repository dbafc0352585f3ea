/** The API and S3 in one server on loopback, with parts of 1,000 bytes, and faults on demand. For tests. */
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

export const PART_BYTES = 1000;
const IMAGES = { content_types: ["image/png"], max_bytes: 50_000, strategies: ["post"] };
const DELIVERABLES = { content_types: null, max_bytes: 1_000_000, strategies: ["post", "multipart"] };
const MORE = { min_bytes: 1, max_per_product: 9, max_pixels: null };

/** @typedef {"reset" | "lose" | "stall" | { status: number, body?: object | string, headers?: object }} Fault */

export class FakeService {
  uploads = new Map();
  /** What was asked, in order: `put 3`, `confirm`, … */
  asked = [];
  tokens = new Set(["token"]);
  partUrlLivesSeconds = 900;
  /** The most parts that travelled at the same time. */
  mostAtOnce = 0;
  #atOnce = 0;
  #faults = [];
  #held = [];
  #sockets = new Set();

  static async start() {
    const service = new FakeService();
    service.server = createServer((request, response) => service.#serve(request, response));
    service.server.on("connection", (socket) => {
      service.#sockets.add(socket);
      socket.on("close", () => service.#sockets.delete(socket));
      socket.on("error", () => {});
    });
    service.server.listen(0, "127.0.0.1");
    await once(service.server, "listening");
    service.url = `http://127.0.0.1:${service.server.address().port}`;
    return service;
  }

  async stop() {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, "close");
  }

  /** The next `times` requests of this name, like `put 2` or `put`, fare like this. */
  fail(name, fault, times = 1) {
    this.#faults.push({ name, fault, times });
  }

  /** Requests of this name are not answered until `release()`. `seen`: so many have come; `left`: a client went away. */
  hold(name, times = 1) {
    const held = { name };
    const until = new Promise((resolve) => (held.release = resolve));
    const left = new Promise((resolve) => (held.leave = resolve));
    const seen = new Promise((resolve) => (held.notice = () => --times === 0 && resolve()));
    this.#held.push(Object.assign(held, { until }));
    const release = () => {
      this.#held.splice(this.#held.indexOf(held), 1);
      held.release();
    };
    return { seen, left, release };
  }

  count(name) {
    return this.asked.filter((asked) => asked === name || asked.startsWith(`${name} `)).length;
  }

  /** The bytes of the only file that was admitted. */
  get admitted() {
    const [upload, ...more] = [...this.uploads.values()].filter(({ file }) => file);
    if (!upload || more.length > 0) throw new Error(`${more.length + (upload ? 1 : 0)} files were admitted`);
    return upload.bytes;
  }

  async #serve(request, response) {
    if (request.method === "PUT") this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // the client went away
    }
    const body = Buffer.concat(chunks);
    const url = new URL(request.url, this.url);
    const { name, answer } = this.#route(request, url, body);
    this.asked.push(name);
    for (const held of this.#held.filter((one) => matches(name, one.name))) {
      held.notice();
      request.socket.once("close", held.leave);
      await held.until;
    }
    const planned = this.#faults.find((one) => one.times > 0 && matches(name, one.name));
    if (planned) planned.times -= 1;
    const fault = planned?.fault;
    if (fault === "stall") return;
    if (fault === "reset") return request.socket.destroy();
    if (fault === "lose") {
      answer();
      return request.socket.destroy();
    }
    if (request.socket.destroyed) return; // it was aborted while it was held: S3 would not have it either
    const { status, headers = {}, body: content } = fault ?? answer();
    const text = content === undefined ? "" : typeof content === "string" ? content : JSON.stringify(content);
    if (request.method === "PUT") this.#atOnce -= 1;
    response.writeHead(status, headers).end(text);
  }

  #route(request, url, body) {
    const { method } = request;
    const [, first, productId, files, , id, step] = url.pathname.split("/");
    const upload = this.uploads.get(first === "s3" ? productId : id);
    if (first === "s3") {
      if (method === "POST") return { name: "form", answer: () => this.#form(upload, body, request) };
      const number = Number(files);
      return { name: `put ${number}`, answer: () => this.#put(upload, number, body, request, url) };
    }
    const allowed = (answer) => () =>
      this.tokens.has(request.headers.authorization) ? answer() : problem(401, "unauthenticated");
    const json = body.length > 0 ? JSON.parse(body) : undefined;
    if (first === "kinds") return { name: "kinds", answer: allowed(() => this.#kinds()) };
    if (!id) return { name: "issue", answer: allowed(() => this.#issue(productId, files.slice(0, -1), json)) };
    if (step === "confirm") return { name: "confirm", answer: allowed(() => this.#confirm(upload)) };
    if (method === "DELETE") return { name: "cancel", answer: allowed(() => this.#cancel(upload)) };
    if (method === "GET") return { name: "list", answer: allowed(() => this.#list(upload)) };
    return { name: `sign ${json.part_numbers}`, answer: allowed(() => this.#sign(upload, json)) };
  }

  #kinds() {
    const kinds = [
      { name: "image", ...MORE, ...IMAGES },
      { name: "deliverable", ...MORE, ...DELIVERABLES },
    ];
    return { status: 200, body: { kinds, max_filename_bytes: 255, max_alt_bytes: 250, max_staged_uploads: 50 } };
  }

  #issue(productId, kind, asked) {
    const id = `01J${randomUUID()}`;
    const parts = asked.strategy === "multipart";
    const upload = { id, productId, kind, ...asked, parts: new Map(), secret: 0 };
    this.uploads.set(id, upload);
    const own = `${this.url}/products/${productId}/${kind}s/uploads/${id}`;
    const expires_at = new Date(Date.now() + 900_000).toISOString();
    const multipart = {
      ...{ part_size: PART_BYTES, part_count: Math.ceil(asked.size / PART_BYTES), parts_url: `${own}/parts` },
      ...{ max_parts_per_call: 100, part_url_expires_in: this.partUrlLivesSeconds, part_checksums: true },
    };
    const body = { upload: { id, kind, size: asked.size, expires_at }, confirm_url: `${own}/confirm` };
    const form = { method: "POST", url: `${this.url}/s3/${id}`, fields: { key: id, policy: "signed" } };
    return { status: 201, body: parts ? { ...body, multipart } : { ...body, ...form } };
  }

  #sign(upload, { part_numbers, sha256 }) {
    if (!upload || upload.over) return problem(410, "gone");
    upload.secret += 1;
    const parts = part_numbers.map((part_number, at) => ({
      part_number,
      url: `${this.url}/s3/${upload.id}/${part_number}?secret=${upload.secret}`,
      headers: { "x-amz-checksum-sha256": Buffer.from(sha256[at], "hex").toString("base64") },
    }));
    return { status: 200, body: { parts } };
  }

  #put(upload, number, body, { headers }, url) {
    if (!upload || upload.over) return s3Error(404, "NoSuchUpload");
    if (Number(url.searchParams.get("secret")) <= (upload.expiredBefore ?? 0)) return s3Error(403, "AccessDenied");
    const digest = createHash("sha256").update(body);
    if (digest.copy().digest("base64") !== headers["x-amz-checksum-sha256"]) return s3Error(400, "BadDigest");
    upload.parts.set(number, { body, sha256: digest.digest("hex") });
    return { status: 200, headers: { ETag: '"etag"' } };
  }

  #form(upload, body, { headers }) {
    const boundary = /boundary=(.+)$/.exec(headers["content-type"])[1];
    const text = body.toString("latin1");
    const fields = text.split(`--${boundary}\r\n`).slice(1);
    const last = fields.at(-1);
    if (!last.includes('name="file"') || !text.includes("signed")) return s3Error(400, "MalformedPOSTRequest");
    const start = last.indexOf("\r\n\r\n") + 4;
    upload.bytes = Buffer.from(last.slice(start, last.lastIndexOf(`\r\n--${boundary}--`)), "latin1");
    return { status: 201, body: "<PostResponse/>" };
  }

  #list(upload) {
    if (!upload) return problem(404, "not_found");
    if (upload.over) return problem(410, "gone");
    const parts = [...upload.parts].map(([part_number, { body, sha256 }]) => ({
      ...{ part_number, size: body.length, etag: "etag", sha256 },
    }));
    return { status: 200, body: { part_size: PART_BYTES, part_count: Math.ceil(upload.size / PART_BYTES), parts } };
  }

  #confirm(upload) {
    if (!upload || upload.cancelled) return problem(410, "gone");
    if (upload.file) return { status: 200, body: upload.file };
    if (upload.strategy === "multipart") {
      const count = Math.ceil(upload.size / PART_BYTES);
      if (upload.parts.size < count) return problem(422, "incomplete_parts");
      upload.bytes = Buffer.concat(Array.from({ length: count }, (_, at) => upload.parts.get(at + 1).body));
    }
    if (!upload.bytes) return problem(409, "upload_not_received", true);
    upload.over = true;
    upload.file = { id: upload.id, filename: upload.filename, size: upload.bytes.length, state: "live" };
    return { status: 201, body: upload.file };
  }

  #cancel(upload) {
    if (upload && !upload.file) upload.over = upload.cancelled = true;
    return { status: 204 };
  }
}

const matches = (name, wanted) => name === wanted || name.startsWith(`${wanted} `);

export const problem = (status, code, retryable = false, more = {}) => ({
  status,
  headers: { "Content-Type": "application/problem+json" },
  body: { status, code, retryable, detail: `The reason is ${code}.`, request_id: "r-1", ...more },
});

export const s3Error = (status, code) => ({
  status,
  body: `<Error><Code>${code}</Code><Message>m</Message><StringToSign>secret</StringToSign></Error>`,
});
