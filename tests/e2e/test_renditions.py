"""S3's own event: an image that comes into the vault becomes what everybody sees."""

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Applied
from tests.e2e.flows import admit, make_product
from tests.e2e.functions import RENDER
from tests.e2e.stored import Stored
from tests.e2e.test_stack import Seller
from tests.samples import image


@pytest.fixture(scope="module")
def seller(applied: Applied) -> Iterator[Seller]:
    seller = Seller(applied, "renditions@shop.example")
    with seller.http:
        yield seller


@pytest.fixture
def stored(applied: Applied) -> Stored:
    return Stored(applied)


def test_an_image_has_its_renditions_seconds_after_its_confirm(seller: Seller, stored: Stored) -> None:
    product = make_product(seller)
    image_id = admit(seller, product, stored, image("image/png", 640, 480))

    (shown,) = seller.call("GET", f"/products/{product}/images").json()["images"]
    assert shown["rendition_state"] == "ready"
    assert shown["placeholder"]
    webp = [rendition for rendition in shown["renditions"] if rendition["content_type"] == "image/webp"]
    assert [(rendition["width"], rendition["height"]) for rendition in webp] == [(320, 240), (640, 480)]

    base = stored.applied.outputs["media_url"]
    for rendition in shown["renditions"]:
        key = rendition["url"].removeprefix(f"{base}/")
        assert key.startswith(f"{product}/{image_id}/")
        served = stored.s3.get_object(Bucket=stored.bucket("media"), Key=key)
        assert served["ContentType"] == rendition["content_type"]
        assert served["CacheControl"] == "public, max-age=31536000, immutable"
        assert served["ContentLength"] == rendition["bytes"]


def test_an_event_that_failed_is_tried_twice_more(applied: Applied) -> None:
    """That the emulator does so is shown with an orphan: tests/e2e/test_sweep.py."""
    retries = applied.client("lambda").get_function_event_invoke_config(FunctionName=RENDER)
    assert (retries["MaximumRetryAttempts"], retries["MaximumEventAgeInSeconds"]) == (2, 21600)
