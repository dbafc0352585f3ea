"""The only code that decodes what a seller sent: a program of its own, run as a child without credentials.

    python -m chalicelib.pixels '{"source": …, "folder": …, "content_type": …, …}'

It reads one file, writes renditions into one folder, and prints what it made, or why it cannot, as one line of JSON. A
crash, a hang or a flood of memory in a decoder ends this process and nothing else. It imports nothing of the service.

libvips streams the file, decodes it once, and makes each rendition from the next larger one (docs/decisions/0009).
Of an animation it takes the first frame. It goes on where a JPEG's pixels end too early but its end is marked, as
browsers do.
"""

import json
import os
import resource
import sys
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# One thread: more cost memory and CPU, and a Lambda function of 1 GB has little more than half a core.
os.environ["VIPS_CONCURRENCY"] = "1"

import blurhash
import pyvips

GAVE_UP = 3
"""Exit status: the image made the decoder fail in a way that nobody foresaw."""

MiB = 1024**2
ADDRESS_SPACE_BYTES = 900 * MiB
"""The function has 1024 MiB, and the parent takes 90 of them. Some 90 more are mapped than are resident.

40 megapixels take 75 to 400 MiB resident, but 630 to 750 as an AVIF, which is decoded in one piece. One that takes more
(10 or 12 bits without subsampling may) is refused as UNDECODABLE.
"""
CPU_SECONDS = 25
FILE_BYTES = 32 * MiB
OPEN_FILES = 64

MAX_FRAMES = 100
MAX_SIDE = 16383
"""Pixels of the longest side that WebP can hold."""
JPEG_WIDTH = 1280
EFFORT, LARGE, LARGE_EFFORT = 4, 4_000_000, 2
"""Of WebP: half the work above so many pixels. Nearly all the time goes there, and a long strip must come to an end."""
PLACEHOLDER_PIXELS = 32
PLACEHOLDER_COMPONENTS = (4, 3)
WHITE = [255, 255, 255]
PROFILE = "icc-profile-data"

# The loader of each type. No other one can run: see confine.
LOADERS = {
    "image/jpeg": "VipsForeignLoadJpegFile",
    "image/png": "VipsForeignLoadPngFile",
    "image/webp": "VipsForeignLoadWebpFile",
    "image/avif": "VipsForeignLoadHeifFile",
}
# libvips says the same of both: a decoder that gets no memory believes that the file is broken.
UNDECODABLE = "The image is damaged or cut off, or takes too much memory: it could not be decoded. Export it again."
TYPES = {"webp": "image/webp", "jpg": "image/jpeg", "avif": "image/avif"}


class Unrenderable(Exception):
    """The image cannot be rendered; the message is a sentence for the seller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to make: from the file `source`, into `folder`, WebP (and AVIF, if asked for) of each of `widths` pixels."""

    source: str
    folder: str
    content_type: str
    max_pixels: int
    widths: tuple[int, ...]
    avif: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """One rendition in the folder. Width and height in pixels."""

    name: str
    content_type: str
    width: int
    height: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """All renditions, the smallest first, and the BlurHash (https://blurha.sh) of the image."""

    renditions: tuple[Made, ...]
    placeholder: str


def render(order: Order) -> Rendered:
    """Decode the image once and write its renditions.

    Raises:
        Unrenderable: it is not such an image, it is damaged, or it is larger than allowed.
    """
    _check_header(order)
    try:
        largest = _decode(order.source, max(order.widths))
        widths = sorted({min(width, largest.width) for width in order.widths}, reverse=True)
        made: list[Made] = []
        image = largest
        for width in widths:
            image = _shrink(image, width)
            made.append(_write(image, order.folder, "webp"))
            if order.avif:
                made.append(_write(image, order.folder, "avif"))
            if width == max((narrow for narrow in widths if narrow <= JPEG_WIDTH), default=widths[-1]):
                made.append(_write(image, order.folder, "jpg"))
        return Rendered(tuple(reversed(made)), _placeholder(image))
    except pyvips.Error:
        raise Unrenderable(UNDECODABLE) from None


