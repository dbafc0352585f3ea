import { useEffect, useMemo, useState } from "preact/hooks";
import type { Kinds } from "../../vestibule.js";
import { say } from "../notices.ts";
import { OpenProduct } from "../open-product.ts";
import { usePage } from "../page.ts";
import { go, toProducts } from "../routes.ts";
import type { ProductWithFiles } from "../shop.ts";
import { Deliverables } from "./Deliverables.tsx";
import { Naming, Question } from "./Dialog.tsx";
import { Failure } from "./Failure.tsx";
import { useHeading } from "./heading.ts";
import { Images } from "./Images.tsx";
import { useLoaded } from "./loading.ts";
import { MAX_TITLE } from "./ProductsView.tsx";
import { Unfinished } from "./Unfinished.tsx";

export function ProductView({ id }: { id: string }) {
  const page = usePage();
  const open = useMemo(() => new OpenProduct(page.shop, id), [page, id]);
  const { value: kinds, error: noKinds, load: loadKinds } = useLoaded(page.kinds, [page]);
  useEffect(() => () => open.close(), [open]);
  const admitted = page.uploads.admitted.value;
  useEffect(() => {
    if (admitted === undefined || admitted.product_id === id || open.product.peek() === undefined) void open.load();
  }, [open, admitted]);

  const error = open.error.value ?? noKinds;
  const retry = () => void Promise.all([open.load(), loadKinds()]);
  if (error !== undefined) return <Failure error={error} onRetry={retry} />;
  const product = open.product.value;
  if (product === undefined || kinds === undefined) return <div class="loading" aria-busy="true" />;
  return <Everything open={open} product={product} kinds={kinds} />;
}

function Everything({ open, product, kinds }: { open: OpenProduct; product: ProductWithFiles; kinds: Kinds }) {
  const [asked, setAsked] = useState<"title" | "delete">();
  const { shop } = usePage();
  const heading = useHeading(product.title);
  const close = () => setAsked(undefined);
  const rename = async (title: string) => {
    await shop.renameProduct(product, title).finally(() => open.load());
  };
  const remove = async () => {
    await shop.deleteProduct(product.id);
    say(`Deleted ${product.title}.`);
    go(toProducts);
  };
  const rulesOf = (name: string) => kinds.kinds.filter((rules) => rules.name === name);
  return (
    <>
      <nav aria-label="Breadcrumb">
        <a href={toProducts}>Products</a>
      </nav>
      <div class="heading">
        <h1 ref={heading} tabIndex={-1}>
          {product.title}
        </h1>
        <div class="actions">
          <button onClick={() => setAsked("title")}>Rename</button>
          <button onClick={() => setAsked("delete")}>Delete</button>
        </div>
      </div>
      <Unfinished productId={product.id} kinds={kinds} />
      {rulesOf("image").map((rules) => (
        <Images key="images" open={open} productId={product.id} rules={rules} maxAltBytes={kinds.max_alt_bytes} />
      ))}
      {rulesOf("deliverable").map((rules) => (
        <Deliverables key="deliverables" open={open} productId={product.id} rules={rules} />
      ))}
      {asked === "title" && (
        <Naming
          title="Rename product"
          label="Title"
          initial={product.title}
          yes="Save"
          maxLength={MAX_TITLE}
          onName={rename}
          onClose={close}
        />
      )}
      {asked === "delete" && (
        <Question
          title={`Delete ${product.title}?`}
          yes="Delete product"
          no="Keep it"
          danger
          onYes={remove}
          onClose={close}
        >
          <p>Its images and files go with it. This cannot be taken back.</p>
        </Question>
      )}
    </>
  );
}
