"""The decoder, run as the service runs it: right renditions, or a sentence that says why not, whatever comes."""

import io
import json
import os
import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat

from chalicelib import pixels, renditions
from tests.decoding import decode_all
from tests.pictures import (
    ADOBE_RGB,
    CORNERS,
    DISPLAY_P3,
    MARKER,
    TYPES,
    chunks,
    encoded,
    png,
    png_chunk,
    profile,
    quarters,
    segments,
    smooth,
    told_all,
    turned,
    with_segment,
    zeros,
)
from tests.proving import part_of_today
from tests.samples import png_header, zip_file

SEED = 20261122
Render = Callable[..., dict[str, Image.Image]]
Refuse = Callable[[bytes, str], str]

DAMAGED_HEADER = "The image is damaged: its header could not be read. Export it again."


@pytest.fixture
def decode(tmp_path: Path) -> Callable[[bytes, str], renditions.Outcome]:
    def run(content: bytes, content_type: str) -> renditions.Outcome:
        (tmp_path / "original").write_bytes(content)
        (tmp_path / "made").mkdir(exist_ok=True)
        return renditions.decode(tmp_path / "original", tmp_path / "made", content_type)

    return run


@pytest.fixture
def render(decode: Callable[[bytes, str], renditions.Outcome], tmp_path: Path) -> Render:
    """Render an image; returns its renditions by name, each of which is what was said of it."""

    def run(content: bytes, content_type: str) -> dict[str, Image.Image]:
        outcome = decode(content, content_type)
        assert outcome.reason is None, outcome.reason
        made: dict[str, Image.Image] = {}
        for rendition in outcome.renditions:
            path = tmp_path / "made" / rendition.name
            picture = Image.open(io.BytesIO(path.read_bytes()))
            assert (picture.width, picture.height) == (rendition.width, rendition.height)
            assert f"image/{str(picture.format).lower()}" == rendition.content_type
            assert path.stat().st_size == rendition.bytes
            made[rendition.name] = picture
        widths = [rendition.width for rendition in outcome.renditions]
        assert widths == sorted(widths)
        assert len(outcome.placeholder) == 28
        return made

    return run


@pytest.fixture
def refuse(decode: Callable[[bytes, str], renditions.Outcome], tmp_path: Path) -> Refuse:
    """Have an image refused; returns the sentence."""

    def run(content: bytes, content_type: str) -> str:
        outcome = decode(content, content_type)
        assert outcome.reason is not None
        assert not outcome.renditions
        return outcome.reason

    return run