def _check_header(order: Order) -> None:
    animated = order.content_type == "image/avif" and _name_as_still(order.source)
    other_type = Unrenderable(f"The file is not of the type {order.content_type} that it was uploaded as.")
    if _loader(order.source) != LOADERS[order.content_type]:
        raise other_type
    try:
        header = pyvips.Image.new_from_file(order.source, access="sequential")
    except pyvips.Error:
        if animated:
            raise Unrenderable("The animation could not be read. Export it as a still image.") from None
        raise Unrenderable("The image is damaged: its header could not be read. Export it again.") from None
    if order.content_type == "image/avif" and header.get("heif-compression") != "av1":
        raise other_type
    if header.width * header.height > order.max_pixels:
        raise Unrenderable(
            f"The image has {header.width} × {header.height} pixels, and {order.max_pixels:,} are allowed."
        )
    if header.get_typeof("n-pages") and header.get("n-pages") > MAX_FRAMES:
        raise Unrenderable(f"The image has {header.get('n-pages')} frames, and {MAX_FRAMES} are allowed.")


def _name_as_still(source: str) -> bool:
    """Give an animated AVIF the major brand of a still one, which it holds too: libvips goes by that alone.

    Returns whether it was animated.
    """
    with Path(source).open("r+b") as file:
        animated = file.read(12)[4:] == b"ftypavis"
        if animated:
            file.seek(8)
            file.write(b"avif")
    return animated


def _loader(source: str) -> str | None:
    """The loader that knows the file by its first bytes; None if none that may run does."""
    name = pyvips.vips_lib.vips_foreign_find_load(os.fsencode(source))
    return None if name == pyvips.ffi.NULL else str(pyvips.ffi.string(name), "ascii")


def _decode(source: str, width: int) -> Any:
    """The first frame, upright, in sRGB of 8 bits, no larger than the largest rendition, in memory."""
    image = pyvips.Image.thumbnail(source, width, height=MAX_SIDE, size="down", fail_on="error").copy_memory()
    if image.get_typeof(PROFILE):
        image = _from_profile(image)
    return image if image.interpretation == "srgb" else image.colourspace("srgb").copy_memory()


def _from_profile(image: Any) -> Any:
    """Colours as the embedded ICC profile means them; as they are, if it is broken or not of such an image.

    After the reduction, because it costs by the pixel. libvips applies a CMYK profile itself, and leaves it attached.
    """
    try:
        return image.icc_transform("srgb", embedded=True, pcs="xyz").copy_memory()
    except pyvips.Error:
        return image


def _shrink(image: Any, width: int) -> Any:
    if width == image.width:
        return image
    return image.thumbnail_image(width, height=MAX_SIDE, size="down").copy_memory()


def _write(image: Any, folder: str, ending: str) -> Made:
    path = Path(folder, f"{image.width}.{ending}")
    if ending == "webp":
        image.webpsave(
            str(path), Q=80, effort=EFFORT if image.width * image.height <= LARGE else LARGE_EFFORT, keep="none"
        )
    elif ending == "avif":
        image.heifsave(str(path), compression="av1", Q=55, effort=3, keep="none")
    else:
        _opaque(image).jpegsave(str(path), Q=82, interlace=True, optimize_coding=True, keep="none")
    return Made(path.name, TYPES[ending], image.width, image.height, path.stat().st_size)


def _opaque(image: Any) -> Any:
    return image.flatten(background=WHITE) if image.hasalpha() else image


def _placeholder(image: Any) -> str:
    tiny = _opaque(image).thumbnail_image(PLACEHOLDER_PIXELS, height=PLACEHOLDER_PIXELS, size="force")
    tiny = tiny.colourspace("srgb").cast("uchar")
    values = tiny.write_to_memory()
    rows = [
        [values[at : at + 3] for at in range(row, row + 3 * tiny.width, 3)]
        for row in range(0, len(values), 3 * tiny.width)
    ]
    return str(blurhash.encode(rows, *PLACEHOLDER_COMPONENTS))


def confine() -> None:
    """Give up what decoding does not need. What a decoder takes beyond it, it does not get."""
    for limit, most in (
        (resource.RLIMIT_AS, ADDRESS_SPACE_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    # libvips can run dozens of loaders, some of them not made for what strangers send (CVE-2026-66066).
    pyvips.block_untrusted_set(state=True)
    pyvips.operation_block_set("VipsForeignLoad", state=True)
    for loader in LOADERS.values():
        pyvips.operation_block_set(loader, state=False)


def main(argument: str) -> int:
    """Do what the order says; write the outcome to the standard output. Returns the exit status."""
    order = json.loads(argument)
    confine()
    try:
        outcome = asdict(render(Order(**order | {"widths": tuple(order["widths"])})))
    except Unrenderable as reason:
        outcome = {"reason": str(reason)}
    except Exception:  # noqa: BLE001 (whatever an image makes a decoder do, it is this image that fails)
        traceback.print_exc()
        return GAVE_UP
    sys.stdout.write(json.dumps(outcome) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
