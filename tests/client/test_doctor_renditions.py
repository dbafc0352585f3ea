"""What everybody sees of an image: the CDN, which no emulator has."""

from typing import Any

import httpx
import pytest
from vestibule_client.doctor.answers import Body
from vestibule_client.doctor.image_canary import check_published

from tests.client.doctor_shop import failures, site

URL = "https://media.shop.example/01PRODUCT/01IMAGE/64.webp"
RENDITION = Body({"url": URL, "content_type": "image/webp", "bytes": 5}, "a rendition")
HEADERS = {
    "content-type": "image/webp",
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
}


def served(request: httpx.Request, _: httpx.Response, **changes: Any) -> httpx.Response:
    if request.url.host == "media.shop.example":
        headers = HEADERS | changes.get("headers", {})
        return httpx.Response(changes.get("status", 200), content=changes.get("content", b"RIFF."), headers=headers)
    assert str(request.url).endswith("-media-123456789012.s3.eu-central-1.amazonaws.com/01PRODUCT/01IMAGE/64.webp")
    return httpx.Response(changes.get("status_of_bucket", 403))


def test_a_rendition_as_the_cdn_serves_it_is_fine() -> None:
    outcomes = {finding.check: finding.outcome for finding in check_published(site(served), RENDITION)}
    assert outcomes == {"image.public": "ok", "image.headers": "ok", "image.by_cdn_only": "ok"}


@pytest.mark.parametrize(
    ("changes", "check", "seen", "mend"),
    [
        ({"status": 403}, "image.public", "answers 403", "terraform/modules/cdn"),
        ({"content": b"RIFF"}, "image.public", "4 bytes instead of 5", "terraform/modules/cdn"),
        ({"headers": {"content-type": "text/html"}}, "image.public", "its type is text/html", "terraform/modules/cdn"),
        ({"headers": {"cache-control": "no-cache"}}, "image.public", "not told to keep it", "cache policy"),
        ({"headers": {"x-content-type-options": ""}}, "image.headers", "x-content-type-options", "response-headers"),
        ({"status_of_bucket": 200}, "image.by_cdn_only", "needs no signature", "Block all public access"),
    ],
)
def test_what_the_cdn_does_wrong_is_found(changes: dict[str, Any], check: str, seen: str, mend: str) -> None:
    found = failures(check_published(site(lambda *sent: served(*sent, **changes)), RENDITION))
    assert seen in found[check].seen
    assert mend in found[check].mend


def test_renditions_at_another_address_than_the_outputs_say_are_found_and_not_visited() -> None:
    elsewhere = Body({"url": "https://evil.example/64.webp", "content_type": "image/webp", "bytes": 5}, "a rendition")
    found = failures(check_published(site(lambda *_: pytest.fail("it was visited")), elsewhere))
    assert "renditions are at evil.example" in found["image.public"].seen
    assert "make outputs" in found["image.public"].mend