def largest(made: dict[str, Image.Image]) -> Image.Image:
    return max((picture for name, picture in made.items() if name.endswith(".webp")), key=lambda p: p.width)


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, of 255."""
    mean = ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean
    return sum(mean) / len(mean)


def corners(picture: Image.Image) -> list[tuple[int, ...]]:
    width, height = picture.size
    places = [(9, 9), (width - 9, 9), (9, height - 9), (width - 9, height - 9)]
    pixel = picture.convert("RGB").load()
    assert pixel is not None
    return [tuple(pixel[place]) for place in places]  # type: ignore[arg-type]


def close(one: tuple[int, ...], other: tuple[int, ...], within: int = 8) -> bool:
    return all(abs(a - b) <= within for a, b in zip(one, other, strict=True))


# What is made of it


@pytest.mark.parametrize("content_type", TYPES)
def test_an_image_has_four_widths_and_a_jpeg_for_those_who_cannot_show_them(content_type: str, render: Render) -> None:
    made = render(encoded(smooth(2400, 1800), content_type), content_type)
    sizes = {name: picture.size for name, picture in made.items()}
    expected = {f"{width}.webp": (width, width * 3 // 4) for width in (320, 640, 1280, 1920)}
    assert sizes == expected | {"1280.jpg": (1280, 960)}
    for picture in made.values():
        assert difference(picture, smooth(*picture.size)) < 3


@pytest.mark.parametrize(("width", "widths"), [(1, [1]), (200, [200]), (320, [320]), (700, [320, 640, 700])])
def test_an_image_is_never_enlarged(width: int, widths: list[int], render: Render) -> None:
    made = render(encoded(smooth(width, width), "image/png"), "image/png")
    assert sorted(picture.width for name, picture in made.items() if name.endswith("webp")) == widths
    assert [name for name in made if name.endswith("jpg")] == [f"{widths[-1]}.jpg"]


@pytest.mark.parametrize(("size", "rendered"), [((1, 20_000), (1, 16_383)), ((20_000, 1), (1920, 1))])
def test_a_line_is_made_as_long_as_webp_can_be(
    size: tuple[int, int], rendered: tuple[int, int], render: Render
) -> None:
    assert largest(render(encoded(Image.new("RGB", size, "red"), "image/png"), "image/png")).size == rendered


@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(content_type: str, orientation: int, render: Render) -> None:
    for picture in render(turned(content_type, orientation), content_type).values():
        assert picture.width > picture.height
        for found, wanted in zip(corners(picture), CORNERS, strict=True):
            assert close(found, wanted)


PICTURES: dict[str, Callable[[], tuple[bytes, str, Image.Image]]] = {
    "progressive": lambda: (encoded(smooth(), "image/jpeg", progressive=True), "image/jpeg", smooth()),
    "grey JPEG": lambda: (encoded(smooth().convert("L"), "image/jpeg"), "image/jpeg", smooth().convert("L")),
    "grey PNG": lambda: (encoded(smooth().convert("L"), "image/png"), "image/png", smooth().convert("L")),
    "one bit": lambda: (encoded(smooth().convert("1"), "image/png"), "image/png", smooth().convert("1")),
    "palette": lambda: (encoded(smooth().quantize(), "image/png"), "image/png", smooth().quantize()),
    "lossless": lambda: (encoded(smooth(), "image/webp", lossless=True), "image/webp", smooth()),
    "16 bits": lambda: (of_16_bits(alpha=False), "image/png", Image.new("RGB", (80, 80), (124, 117, 39))),
    "interlaced": lambda: (interlaced(), "image/png", Image.new("RGB", (8, 8), (200, 30, 30))),
    "grey with a profile of colours": lambda: (
        encoded(smooth().convert("L"), "image/jpeg", icc_profile=profile(ADOBE_RGB)),
        "image/jpeg",
        smooth().convert("L"),
    ),
}


def of_16_bits(*, alpha: bool, before: bytes = b"") -> bytes:
    pixel = struct.pack(">3H", 32_000, 30_000, 10_000)
    rows = [b"\0" + (pixel + struct.pack(">H", 800 * y) if alpha else pixel) * 80 for y in range(80)]
    return png(80, 80, bits=16, colour=6 if alpha else 2, rows=b"".join(rows), before=before)


def interlaced() -> bytes:
    """Adam7: the passes of 8 × 8 pixels."""
    passes = [(1, 1), (1, 1), (2, 1), (2, 2), (4, 2), (4, 4), (8, 4)]
    rows = b"".join((b"\0" + bytes((200, 30, 30)) * width) * height for width, height in passes)
    return png(8, 8, bits=8, colour=2, rows=rows, interlace=1)


@pytest.mark.parametrize("name", PICTURES)
def test_every_form_of_an_image_looks_as_it_did(name: str, render: Render) -> None:
    content, content_type, wanted = PICTURES[name]()
    for picture in render(content, content_type).values():
        assert difference(picture, wanted) < (12 if name == "one bit" else 3)


@pytest.mark.parametrize(
    "before", [b"", png_chunk(b"iCCP", b"x\0\0" + zlib.compress(profile(DISPLAY_P3)))], ids=["plain", "with a profile"]
)
def test_16_bits_of_transparency_become_8(before: bytes, render: Render) -> None:
    made = render(of_16_bits(alpha=True, before=before), "image/png")
    alpha = largest(made).getchannel("A")
    for y in (10, 40, 78):
        assert abs(int(alpha.getpixel((40, y))) - 800 * y // 257) <= 3  # type: ignore[arg-type]


@pytest.mark.parametrize("content_type", ["image/png", "image/webp", "image/avif"])
def test_transparency_is_kept_in_webp_and_white_in_jpeg(content_type: str, render: Render) -> None:
    picture = quarters().convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 200, 120))
    made = render(encoded(picture, content_type), content_type)
    assert largest(made).convert("RGBA").getpixel((50, 50))[3] == 0  # type: ignore[index]
    assert largest(made).convert("RGBA").getpixel((300, 200))[3] == 255  # type: ignore[index]
    assert close(corners(made["400.jpg"])[0], (255, 255, 255))


def test_the_transparent_colour_of_a_palette_is_transparent(render: Render) -> None:
    picture = quarters().quantize()
    made = render(encoded(picture, "image/png", transparency=picture.getpixel((5, 5))), "image/png")
    assert largest(made).convert("RGBA").getpixel((50, 50))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize("primaries", [ADOBE_RGB, DISPLAY_P3], ids=["Adobe RGB", "Display P3"])
def test_a_wide_gamut_is_converted_as_littlecms_does(content_type: str, primaries: Any, render: Render) -> None:
    icc, lossless = profile(primaries), {} if content_type == "image/png" else {"quality": 95}
    wanted = ImageCms.profileToProfile(
        smooth(),
        ImageCms.ImageCmsProfile(io.BytesIO(icc)),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    assert wanted is not None
    made = largest(render(encoded(smooth(), content_type, icc_profile=icc, **lossless), content_type))
    assert difference(made, wanted) < 2.5
    assert difference(made, smooth()) > 8


@pytest.mark.parametrize("adobe", [True, False])
def test_cmyk_comes_out_in_its_colours(adobe: bool, render: Render) -> None:
    inks = Image.new("CMYK", (200, 100), (0, 0, 0, 0))
    inks.paste((255, 0, 0, 0), (0, 0, 100, 100))
    content = encoded(inks, "image/jpeg", quality=95)
    if not adobe:  # Photoshop's way, inverted, is how everybody reads it without the marker too
        at = content.index(b"\xff\xee")
        content = content[:at] + content[at + 2 + int.from_bytes(content[at + 2 : at + 4]) :]
    made = largest(render(content, "image/jpeg")).convert("RGB")
    cyan, white = corners(made)[0], corners(made)[1]
    assert cyan[0] < 90
    assert min(cyan[1:]) > 120
    assert close(white, (255, 255, 255))


def test_cmyk_with_a_profile_is_converted_as_littlecms_does(render: Render, tmp_path: Path) -> None:
    program = "import pyvips, sys; sys.stdout.buffer.write(pyvips.Operation.call('profile_load', 'cmyk'))"
    icc = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
    cmyk, srgb = ImageCms.ImageCmsProfile(io.BytesIO(icc)), ImageCms.createProfile("sRGB")
    inks = ImageCms.profileToProfile(smooth(), srgb, cmyk, outputMode="CMYK")
    assert inks is not None
    wanted = ImageCms.profileToProfile(
        inks, cmyk, srgb, outputMode="RGB", renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC
    )
    assert wanted is not None
    made = largest(render(encoded(inks, "image/jpeg", quality=95, icc_profile=icc), "image/jpeg"))
    assert difference(made, wanted) < 2.5


@pytest.mark.parametrize("content_type", ["image/png", "image/webp", "image/avif"])
def test_of_an_animation_the_first_frame_is_shown(content_type: str, render: Render) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue", "green")]
    content = encoded(frames[0], content_type, save_all=True, append_images=frames[1:], duration=50)
    assert close(corners(largest(render(content, content_type)))[0], (255, 0, 0))


def test_an_animation_that_cannot_be_read_is_refused_as_one(refuse: Refuse) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    content = encoded(frames[0], "image/avif", save_all=True, append_images=frames[1:], duration=50)
    content = content.replace(b"pict", b"xxxx")  # the handler of its tracks
    assert refuse(content, "image/avif") == "The animation could not be read. Export it as a still image."


def test_an_animation_of_more_than_100_frames_is_refused(render: Render, refuse: Refuse) -> None:
    frames = [Image.new("RGB", (8, 8), (number, 0, number % 2 * 255)) for number in range(101)]
    render(encoded(frames[0], "image/webp", save_all=True, append_images=frames[1:100]), "image/webp")
    reason = refuse(encoded(frames[0], "image/webp", save_all=True, append_images=frames[1:]), "image/webp")
    assert reason == "The image has 101 frames, and 100 are allowed."


# What must not be in it


@pytest.mark.parametrize("content_type", TYPES)
def test_nothing_that_the_original_tells_is_in_a_rendition(content_type: str, decode: Any, tmp_path: Path) -> None:
    content = told_all(content_type)
    assert content.count(MARKER.encode()) >= 5
    made = decode(content, content_type).renditions
    assert len(made) == 2
    for rendition in made:
        bare(rendition.name, (tmp_path / "made" / rendition.name).read_bytes())


def bare(name: str, content: bytes) -> None:
    """Nothing but pixels."""
    assert MARKER.encode() not in content
    assert MARKER.encode("utf-16-be") not in content
    if name.endswith(".webp"):
        assert set(chunks(content)) <= {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}
    else:
        found = {marker for marker, _ in segments(content)}
        assert not found & {0xFE, *range(0xE1, 0xF0)}, "APP1 to APP15, or a comment"


SCRIPT = f"<html><script>{MARKER}</script>".encode()
POLYGLOTS: dict[str, Callable[[], tuple[bytes, str]]] = {
    "JPEG and zip": lambda: (encoded(smooth(), "image/jpeg") + zip_file(), "image/jpeg"),
    "JPEG and HTML": lambda: (encoded(smooth(), "image/jpeg", comment=b"*/=1;" + SCRIPT), "image/jpeg"),
    "JPEG and JavaScript": lambda: (
        with_segment(encoded(smooth(), "image/jpeg"), 0xE0, b"/**/=1;/*" + SCRIPT),
        "image/jpeg",
    ),
    "PNG and HTML": lambda: (encoded(smooth(), "image/png") + SCRIPT, "image/png"),
    "WebP and zip": lambda: (encoded(smooth(), "image/webp") + zip_file(), "image/webp"),
}


@pytest.mark.parametrize("name", POLYGLOTS)
def test_of_a_polyglot_the_picture_alone_is_left(name: str, render: Render, tmp_path: Path) -> None:
    assert difference(largest(render(*POLYGLOTS[name]())), smooth()) < 4
    for path in (tmp_path / "made").iterdir():
        bare(path.name, path.read_bytes())
        assert b"<script" not in path.read_bytes()
        assert b"PK\3\4" not in path.read_bytes()


# What is refused


@pytest.mark.parametrize("actual", TYPES)
@pytest.mark.parametrize("declared", TYPES)
def test_an_image_of_another_type_is_refused(actual: str, declared: str, decode: Any) -> None:
    reason = decode(encoded(quarters(), actual), declared).reason
    assert reason == (
        None if actual == declared else f"The file is not of the type {declared} that it was uploaded as."
    )


FOREIGN = {
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect width='9' height='9'/></svg>",
    "pdf": b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n",
    "gif": encoded(quarters(), "image/gif"),
    "tiff": encoded(quarters(), "image/tiff"),
    "ppm": encoded(quarters(), "image/ppm"),
    "csv": b"1,2,3\n4,5,6\n",
    "vips": b"\xb6\xa6\xf2\x08" + bytes(60),
    "gif and HTML": encoded(quarters(), "image/gif") + b"<html><script>alert(1)</script>",
    "nothing": b"",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_no_image_of_ours_is_refused(name: str, refuse: Refuse) -> None:
    for declared in TYPES:
        assert refuse(FOREIGN[name], declared) == f"The file is not of the type {declared} that it was uploaded as."


LOADED = """
import sys, pyvips
from chalicelib import pixels
if sys.argv[2] == "confined":
    pixels.confine()
