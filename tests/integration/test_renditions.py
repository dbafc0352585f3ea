"""From confirm to what visitors see: S3's real notifications, the pump, the functions' own key."""

import io

import httpx
from PIL import Image

from local.bootstrap import Stack
from local.buckets import MEDIA
from local.stack import Running
from tests.integration.conftest import ORIGIN, Behind, Seller, wait_until
from tests.pictures import CORNERS, MARKER, TYPES, told_all, turned
from tests.samples import image

SIZES = {"320.webp": (320, 240), "640.webp": (640, 480), "800.webp": (800, 600), "800.jpg": (800, 600)}
FORMATS = {"image/webp": "WEBP", "image/jpeg": "JPEG"}


def test_an_image_gets_its_renditions_whatever_its_name_and_type(
    seller: Seller, product: str, behind: Behind, stack: Stack
) -> None:
    names = ["my cover.png", "a+b%2Bc.png", "größe é.png", "💐 'quoted' & <b>.png"]
    types = ["image/png", "image/jpeg", "image/webp", "image/avif"]
    for name, content_type in zip(names, types, strict=True):
        seller.add(product, "image", image(content_type, 800, 600), content_type, filename=name)

    rendered = seller.rendered(product)

    assert [file["filename"] for file in rendered] == names
    public = stack.environment["VESTIBULE_MEDIA_URL"]
    for file in rendered:
        assert (file["rendition_state"], file["rendition_error"], file["original_url"]) == ("ready", None, None)
        assert len(file["placeholder"]) == 28
        prefix = f"{public}/{product}/{file['id']}/"
        made = {rendition["url"].removeprefix(prefix): rendition for rendition in file["renditions"]}
        assert {name: (one["width"], one["height"]) for name, one in made.items()} == SIZES
        for one in made.values():
            content = httpx.get(one["url"]).content
            picture = Image.open(io.BytesIO(content))
            assert (picture.format, picture.size) == (FORMATS[one["content_type"]], (one["width"], one["height"]))
            assert len(content) == one["bytes"]
    assert len(behind.media(product)) == len(SIZES) * len(names)


def test_an_image_that_cannot_be_decoded_says_so_and_is_not_tried_again(
    running: Running, seller: Seller, product: str, behind: Behind
) -> None:
    """Its header passes the check at confirm; its pixels are not there."""
    content = image("image/png", 800, 600)[:600]
    file = seller.add(product, "image", content, "image/png")
    (failed,) = seller.rendered(product)
    assert (failed["rendition_state"], failed["renditions"], failed["placeholder"]) == ("failed", [], None)
    assert "damaged" in failed["rendition_error"]
    assert behind.media(product) == {}

    def own_lines() -> list[str]:
        return [line for line in running.pump.log.read_text().splitlines() if f"/{file['id']}." in line]

    wait_until(lambda: own_lines() != [], "the pump's own line")
    assert [" → done" in line for line in own_lines()] == [True]


def test_everybody_may_see_a_rendition_and_nobody_may_do_more(seller: Seller, product: str, stack: Stack) -> None:
    seller.add(product, "image", image("image/png", 800, 600), "image/png")
    url = seller.rendered(product)[0]["renditions"][0]["url"]

    answer = httpx.get(url, headers={"Origin": ORIGIN})

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert httpx.put(url, content=b"x").status_code == 403
    assert httpx.delete(url).status_code == 403
    assert httpx.get(f"{stack.endpoint}/{MEDIA}").status_code == 403
    assert httpx.get(url).content == answer.content


def test_nothing_that_an_original_tells_reaches_a_visitor(seller: Seller, product: str, behind: Behind) -> None:
    """All types with all metadata that they can have, GPS and thumbnail included, and a script behind the end."""
    originals = [told_all(content_type) for content_type in TYPES]
    for content_type, original in zip(TYPES, originals, strict=True):
        assert original.count(MARKER.encode()) > 3
        seller.add(product, "image", original, content_type)

    rendered = seller.rendered(product)

    assert [file["rendition_state"] for file in rendered] == ["ready"] * len(TYPES)
    for file, original in zip(rendered, originals, strict=True):
        (key,) = [key for key in behind.vault_keys(product) if file["id"] in key]
        assert behind.vault_bytes(key) == original, "its owner gets back what was sent"
        for rendition in file["renditions"]:
            content = httpx.get(rendition["url"]).content
            words = (MARKER.encode(), b"Exif", b"EXIF", b"ICC", b"http", b"8BIM", b"GPS", b"XMP", b"script")
            assert [word for word in words if word in content] == []
            picture = Image.open(io.BytesIO(content))
            assert dict(picture.getexif()) == {}
            assert {"exif", "icc_profile", "xmp", "photoshop", "comment"} & picture.info.keys() == set()


def test_a_picture_on_its_side_stands_upright(seller: Seller, product: str) -> None:
    """What its EXIF said is gone; it has been done instead."""
    file = seller.add(product, "image", turned("image/jpeg", 6), "image/jpeg")
    assert (file["width"], file["height"]) == (240, 400)
    rendition = seller.rendered(product)[0]["renditions"][-1]
    picture = Image.open(io.BytesIO(httpx.get(rendition["url"]).content)).convert("RGB")
    assert picture.size == (rendition["width"], rendition["height"]) == (400, 240)
    corners = [picture.getpixel(place) for place in ((50, 50), (350, 50), (50, 190), (350, 190))]
    for seen, meant in zip(corners, CORNERS, strict=True):
        assert isinstance(seen, tuple)
        assert max(abs(one - other) for one, other in zip(seen, meant, strict=True)) < 40
