import { signal } from "@preact/signals";
import type { VestibuleError } from "../../vestibule.js";
import { usePage } from "../page.ts";

const online = signal(navigator.onLine);
for (const event of ["online", "offline"]) addEventListener(event, () => (online.value = navigator.onLine));

/** What goes wrong and may pass by itself. Over the page, so that nothing moves; CSS lets it wait a little first. */
export function Trouble() {
  const { trouble } = usePage();
  const words = online.value
    ? trouble.value && wordsOf(trouble.value)
    : "You are offline. Uploads go on when you are back.";
  return (
    <div class="trouble" role="status">
      {words && <p key={words}>{words}</p>}
    </div>
  );
}

function wordsOf({ code, status }: VestibuleError): string {
  if (code === "rate_limited" || code === "too_many_uploads") return "That was a little fast. Trying again…";
  if (status === undefined) return "The service does not answer. Trying again…";
  return "The service is busy. Trying again…";
}
