"""What the bytes of a file say."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import inspection
from chalicelib.image_headers import read_dimensions
from chalicelib.kinds import DELIVERABLE, IMAGE, LONG_HEAD_BYTES
from chalicelib.problems import ContentTypeMismatch, ImageTooLarge, ImageUnreadable
from chalicelib.signatures import SIGNATURES
from tests.samples import image, png_header, webp, with_long_metadata, zip_file

FTYP = b"\0\0\0\x18ftyp"
TYPES = ["image/jpeg", "image/png", "image/webp", "image/avif"]


@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize(("width", "height"), [(1, 1), (640, 480), (33, 1025), (4000, 17)])
def test_real_images_are_recognised_and_measured(content_type: str, width: int, height: int) -> None:
    content = image(content_type, width, height)
    assert inspection.sniff(content) == content_type
    inspection.check_type(IMAGE, content_type, content)
    assert inspection.measure(IMAGE, content_type, content) == (width, height)


@pytest.mark.parametrize("lossless", [True, False])
@pytest.mark.parametrize("alpha", [True, False])
def test_all_three_forms_of_webp_are_measured(lossless: bool, alpha: bool) -> None:
    assert read_dimensions("image/webp", webp(300, 200, lossless=lossless, alpha=alpha)) == (300, 200)


@pytest.mark.parametrize("content_type", TYPES)
def test_an_image_under_another_images_name_is_refused(content_type: str) -> None:
    content = image(content_type)
    for declared in TYPES:
        if declared != content_type:
            with pytest.raises(ContentTypeMismatch) as refusal:
                inspection.check_type(IMAGE, declared, content)
            assert (refusal.value.expected, refusal.value.actual) == (declared, content_type)


@pytest.mark.parametrize(
    "content",
    [b"", b"x", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"GIF89a" + b"\0" * 20, b"#!/bin/sh\n"],
)
def test_what_is_no_image_is_refused_as_one(content: bytes) -> None:
    with pytest.raises(ContentTypeMismatch):
        inspection.check_type(IMAGE, "image/png", content)


@pytest.mark.parametrize("content_type", TYPES)
def test_an_image_cut_off_in_its_header_is_unreadable(content_type: str) -> None:
    with pytest.raises(ImageUnreadable):
        inspection.measure(IMAGE, content_type, image(content_type)[:18])


def test_a_bomb_is_refused_by_its_header() -> None:
    assert inspection.measure(IMAGE, "image/png", png_header(8000, 5000)) == (8000, 5000)
    with pytest.raises(ImageTooLarge) as refusal:
        inspection.measure(IMAGE, "image/png", png_header(50_000, 50_000))
    assert refusal.value.actual == 2_500_000_000


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 0), (0, 0)])
def test_an_image_without_pixels_is_unreadable(width: int, height: int) -> None:
    with pytest.raises(ImageUnreadable):
        inspection.measure(IMAGE, "image/png", png_header(width, height))


def test_a_jpeg_with_long_metadata_needs_a_second_look() -> None:
    content = with_long_metadata(image("image/jpeg", 320, 200), 200_000)
    assert inspection.needs_more("image/jpeg", content[:65536], len(content))
    assert inspection.measure(IMAGE, "image/jpeg", content[:LONG_HEAD_BYTES]) == (320, 200)


def box(name: bytes, content: bytes, *, long: bool = False) -> bytes:
    size = len(content) + (16 if long else 8)
    head = struct.pack(">I4sQ", 1, name, size) if long else struct.pack(">I4s", size, name)
    return head + content


def _property(index: int, wide: bool) -> bytes:
    """An index of ipma, marked as essential."""
    return struct.pack(">H", index | 0x8000) if wide else bytes([index | 0x80])


def avif(*, wide: bool = False, version: int = 0, long: bool = False, primary: int = 2, first: int = 1) -> bytes:
    """The boxes that matter, in each of the forms the specification allows: two items, 64 × 48 and 4000 × 3000."""
    item = ">I" if version else ">H"
    shapes = b"".join(box(b"ispe", bytes(4) + struct.pack(">II", *size)) for size in ((64, 48), (4000, 3000)))
    ipma = bytes([version, 0, 0, int(wide)]) + struct.pack(">I", 2)
    for number in (first, 2):
        ipma += struct.pack(item, number) + bytes([2]) + _property(3, wide) + _property(number, wide)
    iprp = box(b"ipco", shapes + box(b"pixi", bytes(8))) + box(b"ipma", ipma)
    pitm = bytes([version, 0, 0, 0]) + struct.pack(item, primary)
    meta = box(b"meta", bytes(4) + box(b"pitm", pitm, long=long) + box(b"iprp", iprp), long=long)
    return box(b"ftyp", b"avif" + bytes(4) + b"mif1avif") + meta


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("long", [False, True])
def test_the_primary_item_of_an_avif_is_measured(wide: bool, version: int, long: bool) -> None:
    content = avif(wide=wide, version=version, long=long)
    assert read_dimensions("image/avif", content) == (4000, 3000)
    assert read_dimensions("image/avif", avif(wide=wide, version=version, long=long, primary=1)) == (64, 48)
    for cut in range(len(content)):
        assert read_dimensions("image/avif", content[:cut]) in (None, (4000, 3000))


def test_an_avif_without_a_primary_item_is_not_measured() -> None:
    assert read_dimensions("image/avif", avif(primary=9)) is None
    assert read_dimensions("image/avif", avif(first=9, primary=1)) is None
    assert read_dimensions("image/avif", avif().replace(b"pitm", b"free")) is None
    assert read_dimensions("image/avif", avif().replace(b"ipma", b"free")) is None
    assert read_dimensions("image/avif", box(b"ftyp", b"avif")[:-4] + struct.pack(">I4s", 0, b"meta")) is None


def test_an_avif_may_have_another_major_brand() -> None:
    content = bytearray(image("image/avif"))
    content[8:12] = b"mif1"
    assert inspection.sniff(bytes(content)) == "image/avif"


def test_stray_bytes_between_jpeg_segments_are_passed_over() -> None:
    content = image("image/jpeg", 320, 200)
    end_of_first = 4 + int.from_bytes(content[4:6])
    assert read_dimensions("image/jpeg", content[:end_of_first] + b"\0\0" + content[end_of_first:]) == (320, 200)


def test_a_short_broken_jpeg_needs_no_second_look() -> None:
    content = image("image/jpeg")[:30]
    assert not inspection.needs_more("image/jpeg", content, len(content))


@pytest.mark.parametrize("content_type", TYPES)
@given(data=st.data())
def test_no_bytes_confuse_the_header_readers(content_type: str, data: st.DataObject) -> None:
    content = bytearray(image(content_type))
    for _ in range(data.draw(st.integers(0, 8))):
        content[data.draw(st.integers(0, min(len(content), 300) - 1))] = data.draw(st.integers(0, 255))
    dimensions = read_dimensions(content_type, bytes(content[: data.draw(st.integers(0, len(content)))]))
    assert dimensions is None or (dimensions[0] >= 0 and dimensions[1] >= 0)


@given(st.binary(max_size=200), st.sampled_from(TYPES))
def test_noise_is_measured_as_nothing_or_something_but_never_fails(noise: bytes, content_type: str) -> None:
    read_dimensions(content_type, noise)


@pytest.mark.parametrize(
    ("declared", "content"),
    [
        ("application/zip", zip_file()),
        ("application/x-zip-compressed", zip_file()),
        ("application/epub+zip", zip_file()),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", zip_file()),
        ("application/x-procreate", zip_file()),
        ("application/octet-stream", zip_file()),
        ("application/octet-stream", b"\x7fELF..."),
        ("application/pdf", b"%PDF-1.7\n..."),
        ("application/pdf", b"\r\n%PDF-1.4\n"),
        ("application/postscript", b"%PDF-1.5 of an .ai file"),
        ("text/plain", b"hello"),
        ("text/html", b"<html>"),
        ("text/csv", b"PK;id\n1;2"),
        ("image/svg+xml", b"<svg/>"),
        ("image/jpeg", image("image/jpeg")),
        ("application/x-abr", b"\x00\x06\x00\x02"),
        ("video/x-matroska", b"\x1a\x45\xdf\xa3...."),
        ("application/x-bzip2", b"BZh91AY&SY"),
        ("image/heif", FTYP + b"heic\0\0\0\0mif1heic"),
        ("image/heif", image("image/avif")),
        ("audio/x-vorbis+ogg", b"OggS...."),
        ("audio/wav", b"RF64\xff\xff\xff\xffWAVE"),
        ("audio/flac", b"ID3\x04 and then fLaC"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("application/msword", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("image/openraster", zip_file()),
        ("image/svg+xml", b"\x1f\x8b\x08 an .svgz"),
        ("image/x-png", image("image/png")),
        ("text/markdown", b"How a PDF begins: %PDF-1.7"),
    ],
)
def test_a_deliverable_is_accepted_unless_its_bytes_contradict_it(declared: str, content: bytes) -> None:
    inspection.check_type(DELIVERABLE, declared, content)


@pytest.mark.parametrize(
    ("declared", "content"),
    [
        ("application/pdf", b"MZ\x90\x00"),
        ("application/pdf", zip_file()),
        ("application/zip", b"Rar!\x1a\x07\x01\x00"),
        ("application/zip", b"not a zip"),
        ("image/png", b"\x7fELF"),
        ("image/png", image("image/jpeg")),
        ("text/plain", b"\x7fELF"),
        ("audio/mpeg", zip_file()),
        ("image/tiff", image("image/png")),
        ("font/woff2", b"wOFF"),
        ("image/heif", image("image/png")),
        ("text/plain", b"%PDF-1.7"),
    ],
)
def test_a_deliverable_whose_bytes_contradict_its_type_is_refused(declared: str, content: bytes) -> None:
    with pytest.raises(ContentTypeMismatch) as refusal:
        inspection.check_type(DELIVERABLE, declared, content)
    assert refusal.value.expected == declared


def test_no_two_signatures_match_the_same_beginning() -> None:
    for signature in SIGNATURES:
        for pattern in [*signature.patterns, *(((4, b"ftyp"), (8, brand)) for brand in signature.brands)]:
            head = bytearray(64)
            for at, part in pattern:
                head[at : at + len(part)] = part
            assert [other for other in SIGNATURES if other.begins(bytes(head))] == [signature]


def test_no_type_is_covered_by_two_signatures() -> None:
    names = [name for signature in SIGNATURES for name in (signature.content_type, *signature.also)]
    assert len(names) == len(set(names))
