import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** The view's name for the browser's tab, and a place for the focus when one has come from another view. */
export function useHeading(title: string): RefObject<HTMLHeadingElement> {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Vestibule`;
  }, [title]);
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return heading;
}
