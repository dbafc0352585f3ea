"""The main job, on moto."""

import hashlib

import pytest

from tests.api.conftest import Api, vault_keys
from tests.samples import image


@pytest.mark.parametrize("content_type", ["image/jpeg", "image/png", "image/webp", "image/avif"])
def test_an_image_is_admitted_with_the_facts_of_its_bytes(api: Api, product: str, content_type: str) -> None:
    content = image(content_type, 640, 480)

    file = api.add(product, "image", content, content_type, alt="A brush", filename="größe 😀.png")

    assert (file["width"], file["height"], file["content_type"], file["size"]) == (640, 480, content_type, len(content))
    assert (file["state"], file["alt"], file["filename"]) == ("live", "A brush", "größe 😀.png")
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    assert api.get(f"/products/{product}").json_body["images"] == [file]
    (key,) = vault_keys()
    assert key.startswith(f"images/{file['admitted_at'][:10]}/{product}/{file['id']}.")
