import { signal } from "@preact/signals";

/** A few words about what has just happened, with a way back where there is one. */
export interface Notice {
  id: number;
  text: string;
  tone: "calm" | "bad";
  undo?: () => void;
}

const SHOWN_MS = 8_000;

export const notices = signal<Notice[]>([]);
let last = 0;

export function say(text: string, more: { tone?: Notice["tone"]; undo?: () => void } = {}): void {
  const notice = { tone: "calm" as const, ...more, id: (last += 1), text };
  notices.value = [...notices.value.slice(-2), notice];
  linger(notice.id);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

/** Not while somebody reads it, or is about to press its button (WCAG 2.2.1). */
function linger(id: number): void {
  setTimeout(() => {
    if (document.querySelector(".notices")?.matches(":hover, :focus-within")) linger(id);
    else dismiss(id);
  }, SHOWN_MS);
}
