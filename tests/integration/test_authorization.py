"""Who may do what: every route of the app, asked by nobody, by a forger, by somebody else and by its owner.

The routes are the app's own. One that is new fails here until it is said how its owner uses it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from app import app
from local.bootstrap import make_person
from local.buckets import VAULT
from local.stack import Running
from tests.integration.conftest import Behind, Seller, signed_in
from tests.samples import image, upload_request, zip_file

PNG, ZIP = image("image/png"), zip_file()
Ids = dict[str, str]
Route = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Use:
    """How an owner uses a route with success, and what somebody else gets for the same request."""

    status: int = 200
    body: Callable[[Ids], Any] = lambda ids: None
    stranger: int = 404


def sending(body: Any) -> Callable[[Ids], Any]:
    return lambda ids: body


# A route without a product is about the caller alone: others are served too, and see nothing of the owner's. A form
# is cancelled under a key made of the caller's own `sub`: of somebody else's upload there is nothing to be found there.
USES: dict[Route, Use] = {
    ("GET", "/kinds"): Use(stranger=200),
    ("GET", "/usage"): Use(stranger=200),
    ("GET", "/products"): Use(stranger=200),
    ("POST", "/products"): Use(201, sending({"title": "x"}), stranger=201),
    ("GET", "/products/{product_id}"): Use(),
    ("PATCH", "/products/{product_id}"): Use(200, sending({"title": "y"})),
    ("DELETE", "/products/{product_id}"): Use(204),
    ("GET", "/products/{product_id}/images"): Use(),
    ("PUT", "/products/{product_id}/images/order"): Use(204, lambda ids: {"image_ids": [ids["image_id"]]}),
    ("POST", "/products/{product_id}/images/uploads"): Use(201, sending(upload_request(PNG))),
    ("POST", "/products/{product_id}/images/uploads/{upload_id}/confirm"): Use(201),
    ("DELETE", "/products/{product_id}/images/uploads/{upload_id}"): Use(204, stranger=204),
    ("PATCH", "/products/{product_id}/images/{image_id}"): Use(200, sending({"alt": "x"})),
    ("DELETE", "/products/{product_id}/images/{image_id}"): Use(204),
    ("POST", "/products/{product_id}/images/{image_id}/restore"): Use(),
    ("POST", "/products/{product_id}/images/{image_id}/download"): Use(),
    ("GET", "/products/{product_id}/deliverables"): Use(),
    ("POST", "/products/{product_id}/deliverables/uploads"): Use(201, sending(upload_request(ZIP, "application/zip"))),
    ("POST", "/products/{product_id}/deliverables/uploads/{upload_id}/parts"): Use(200, sending({"part_numbers": [1]})),
    ("GET", "/products/{product_id}/deliverables/uploads/{upload_id}/parts"): Use(),
    ("POST", "/products/{product_id}/deliverables/uploads/{upload_id}/confirm"): Use(201),
    ("DELETE", "/products/{product_id}/deliverables/uploads/{upload_id}"): Use(204),
    ("PATCH", "/products/{product_id}/deliverables/{deliverable_id}"): Use(200, sending({"filename": "x.zip"})),
    ("DELETE", "/products/{product_id}/deliverables/{deliverable_id}"): Use(204),
    ("POST", "/products/{product_id}/deliverables/{deliverable_id}/restore"): Use(),
    ("POST", "/products/{product_id}/deliverables/{deliverable_id}/download"): Use(),
}
PUBLIC = {("GET", "/health"), ("GET", "/openapi.json")}
ROUTES: list[Route] = [(method, path) for path, methods in sorted(app.routes.items()) for method in methods]


def test_the_table_has_every_route_of_the_app_and_no_other() -> None:
    assert {*USES, *PUBLIC} == set(ROUTES)
    assert not PUBLIC & set(USES)


@pytest.fixture(scope="module", autouse=True)
def nothing_happens_by_itself(running: Running) -> Iterator[None]:
    """Renditions would change rows between two looks at them."""
    running.pump.stop()
    yield
    running.pump.start()


@pytest.fixture(scope="module")
def owner(running: Running, http: httpx.Client) -> Seller:
    return somebody(running, http, "owner@vestibule.example")


@pytest.fixture(scope="module")
def forger(owner: Seller) -> Seller:
    """Everything about the token is right but the key that signed it."""
    claims = jwt.decode(owner.token, options={"verify_signature": False})
    key = rsa.generate_private_key(65537, 2048)
    headers = {"kid": jwt.get_unverified_header(owner.token)["kid"]}
    return Seller(owner.running, jwt.encode(claims, key, "RS256", headers=headers), owner.http)


@pytest.fixture
def nobody(owner: Seller) -> Seller:
    return Seller(owner.running, "", owner.http)


@pytest.fixture(scope="module")
def somebody_else(running: Running, http: httpx.Client) -> Seller:
    return somebody(running, http, "somebody-else@vestibule.example")


def somebody(running: Running, http: httpx.Client, email: str) -> Seller:
    cognito = running.stack.client("cognito-idp")
    return signed_in(running, make_person(cognito, running.stack.pool_id, email), http)


def make_ids(owner: Seller, path: str, strategy: str) -> Ids:
    """A product, and what else the path names, or its body."""
    product = owner.product()
    ids = {"product_id": product}
    if "{image_id}" in path or path.endswith("/order"):
        ids["image_id"] = str(owner.add(product, "image", PNG, "image/png")["id"])
    if "{deliverable_id}" in path:
        ids["deliverable_id"] = str(owner.add(product, "deliverable", ZIP, "application/zip")["id"])
    if "{upload_id}" in path:
        ids["upload_id"] = arrived(owner, product, "image" if "/images/" in path else "deliverable", strategy)
    return ids


def arrived(owner: Seller, product: str, kind: str, strategy: str) -> str:
    """An upload of which all bytes have come, and which waits for its confirm."""
    content, content_type = (PNG, "image/png") if kind == "image" else (ZIP, "application/zip")
    issued = owner.issue(product, kind, content, content_type, strategy=strategy)
    if strategy == "post":
        assert owner.send(issued, content).status_code == 201
    else:
        parts = owner.call("POST", issued["multipart"]["parts_url"], {"part_numbers": [1]}).json()["parts"]
        assert owner.http.put(parts[0]["url"], content=content).status_code == 200
    return str(issued["upload"]["id"])


def seen(behind: Behind, product: str) -> list[Any]:
    """All that there is of a product: rows, staged and admitted objects, open multipart uploads."""
    uploads = behind.stack.client("s3").list_multipart_uploads(Bucket=VAULT).get("Uploads", [])
    begun = sorted(upload["UploadId"] for upload in uploads if f"/{product}/" in upload["Key"])
    return [behind.rows_of(product), behind.staged(product), behind.vault_keys(product), begun]


def cases() -> list[Any]:
    """Every route that asks for a token; those of one upload for each way in which its bytes may have come."""
    found = []
    for method, path in ROUTES:
        if (method, path) in PUBLIC:
            continue
        both = "/deliverables/uploads/{upload_id}" in path
        strategies = ["multipart"] if path.endswith("/parts") else ["post", "multipart"] if both else ["post"]
        found += [pytest.param(method, path, way, id=f"{method} {path} {way}") for way in strategies]
    return found


@pytest.mark.parametrize(("method", "path", "strategy"), cases())
def test_a_route_serves_its_owner_and_nobody_else(
    behind: Behind,
    owner: Seller,
    nobody: Seller,
    forger: Seller,
    somebody_else: Seller,
    method: str,
    path: str,
    strategy: str,
) -> None:
    use = USES[method, path]
    ids = make_ids(owner, path, strategy)
    url, body = path.format(**ids), use.body(ids)
    before = seen(behind, ids["product_id"])

    for caller in (nobody, forger):
        answer = caller.call(method, url, body, If_Match="*")
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")

    answer = somebody_else.call(method, url, body, If_Match="*")
    form_is_cancelled = path.endswith("/uploads/{upload_id}") and strategy == "post"
    assert answer.status_code == (204 if form_is_cancelled else use.stranger)
    assert answer.status_code != 404 or answer.json()["code"] == "not_found"
    assert not any(an_id in answer.text for an_id in ids.values() if an_id not in url)
    rows, *objects = seen(behind, ids["product_id"])
    assert rows == before[0]
    # Parts are joined before their claims can be read: whoever was told the whole of S3's id can have them joined. It
    # gains nothing, and the owner's confirm admits them all the same.
    parts_are_joined = path.endswith("/confirm") and strategy == "multipart"
    assert parts_are_joined or objects == before[1:]

    assert owner.call(method, url, body, If_Match="*").status_code == use.status


def test_what_is_about_the_caller_alone_tells_nothing_of_others(
    owner: Seller, behind: Behind, somebody_else: Seller
) -> None:
    product = owner.product()
    owner.add(product, "deliverable", ZIP, "application/zip")
    usage = somebody_else.call("GET", "/usage").json()
    assert (usage["files"], usage["bytes"]) == (0, 0)
    listed = somebody_else.call("GET", "/products?limit=100").json()["products"]
    assert product not in {item["id"] for item in listed}
