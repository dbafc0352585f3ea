import { useState } from "preact/hooks";
import type { KindRules } from "../../vestibule.js";
import { bytes, day } from "../format.ts";
import { usePage } from "../page.ts";
import type { OpenProduct } from "../open-product.ts";
import type { Deliverable } from "../shop.ts";
import { Naming } from "./Dialog.tsx";
import { useChooser } from "./DropArea.tsx";
import { Section } from "./Section.tsx";

const MAX_NAME = 255;

export function Deliverables({ open, productId, rules }: { open: OpenProduct; productId: string; rules: KindRules }) {
  const choose = useChooser(productId, rules);
  const files = open.deliverables.value;
  const hint = files.length === 0 ? "What buyers download." : `${files.length} of ${rules.max_per_product}.`;
  return (
    <Section title="Deliverables" hint={hint} open={open} productId={productId} rules={rules}>
      <ul class="files" aria-label="Deliverables">
        {files.map((file) => (
          <File key={file.id} file={file} open={open} onNewVersion={() => choose(file.id)} />
        ))}
      </ul>
    </Section>
  );
}

function File({ file, open, onNewVersion }: { file: Deliverable; open: OpenProduct; onNewVersion: () => void }) {
  const { shop } = usePage();
  const [isNaming, setNaming] = useState(false);
  const { filename, size, version, admitted_at } = file;
  const rename = async (name: string) => {
    await shop.renameDeliverable(file, name);
    await open.load();
  };
  return (
    <li>
      <p>
        <strong>{filename}</strong>
        <span class="faint">
          {bytes(size)} · {day(admitted_at)}
          {version > 1 && <span class="version">Version {version}</span>}
        </span>
      </p>
      <div class="actions">
        <button
          aria-label={`Download ${filename}`}
          onClick={() => void open.change(() => shop.download("deliverable", file))}
        >
          Download
        </button>
        <button aria-label={`New version of ${filename}`} onClick={onNewVersion}>
          New version
        </button>
        <button aria-label={`Rename ${filename}`} onClick={() => setNaming(true)}>
          Rename
        </button>
        <button aria-label={`Delete ${filename}`} onClick={() => void open.remove("deliverable", file)}>
          Delete
        </button>
      </div>
      {isNaming && (
        <Naming
          title="Rename file"
          label="File name"
          initial={filename}
          yes="Save"
          maxLength={MAX_NAME}
          onName={rename}
          onClose={() => setNaming(false)}
        />
      )}
    </li>
  );
}
