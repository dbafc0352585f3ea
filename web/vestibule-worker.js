/** Computes SHA-256 away from the page's own thread. In: `{ blob }`; out: `{ digest }` or `{ unreadable }`. */
self.onmessage = async ({ data: { blob } }) => {
  try {
    self.postMessage({ digest: await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()) });
  } catch (error) {
    self.postMessage({ unreadable: String(error) });
  }
};
