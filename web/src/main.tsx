import "@fontsource-variable/inter/wght.css";
import "./styles/tokens.css";
import "./styles/elements.css";
import "./styles/page.css";
import { render } from "preact";
import { loadConfig } from "./config.ts";
import { makePage, PageContext } from "./page.ts";
import { configure } from "./session.ts";
import { App } from "./views/App.tsx";
import { Closed } from "./views/Closed.tsx";

const root = document.getElementById("page") as HTMLElement;

try {
  const config = await loadConfig();
  configure(config);
  render(
    <PageContext.Provider value={makePage(config)}>
      <App />
    </PageContext.Provider>,
    root,
  );
} catch {
  render(<Closed />, root);
}
