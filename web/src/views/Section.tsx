import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { AdmittedFile, Kind, KindRules } from "../../vestibule.js";
import { bytes, day } from "../format.ts";
import type { OpenProduct } from "../open-product.ts";
import { usePage } from "../page.ts";
import { formats } from "../sentences.ts";
import { DropArea } from "./DropArea.tsx";

interface SectionProps {
  title: string;
  hint: string;
  open: OpenProduct;
  productId: string;
  rules: KindRules;
  children: ComponentChildren;
}

/** A product's files of one kind: what it has, where more can be dropped, what was refused, and what can be had back. */
export function Section({ title, hint, open, productId, rules, children }: SectionProps) {
  const name = useId();
  const kind = rules.name;
  return (
    <section aria-labelledby={name}>
      <h2 id={name}>{title}</h2>
      <p class="faint">
        {hint} {limits(rules)}
      </p>
      {children}
      <DropArea productId={productId} rules={rules} />
      <NotUploaded productId={productId} kind={kind} />
      <Recoverable open={open} kind={kind} />
    </section>
  );
}

function NotUploaded({ productId, kind }: { productId: string; kind: Kind }) {
  const { uploads } = usePage();
  const refused = uploads.refused.value.filter((one) => one.productId === productId && one.kind === kind);
  return (
    <div role="alert">
      {refused.length > 0 && (
        <ul class="refused" aria-label="Not uploaded">
          {refused.map(({ id, filename, what, todo }) => (
            <li key={id}>
              <p>
                <strong>{filename}</strong> was not uploaded. {what} {todo}
              </p>
              <button class="quiet" aria-label={`Dismiss ${filename}`} onClick={() => uploads.dismiss(id)}>
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Recoverable({ open, kind }: { open: OpenProduct; kind: Kind }) {
  const files = open.recoverable.value[kind];
  if (files.length === 0) return null;
  return (
    <details class="recoverable">
      <summary>Deleted and older files ({files.length})</summary>
      <ul>
        {files.map((file) => (
          <li key={file.id}>
            <p>
              {nameOf(file)}
              <span class="faint">
                {bytes(file.size)}
                {file.purge_at && `, kept until ${day(file.purge_at)}`}
              </span>
            </p>
            <button aria-label={`Restore ${nameOf(file)}`} onClick={() => void open.restore(kind, file)}>
              Restore
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

const limits = ({ content_types, max_bytes }: KindRules): string =>
  `${content_types === null ? "Any kind of file" : formats(content_types)}, up to ${bytes(max_bytes)} each.`;

const nameOf = ({ state, version, filename }: AdmittedFile): string =>
  state === "superseded" ? `Version ${version} of ${filename}` : filename;
