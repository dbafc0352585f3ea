import { useEffect, useRef, useState } from "preact/hooks";
import type { KindRules } from "../../vestibule.js";
import { say } from "../notices.ts";
import { usePage } from "../page.ts";
import { text } from "../sentences.ts";

/** Uppy's Dashboard. Its place is kept while its code is on the way. */
export function DropArea({ productId, rules }: { productId: string; rules: KindRules }) {
  const { uploads } = usePage();
  const place = useRef<HTMLDivElement>(null);
  const [error, setError] = useState<unknown>();
  const [attempts, setAttempts] = useState(0);
  useEffect(() => {
    let isHere = true;
    let takeAway = () => {};
    uploads.of(productId, rules).then(
      (uploader) => {
        if (isHere && place.current) takeAway = uploader.show(place.current);
      },
      (failure: unknown) => setError(failure),
    );
    return () => {
      isHere = false;
      takeAway();
    };
  }, [uploads, productId, rules, attempts]);
  const again = () => {
    setError(undefined);
    setAttempts(attempts + 1);
  };
  return (
    <div class="drop-area">
      <div ref={place} />
      {error !== undefined && (
        <p role="alert">
          The uploader could not be loaded. {text(error)} <button onClick={again}>Try again</button>
        </p>
      )}
    </div>
  );
}

/** Lets somebody choose one file, and gives it to the uploader of its kind. */
export function useChooser(productId: string, rules: KindRules): (replaces?: string) => void {
  const { uploads } = usePage();
  return (replaces) => {
    const input = document.createElement("input");
    input.type = "file";
    input.accept = rules.content_types?.join() ?? "";
    input.onchange = () => {
      const files = [...(input.files ?? [])];
      uploads.of(productId, rules).then(
        (uploader) => uploader.add(files, replaces === undefined ? {} : { replaces }),
        (failure: unknown) => say(text(failure), { tone: "bad" }),
      );
    };
    input.click();
  };
}
