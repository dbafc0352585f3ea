/** When not even config.json can be had. */
export const Closed = () => (
  <main class="middle">
    <h1>The page could not be started</h1>
    <p>Its settings could not be loaded. Check your connection, and load the page again.</p>
    <button class="primary" onClick={() => location.reload()}>
      Load again
    </button>
  </main>
);
