"""Pillow's own test images, good and broken: `make corpus` fetches them. Each is rendered, or refused with a reason.

Ordinarily a quarter of them, and another one each day.
"""

import os
import warnings
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from chalicelib.inspection import sniff
from chalicelib.kinds import HEAD_BYTES, IMAGE
from tests.decoding import Decoded, decode_all
from tests.proving import part_of_today
from tests.tally import Proven

FOLDER = Path(".local/corpus")
FEWEST = 250
"""How many images of our types there are at least: else the corpus is not what it was."""

FAR = {
    "app13.jpg",
    "bitmap_font_stroke_basic.png",
    "bitmap_font_stroke_raqm.png",
    "clipboard_target.png",
    "effect_spread.png",
    "exif_imagemagick_orientation.png",
    "imagedraw_polygon_1px_high.png",
    "imagedraw_polygon_1px_high_translucent.png",
    "imagedraw_stroke_multiline.png",
    "pal1bg.png",
    "pal4.png",
    "pal8.png",
    "pal8nonsquare-e.png",
    "pal8rletrns.png",
    "pal8w124.png",
    "pal8w125.png",
    "pal8w126.png",
}
"""Which of them are known to differ from what Pillow shows by more than 6 of 255: by name, as a part has its own share."""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Decoded]:
    """Every JPEG, PNG, WebP and AVIF, by its first bytes, with what became of it."""
    if not FOLDER.is_dir():
        if os.environ.get("CI"):
            pytest.fail("the corpus is not there: `make corpus` fetches it")
        pytest.skip("!! NOT TESTED: Pillow's test images. `make corpus` fetches them")
    images = {}
    for path in sorted(FOLDER.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        found = sniff(content[:HEAD_BYTES])
        if found in (IMAGE.content_types or ()):
            images[path] = (content, str(found))
    assert len(images) >= FEWEST
    paths = part_of_today(list(images), 4)
    decoded = decode_all([images[path] for path in paths], tmp_path_factory.mktemp("corpus"))
    return dict(zip(paths, decoded, strict=True))


def test_every_image_is_rendered_or_refused_with_a_reason(corpus: dict[Path, Decoded], proven: Proven) -> None:
    refused = {path.name: decoded.said.get("reason") for path, decoded in corpus.items() if not decoded.rendered}
    print(f"{len(corpus)} images, refused: {refused}")
    proven("images of Pillow's own tests, rendered or refused with a reason", len(corpus))
    assert [path.name for path, decoded in corpus.items() if not decoded.as_it_should] == []
    assert len(refused) < len(corpus) / 5


def test_what_is_rendered_looks_as_pillow_shows_it(corpus: dict[Path, Decoded]) -> None:
    differences = {}
    for path, decoded in list(corpus.items()):
        if not decoded.rendered:
            continue
        made = max(decoded.folder.glob("*.webp"), key=lambda path: int(path.stem))
        try:
            with warnings.catch_warnings(action="ignore"), Image.open(path) as opened:
                if opened.mode not in ("RGB", "L", "P") or opened.info.get("icc_profile"):
                    continue
                wanted = ImageOps.exif_transpose(opened).convert("RGBA")
        except (OSError, ValueError, SyntaxError):  # Pillow is stricter here and there
            continue
        shown = Image.open(made).convert("RGBA").resize(wanted.size)
        white = Image.new("RGBA", wanted.size, "white")
        pair = [Image.alpha_composite(white, one).convert("RGB") for one in (shown, wanted)]
        differences[path.name] = sum(ImageStat.Stat(ImageChops.difference(*pair)).mean) / 3
    far = {name: round(value, 1) for name, value in differences.items() if value > 6}
    print(
        f"{len(differences)} images compared, mean difference {sum(differences.values()) / len(differences):.2f} of 255"
    )
    print(f"more than 6: {far}")
    assert len(differences) > len(corpus) / 3
    assert len(far.keys() - FAR) <= len(differences) / 200
