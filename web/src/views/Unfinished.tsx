import { useEffect, useId, useState } from "preact/hooks";
import type { Kinds, PendingUpload } from "../../vestibule.js";
import { bytes, day } from "../format.ts";
import { usePage } from "../page.ts";
import { useChooser } from "./DropArea.tsx";

/** Uploads of this product that an earlier visit began, in this browser: the file must be chosen again to go on. */
export function Unfinished({ productId, kinds }: { productId: string; kinds: Kinds }) {
  const { vestibule, uploads } = usePage();
  const [pending, setPending] = useState<PendingUpload[]>([]);
  const name = useId();
  const isSending = uploads.underWay.value.files > 0;
  const look = () => vestibule.pending().then((all) => setPending(all.filter((one) => one.productId === productId)));
  useEffect(() => {
    if (isSending)
      setPending([]); // what is under way is shown by the uploader
    else void look();
  }, [productId, isSending]);
  if (pending.length === 0) return null;
  const discard = async (one: PendingUpload) => {
    await one.discard();
    await look();
  };
  return (
    <section class="unfinished" aria-labelledby={name}>
      <h2 id={name}>Unfinished uploads</h2>
      <p>Choose the same file again, and it goes on where it ended: what has arrived is not sent twice.</p>
      <ul>
        {pending.map((one) => (
          <OneUnfinished key={one.id} one={one} kinds={kinds} onDiscard={() => void discard(one)} />
        ))}
      </ul>
    </section>
  );
}

function OneUnfinished({ one, kinds, onDiscard }: { one: PendingUpload; kinds: Kinds; onDiscard: () => void }) {
  const rules = kinds.kinds.find(({ name }) => name === one.kind);
  const choose = useChooser(one.productId, rules as NonNullable<typeof rules>);
  return (
    <li>
      <p>
        {one.filename}
        <span class="faint">
          {bytes(one.size)}, begun {day(one.savedAt)}
        </span>
      </p>
      <div class="actions">
        <button class="primary" aria-label={`Choose ${one.filename} again`} onClick={() => choose()}>
          Choose again
        </button>
        <button aria-label={`Discard ${one.filename}`} onClick={onDiscard}>
          Discard
        </button>
      </div>
    </li>
  );
}