try:
    print(pyvips.Image.new_from_file(sys.argv[1]).width)
except pyvips.Error as error:
    print(error)
"""


@pytest.mark.parametrize("name", ["svg", "gif", "tiff", "csv"])
def test_the_loaders_of_other_types_are_blocked(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"image.{name}"
    path.write_bytes(FOREIGN[name])

    def load(how: str) -> str:
        program = [sys.executable, "-c", LOADED, str(path), how]
        return subprocess.run(program, capture_output=True, text=True, check=True).stdout

    assert load("free").strip().isdigit(), "without the block it is loaded"
    assert "unable to load" in load("confined")


def test_a_blocked_loader_cannot_be_called_by_its_name_either(tmp_path: Path) -> None:
    path = tmp_path / "image.gif"
    path.write_bytes(FOREIGN["gif"])
    program = LOADED.replace("new_from_file", "gifload")
    run = [sys.executable, "-c", program, str(path)]
    assert "blocked" in subprocess.run([*run, "confined"], capture_output=True, text=True, check=True).stdout
    assert subprocess.run([*run, "free"], capture_output=True, text=True, check=True).stdout.strip() == "400"


def jpeg_of(width: int, height: int) -> bytes:
    """A header that lies."""
    content = encoded(quarters(), "image/jpeg")
    at = content.index(b"\xff\xc0") + 5
    return content[:at] + struct.pack(">HH", height, width) + content[at + 4 :]


def avif_of(width: int, height: int) -> bytes:
    content = encoded(quarters(), "image/avif")
    at = content.index(b"ispe") + 8
    return content[:at] + struct.pack(">II", width, height) + content[at + 8 :]


def webp_of(width: int, height: int) -> bytes:
    content = encoded(quarters(), "image/webp")
    return content[:26] + struct.pack("<HH", width, height) + content[30:]


LIARS = {"image/jpeg": jpeg_of, "image/png": png_header, "image/webp": webp_of, "image/avif": avif_of}


@pytest.mark.parametrize("content_type", TYPES)
def test_an_image_without_pixels_is_refused(content_type: str, refuse: Refuse) -> None:
    assert refuse(LIARS[content_type](0, 0), content_type) == DAMAGED_HEADER


@pytest.mark.parametrize("content_type", TYPES)
def test_an_image_of_too_many_pixels_is_refused_before_it_is_decoded(content_type: str, refuse: Refuse) -> None:
    if content_type == "image/webp":
        content = encoded(Image.new("L", (8000, 5001)), content_type, lossless=True, quality=0, method=0)
        assert "8000 × 5001 pixels, and 40,000,000 are" in refuse(content, content_type)
        return
    content = png(50_000, 50_000, bits=1, colour=0, rows=bytes(2**20))
    content = content if content_type == "image/png" else LIARS[content_type](50_000, 50_000)
    assert refuse(content, content_type) == "The image has 50000 × 50000 pixels, and 40,000,000 are allowed."


def test_headers_that_lie_take_no_more_than_the_limits(tmp_path: Path) -> None:
    lies = [(64, 48), (6000, 6000), (401, 240), (240, 400), (1, 16_000), (6400, 6200)]
    images = [(lie(*size), content_type) for content_type, lie in LIARS.items() for size in lies]
    large = encoded(Image.new("RGB", (6000, 6000), "red"), "image/avif", speed=10, quality=20)
    at = large.index(b"ispe") + 8
    images.append((large[:at] + struct.pack(">II", 64, 48) + large[at + 8 :], "image/avif"))
    for decoded in decode_all(images, tmp_path):
        assert decoded.as_it_should
        assert decoded.cpu_seconds < pixels.CPU_SECONDS
        assert decoded.peak_mb < pixels.ADDRESS_SPACE_BYTES / 1e6


BOMB = zeros(300 * 2**20)
SPOT = b"\0" + b"\7" * 64
TEXTS = {
    "more pixels than there are": (b"", BOMB),
    "zTXt": (png_chunk(b"zTXt", b"Comment\0\0" + BOMB), None),
    "iTXt": (png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + BOMB), None),
    "iCCP": (png_chunk(b"iCCP", b"x\0\0" + BOMB), None),
    "one text of 10 MB": (png_chunk(b"tEXt", b"Comment\0" + b"A" * 10_000_000), None),
    "a million texts": (png_chunk(b"tEXt", b"Comment\0A") * 900_000, None),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_small_png_that_unfolds_to_gigabytes_takes_no_more_than_another(name: str, tmp_path: Path) -> None:
    before, data = TEXTS[name]
    content = png(64, 64, bits=8, colour=0, rows=SPOT * 64, before=before)
    if data is not None:
        content = png_header(64, 64) + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")
    (decoded,) = decode_all([(content, "image/png")], tmp_path)
    assert decoded.rendered
    assert decoded.peak_mb < 150
    assert decoded.cpu_seconds < 5


@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize(
    "junk",
    [b"junk", b"\0" * 200, profile(ADOBE_RGB)[:-40], b"\xff" * 1_000_000],
    ids=["a word", "zeros", "cut off", "a megabyte"],
)
def test_a_broken_profile_leaves_the_colours_as_they_are(content_type: str, junk: bytes, render: Render) -> None:
    made = largest(render(encoded(smooth(), content_type, icc_profile=junk), content_type))
    assert difference(made, smooth()) < 3


def test_a_profile_of_megabytes_is_no_more_than_a_profile(render: Render) -> None:
    icc = profile(DISPLAY_P3, more=b"more" + bytes(3_000_000))
    made = largest(render(encoded(smooth(), "image/jpeg", icc_profile=icc), "image/jpeg"))
    assert difference(made, smooth()) > 8


def test_a_jpeg_of_very_many_scans_is_refused_soon(tmp_path: Path) -> None:
    content = encoded(Image.new("L", (6300, 6300), 128), "image/jpeg", progressive=True)
    last = content.rindex(b"\xff\xda")
    bomb = content[:-2] + content[last:-2] * 2000 + content[-2:]
    (decoded,) = decode_all([(bomb, "image/jpeg")], tmp_path)
    assert decoded.said == {"reason": pixels.UNDECODABLE}
    assert decoded.cpu_seconds < 5


@pytest.mark.parametrize("content_type", TYPES)
def test_an_image_cut_off_anywhere_is_refused_or_shows_what_there_is(content_type: str, tmp_path: Path) -> None:
    content = encoded(smooth(500, 400), content_type)
    cuts = sorted({*range(0, len(content), max(1, len(content) // 40)), *range(1, 40)})
    cuts = [*part_of_today(cuts, 3), len(content) - 1]
    for cut, decoded in zip(cuts, decode_all([(content[:cut], content_type) for cut in cuts], tmp_path), strict=True):
        assert decoded.as_it_should, cut
        if decoded.rendered:  # nothing but the mark of its end was cut off
            assert cut > 0.97 * len(content)
            assert difference(Image.open(decoded.folder / "500.webp"), smooth(500, 400)) < 3


@pytest.mark.parametrize("content_type", TYPES)
def test_no_corruption_makes_the_decoder_crash(content_type: str, tmp_path: Path) -> None:
    print(f"seed {SEED}")
    chance = random.Random(f"{SEED}{content_type}")
    images = []
    for number in range(80):
        content = bytearray(told_all(content_type) if number % 2 else encoded(quarters(), content_type))
        for _ in range(chance.choice((1, 3, 20))):
            content[chance.randrange(min(len(content), chance.choice((100, 10**6))))] = chance.randrange(256)
        images.append((bytes(content), content_type))
    images = [*part_of_today(images, 3)]
    decoded = decode_all(images, tmp_path)
    ended = [(number, one.status) for number, one in enumerate(decoded) if not one.as_it_should]
    assert not ended
    assert any(one.rendered for one in decoded)
    assert any(not one.rendered for one in decoded)
    for one in decoded:
        for path in one.folder.iterdir():
            if one.rendered:
                bare(path.name, path.read_bytes())


# Its limits


def test_the_limits_leave_room_for_the_parent() -> None:
    config = json.loads(Path(".chalice/config.json").read_text())
    for stage in ("dev", "prod"):
        function = config["stages"][stage]["lambda_functions"]["render"]
        assert pixels.ADDRESS_SPACE_BYTES + 90 * pixels.MiB <= function["lambda_memory_size"] * pixels.MiB
        assert pixels.CPU_SECONDS < renditions.RENDER_SECONDS < function["lambda_timeout"]


@pytest.mark.parametrize(
    ("taken", "statuses"),
    [
        ("bytearray(2**30)", {pixels.GAVE_UP}),
        ("exec('while True: pass')", {-9, -24}),
        ("open(order.folder + '/x', 'wb').write(bytes(40 * 2**20))", {pixels.GAVE_UP}),
        ("[open(order.source) for _ in range(100)]", {pixels.GAVE_UP}),
        ("os.abort()", {-6}),
    ],
)
def test_a_decoder_that_takes_too_much_is_ended(taken: str, statuses: set[int], tmp_path: Path) -> None:
    program = f"""
import os, sys
from chalicelib import pixels
pixels.CPU_SECONDS = 1
pixels.render = lambda order: {taken}
sys.exit(pixels.main(sys.argv[1]))
"""
    (tmp_path / "x").touch()
    order = {"source": str(tmp_path / "x"), "folder": str(tmp_path), "content_type": "image/png"}
    argument = json.dumps(order | {"max_pixels": 1, "widths": [1]})
    ended = subprocess.run([sys.executable, "-c", program, argument], capture_output=True, check=False)
    assert ended.returncode in statuses
    assert ended.stdout == b""


def test_the_child_knows_nothing_of_the_service(decode: Any, tmp_path: Path) -> None:
    program = "import sys; from chalicelib import pixels; print([m for m in sys.modules if m.startswith('chalicelib')])"
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]}
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['chalicelib', 'chalicelib.pixels']"
