import { useState } from "preact/hooks";
import { usePage } from "../page.ts";
import type { OpenProduct } from "../open-product.ts";
import type { Image } from "../shop.ts";
import { Picture } from "./Picture.tsx";

interface ImageCardProps {
  image: Image;
  open: OpenProduct;
  maxAltBytes: number;
  onEarlier?: () => void;
  onLater?: () => void;
  onReplace: () => void;
}

export function ImageCard({ image, open, maxAltBytes, onEarlier, onLater, onReplace }: ImageCardProps) {
  const { filename } = image;
  return (
    <li class="card">
      <Picture image={image} />
      <AltText image={image} open={open} maxBytes={maxAltBytes} />
      <div class="actions">
        <button class="quiet" aria-label={`Move ${filename} earlier`} disabled={!onEarlier} onClick={onEarlier}>
          ←
        </button>
        <button class="quiet" aria-label={`Move ${filename} later`} disabled={!onLater} onClick={onLater}>
          →
        </button>
        <button class="quiet" aria-label={`Replace ${filename}`} onClick={onReplace}>
          Replace
        </button>
        <button class="quiet" aria-label={`Delete ${filename}`} onClick={() => void open.remove("image", image)}>
          Delete
        </button>
      </div>
    </li>
  );
}

/** Saved when one leaves it, or presses Enter. */
function AltText({ image, open, maxBytes }: { image: Image; open: OpenProduct; maxBytes: number }) {
  const { shop } = usePage();
  const [draft, setDraft] = useState<string>();
  const [saved, setSaved] = useState(false);
  const saveIt = async (value: string) => {
    const alt = value.trim() === "" ? null : value.trim();
    if (alt !== image.alt && (await open.change(() => shop.describeImage(image, alt)))) setSaved(true);
    setDraft(undefined);
  };
  return (
    <label class="alt">
      <span class="unseen">Alt text of {image.filename}</span>
      <input
        value={draft ?? image.alt ?? ""}
        placeholder="What does it show?"
        maxLength={maxBytes}
        onInput={({ currentTarget }) => {
          setDraft(currentTarget.value);
          setSaved(false);
        }}
        onKeyDown={({ key, currentTarget }) => key === "Enter" && currentTarget.blur()}
        onBlur={({ currentTarget }) => void saveIt(currentTarget.value)}
      />
      <small role="status">{saved && "Saved"}</small>
    </label>
  );
}
