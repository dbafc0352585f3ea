import { decodeBlurHash } from "fast-blurhash";
import { useEffect, useRef } from "preact/hooks";
import type { Image, Rendition } from "../shop.ts";

const SIZES = "(max-width: 520px) 92vw, (max-width: 900px) 46vw, 300px";
const BLUR_PIXELS = 24;
/** The best first: the browser takes the first it knows. */
const TYPES = ["image/avif", "image/webp", "image/jpeg"] as const;

/** An image by its renditions, over its BlurHash until they have come; by its original while there are none. */
export function Picture({ image }: { image: Image }) {
  const { rendition_state, renditions, placeholder, original_url, rendition_error } = image;
  if (rendition_state === "failed") {
    return (
      <div class="picture failed">
        <p role="alert">{rendition_error}</p>
      </div>
    );
  }
  if (rendition_state === "processing" || renditions.length === 0) {
    return (
      <div class="picture processing">
        {original_url && <img src={original_url} alt={altOf(image)} />}
        <p>Preparing…</p>
      </div>
    );
  }
  return (
    <div class="picture">
      {placeholder && <Blur hash={placeholder} />}
      <Rendered image={image} />
    </div>
  );
}

function Rendered({ image }: { image: Image }) {
  const [best, ...others] = TYPES.map((type) => image.renditions.filter((one) => one.content_type === type))
    .filter((ones) => ones.length > 0)
    .reverse() as [Rendition[], ...Rendition[][]];
  const largest = best.at(-1) as Rendition;
  return (
    <picture>
      {others.reverse().map((ones) => (
        <source key={ones[0]?.content_type} type={ones[0]?.content_type} srcset={srcset(ones)} sizes={SIZES} />
      ))}
      <img
        src={largest.url}
        srcset={srcset(best)}
        sizes={SIZES}
        width={largest.width}
        height={largest.height}
        alt={altOf(image)}
        loading="lazy"
        decoding="async"
      />
    </picture>
  );
}

/** A few colours where the image will be. */
function Blur({ hash }: { hash: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const pixels = new ImageData(BLUR_PIXELS, BLUR_PIXELS);
    pixels.data.set(decodeBlurHash(hash, BLUR_PIXELS, BLUR_PIXELS));
    canvas.current?.getContext("2d")?.putImageData(pixels, 0, 0);
  }, [hash]);
  return <canvas ref={canvas} width={BLUR_PIXELS} height={BLUR_PIXELS} aria-hidden="true" />;
}

const altOf = ({ alt, filename }: Image): string => alt ?? filename;

const srcset = (renditions: Rendition[]): string => renditions.map(({ url, width }) => `${url} ${width}w`).join(", ");
