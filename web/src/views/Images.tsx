import { useEffect, useRef } from "preact/hooks";
import type { KindRules } from "../../vestibule.js";
import type { OpenProduct } from "../open-product.ts";
import type { Image } from "../shop.ts";
import { useChooser } from "./DropArea.tsx";
import { ImageCard } from "./ImageCard.tsx";
import { Section } from "./Section.tsx";

interface ImagesProps {
  open: OpenProduct;
  productId: string;
  rules: KindRules;
  maxAltBytes: number;
}

export function Images({ open, productId, rules, maxAltBytes }: ImagesProps) {
  const choose = useChooser(productId, rules);
  const images = open.images.value;
  const move = (from: number, to: number) => {
    const ordered = images.toSpliced(from, 1).toSpliced(to, 0, images[from] as Image);
    void open.order(ordered);
  };
  const list = useDragging(move);
  const hint =
    images.length === 0
      ? "What visitors see of the product."
      : `${images.length} of ${rules.max_per_product}. The first one is the cover; drag to order.`;
  return (
    <Section title="Promo images" hint={hint} open={open} productId={productId} rules={rules}>
      <ul class="gallery" aria-label="Promo images" ref={list}>
        {images.map((image, at) => (
          <ImageCard
            key={image.id}
            image={image}
            open={open}
            maxAltBytes={maxAltBytes}
            {...(at > 0 && { onEarlier: () => move(at, at - 1) })}
            {...(at < images.length - 1 && { onLater: () => move(at, at + 1) })}
            onReplace={() => choose(image.id)}
          />
        ))}
      </ul>
    </Section>
  );
}

/** Lets the items of a list be dragged, by mouse and finger. (By keyboard there are the buttons.) */
function useDragging(onMove: (from: number, to: number) => void) {
  const list = useRef<HTMLUListElement>(null);
  const moved = useRef(onMove);
  moved.current = onMove;
  useEffect(() => {
    let isHere = true;
    let end = () => {};
    const begin = async () => {
      const { default: Sortable } = await import("sortablejs");
      if (!isHere || list.current === null) return;
      const sortable = Sortable.create(list.current, {
        handle: ".picture",
        animation: 150,
        delay: 200,
        delayOnTouchOnly: true,
        onEnd: ({ item, from, oldIndex, newIndex }) => {
          if (oldIndex === undefined || newIndex === undefined || oldIndex === newIndex) return;
          // Back where Preact has put it: Preact is to move it.
          item.remove();
          from.insertBefore(item, from.children[oldIndex] ?? null);
          moved.current(oldIndex, newIndex);
        },
      });
      end = () => sortable.destroy();
    };
    begin().catch(() => {}); // the buttons remain
    return () => {
      isHere = false;
      end();
    };
  }, []);
  return list;
}
