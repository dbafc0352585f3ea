/** XMLHttpRequest, as far as it is used: over fetch, telling of progress half way and at the end. */
export class FakeXhr {
  upload = {};
  #headers = {};
  #aborting = new AbortController();

  open(method, url) {
    Object.assign(this, { method, url });
  }

  setRequestHeader(name, value) {
    this.#headers[name] = value;
  }

  abort() {
    this.#aborting.abort();
  }

  getAllResponseHeaders() {
    return [...this.headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  }

  async send(body) {
    const size = body instanceof Blob ? body.size : body.get("file").size + 500;
    queueMicrotask(() => this.upload.onprogress({ loaded: Math.floor(size / 2) }));
    const { method } = this;
    try {
      const response = await fetch(this.url, { method, body, headers: this.#headers, signal: this.#aborting.signal });
      this.upload.onprogress({ loaded: size });
      this.upload.onload();
      this.responseText = await response.text();
      this.status = response.status;
      this.headers = response.headers;
      this.onload();
    } catch {
      if (this.#aborting.signal.aborted) this.onabort();
      else this.onerror();
    }
    this.onloadend();
  }
}
