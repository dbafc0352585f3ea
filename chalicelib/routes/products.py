"""Products: create, list, read, rename, delete."""

import base64
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from .. import bodies, catalog, schemas
from ..files import in_order
from ..http import Call, Reply, Routes
from ..parsing import parse_if_match
from ..problems import InvalidParameter, VersionMismatch
from ..schema_types import Ulid
from . import answers

MAX_LIMIT = 100
DEFAULT_LIMIT = 20

products = Routes(__name__)


@products.operation("POST", "/products", body=bodies.ProductRequest, answer=schemas.Product, statuses=(201,))
def create_product(call: Call[bodies.ProductRequest]) -> Reply:
    """Create a product."""
    row = catalog.create_product(call.owner, call.body.title)
    return Reply(answers.product(row), headers=answers.etag(row) | {"Location": f"{call.url}/{row.product_id}"})


@products.operation(
    "GET",
    "/products",
    answer=schemas.ProductList,
    refuses=(InvalidParameter,),
    query={
        "limit": Annotated[int, Meta(ge=1, le=MAX_LIMIT, description=f"How many at most, else {DEFAULT_LIMIT}.")],
        "cursor": Annotated[str, Meta(description="The last page's cursor.")],
    },
)
def list_products(call: Call[None]) -> schemas.ProductList:
    """List the caller's products, newest first."""
    page = catalog.list_products(call.owner, _limit(call.query.get("limit")), _begin(call.query.get("cursor")))
    return schemas.ProductList(
        products=[answers.product(row) for row in page.products],
        next_cursor=None if page.next_from is None else _cursor(page.next_from),
    )


@products.operation("GET", "/products/{product_id}", answer=schemas.ProductWithFiles)
def get_product(call: Call[None], product_id: str) -> Reply:
    """Read a product with its live files."""
    row, files = catalog.read_product(call.owner, product_id)
    return Reply(answers.product_with_files(row, in_order(files)), headers=answers.etag(row))


@products.operation(
    "PATCH",
    "/products/{product_id}",
    body=bodies.ProductRequest,
    answer=schemas.Product,
    needs_version=True,
    refuses=(VersionMismatch,),
)
def rename_product(call: Call[bodies.ProductRequest], product_id: str) -> Reply:
    """Give a product another title."""
    row = catalog.rename_product(call.owner, product_id, call.body.title, parse_if_match(call.if_match))
    return Reply(answers.product(row), headers=answers.etag(row))


@products.operation("DELETE", "/products/{product_id}", statuses=(204,))
def delete_product(call: Call[None], product_id: str) -> None:
    """Delete a product with its files. Repeatable."""
    catalog.delete_product(call.owner, product_id)


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MAX_LIMIT):
        raise InvalidParameter(f"Expected a limit from 1 to {MAX_LIMIT}, and found {text!r}.", pointer="/limit")
    return int(text)


def _cursor(next_from: tuple[str, datetime]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(next_from)).decode().rstrip("=")


def _begin(cursor: str | None) -> tuple[str, datetime] | None:
    """Where a page begins. A cursor names a place in the caller's own list only, so that a forged one gains nothing."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        product_id, created_at = msgspec.json.decode(raw, type=tuple[Ulid, datetime])
        if created_at.utcoffset() == timedelta(0):
            return product_id, created_at
    except (ValueError, msgspec.DecodeError):
        pass
    raise InvalidParameter("Expected a cursor from the last page of this list.", pointer="/cursor") from None
