import { useState } from "preact/hooks";
import { counted, day } from "../format.ts";
import { say } from "../notices.ts";
import { usePage } from "../page.ts";
import { go, toProduct } from "../routes.ts";
import { text } from "../sentences.ts";
import type { Product } from "../shop.ts";
import { Naming } from "./Dialog.tsx";
import { Failure } from "./Failure.tsx";
import { useHeading } from "./heading.ts";
import { useLoaded } from "./loading.ts";

export const MAX_TITLE = 200;

export function ProductsView() {
  const { shop } = usePage();
  const heading = useHeading("Products");
  const [isCreating, setCreating] = useState(false);
  const [more, setMore] = useState<{ products: Product[]; next_cursor: string | null }>();
  const { value: first, error, load } = useLoaded(() => shop.products(null), [shop]);
  if (error !== undefined) return <Failure error={error} onRetry={() => void load()} />;
  if (first === undefined) return <div class="loading" aria-busy="true" />;

  const products = [...first.products, ...(more?.products ?? [])];
  const cursor = more === undefined ? first.next_cursor : more.next_cursor;
  const showMore = async () => {
    try {
      const page = await shop.products(cursor);
      setMore({ products: [...(more?.products ?? []), ...page.products], next_cursor: page.next_cursor });
    } catch (failure) {
      say(text(failure), { tone: "bad" });
    }
  };
  const create = async (title: string) => {
    go(toProduct((await shop.createProduct(title)).id));
  };
  return (
    <>
      <div class="heading">
        <h1 ref={heading} tabIndex={-1}>
          Products
        </h1>
        <button class="primary" onClick={() => setCreating(true)}>
          New product
        </button>
      </div>
      {products.length === 0 ? <NoProducts /> : <ProductList products={products} />}
      {cursor !== null && <button onClick={() => void showMore()}>Show more</button>}
      {isCreating && (
        <Naming
          title="New product"
          label="Title"
          yes="Create"
          maxLength={MAX_TITLE}
          onName={create}
          onClose={() => setCreating(false)}
        />
      )}
    </>
  );
}

const ProductList = ({ products }: { products: Product[] }) => (
  <ul class="products" aria-label="Products">
    {products.map((product) => (
      <li key={product.id}>
        <a href={toProduct(product.id)}>{product.title}</a>
        <p>
          {counted(product.image_count, "image")} · {counted(product.deliverable_count, "deliverable")}
        </p>
        <p class="faint">{day(product.created_at)}</p>
      </li>
    ))}
  </ul>
);

const NoProducts = () => (
  <div class="empty">
    <h2>No products yet</h2>
    <p>A product is what you sell: images that everybody sees, and files that buyers download.</p>
  </div>
);
