"""Products: what files are put on. Creating, listing, renaming, deleting."""

from dataclasses import dataclass
from datetime import UTC, datetime

from pynamodb.constants import ALL_OLD
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.transactions import TransactWrite

from . import reminders
from .ids import new_ulid
from .kinds import RECOVERY_WINDOW
from .models import (
    DELETED,
    LIVE,
    File,
    Product,
    Usage,
    product_key,
    read_product_with_files,
    read_rows,
    require_product,
    usage_key,
    was_refused,
)
from .outages import outages_refused
from .problems import NotFound, VersionMismatch
from .rows import Row
from .texts import check_title
from .transactions import Cancelled, commit


@dataclass(frozen=True, slots=True)
class ProductPage:
    """Some products, newest first, and where the next page begins (None: there is none)."""

    products: list[Product]
    next_from: tuple[str, datetime] | None


def create_product(owner: str, title: str) -> Product:
    """Create a product, in one conditional write."""
    now = datetime.now(UTC)
    product = Product(
        *product_key(new_ulid(now)),
        owner=owner,
        state=LIVE,
        title=check_title(title),
        image_count=0,
        deliverable_count=0,
        created_at=now,
        updated_at=now,
        version=1,
    )
    try:
        with outages_refused:
            product.save(condition=Row.pk.does_not_exist())
    except PutError as error:
        # Nobody else has this id: it is there because botocore repeated a write whose answer was lost.
        if not was_refused(error):
            raise
    return product


def list_products(owner: str, limit: int, begin: tuple[str, datetime] | None) -> ProductPage:
    """List the seller's products, newest first, at most `limit`; from after `begin`: a product id and its creation."""
    start = None
    if begin is not None:
        product_id, created_at = begin
        pk, sk = product_key(product_id)
        start = {
            "pk": {"S": pk},
            "sk": {"S": sk},
            "owner": {"S": owner},
            "created_at": {"S": Product.created_at.serialize(created_at)},  # type: ignore[no-untyped-call]
        }
    with outages_refused:
        page = Product.by_owner.query(owner, scan_index_forward=False, limit=limit, last_evaluated_key=start)
        products = list(page)
    last = products[-1] if page.last_evaluated_key and products else None
    return ProductPage(products, (last.product_id, last.created_at) if last else None)


def read_product(owner: str, product_id: str) -> tuple[Product, list[File]]:
    """Read a product and its live files, in one Query.

    Raises:
        NotFound: it is not there, or someone else's.
    """
    product, files = read_product_with_files(product_id)
    return require_product(product, owner), [file for file in files if file.state == LIVE]


def rename_product(owner: str, product_id: str, title: str, version: int | None) -> Product:
    """Give a product another title, if it still is of this version (None: whatever its version).

    Raises:
        NotFound: it is not there, or someone else's.
        VersionMismatch: it was changed meanwhile.
    """
    title = check_title(title)
    product = Product(*product_key(product_id))
    condition = (Product.owner == owner) & (Product.state == LIVE)
    if version is not None:
        condition &= Product.version == version
    try:
        with outages_refused:
            product.update(
                actions=[
                    Product.title.set(title),
                    Product.version.add(1),
                    Product.updated_at.set(datetime.now(UTC)),
                ],
                condition=condition,
            )
    except UpdateError as error:
        if not was_refused(error):
            raise
        current = require_product(read_rows(product_key(product_id))[0], owner)
        if version is not None and (current.version, current.title) == (version + 1, title):
            return current  # our own write, whose answer was lost, or the very same one
        raise VersionMismatch(
            f"The product is at version {current.version} now: read it again.", expected=version, actual=current.version
        ) from None
    return product


def delete_product(owner: str, product_id: str) -> None:
    """Delete a product: it is gone from every list at once; its files are purged later. Repeatable.

    Raises:
        NotFound: it is not there, or someone else's.
    """
    now = datetime.now(UTC)

    def write(transaction: TransactWrite) -> None:
        transaction.update(
            Product(*product_key(product_id)),
            actions=[
                Product.state.set(DELETED),
                Product.updated_at.set(now),
                Product.purge_at.set(now + RECOVERY_WINDOW),
                Product.created_at.remove(),
            ],
            condition=(Product.owner == owner) & (Product.state == LIVE),
            return_values=ALL_OLD,
        )
        reminders.purge_product(transaction, product_id, now + RECOVERY_WINDOW)

    try:
        commit(write)
    except Cancelled as cancelled:
        current = cancelled.row(0, Row)
        if not isinstance(current, Product) or current.owner != owner:
            raise NotFound("There is no such product of yours.") from None


def read_usage(owner: str) -> Usage:
    """What the seller's files take."""
    (usage,) = read_rows(usage_key(owner))
    return usage if isinstance(usage, Usage) else Usage.none_yet(owner)
