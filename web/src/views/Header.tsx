import { useEffect, useState } from "preact/hooks";
import { bytes, counted } from "../format.ts";
import { usePage } from "../page.ts";
import { toProducts } from "../routes.ts";
import { leave, person } from "../session.ts";
import type { Usage } from "../shop.ts";

export const Header = () => (
  <header>
    <a class="brand" href={toProducts}>
      <img src="/favicon.svg" alt="" width="28" height="28" /> Vestibule
    </a>
    <Sending />
    <UsageMeter />
    <span class="person">{person.value}</span>
    <button class="quiet" onClick={() => void leave()}>
      Sign out
    </button>
  </header>
);

/** Uploads go on while one looks at another product: here one sees that they do. */
function Sending() {
  const { files, loaded, total } = usePage().uploads.underWay.value;
  return (
    <span class="sending" aria-live="off">
      {files > 0 && `Uploading ${counted(files, "file")}, ${Math.floor((100 * loaded) / Math.max(total, 1))} %`}
    </span>
  );
}

function UsageMeter() {
  const { shop, uploads } = usePage();
  const [usage, setUsage] = useState<Usage>();
  const admitted = uploads.admitted.value;
  useEffect(() => {
    shop.usage().then(setUsage, () => {}); // an ornament: what really fails says so itself
  }, [shop, admitted]);
  return (
    <span class="usage">
      {usage && (
        <>
          <meter aria-label="Storage used" min={0} max={usage.quota} high={usage.quota * 0.9} value={usage.bytes} />
          <span>
            {bytes(usage.bytes)} of {bytes(usage.quota)}
          </span>
        </>
      )}
    </span>
  );
}
