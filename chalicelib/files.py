"""Admitted files: list, order, describe, delete, restore, download. The same for both kinds but for order and alt."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pynamodb.constants import ALL_OLD
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from . import presigning
from .kinds import DOWNLOAD_LIFETIME, IMAGE, Kind
from .models import (
    FILE_ROWS,
    LIVE,
    PROCESSING,
    SUPERSEDED,
    File,
    Image,
    Product,
    file_key,
    product_key,
    read_product_with_files,
    read_rows,
    require_file,
    require_product,
    was_refused,
)
from .outages import outages_refused
from .problems import Gone, InvalidParameter, VersionMismatch
from .rows import Row
from .texts import check_alt, check_filename, content_disposition
from .transactions import Cancelled, commit

Shown = Literal["live", "recoverable"]


@dataclass(frozen=True, slots=True)
class Download:
    """A signed URL that saves a file under its name, until `expires_at`."""

    url: str
    filename: str
    expires_at: datetime


def list_files(owner: str, kind: Kind, product_id: str, shown: Shown = "live") -> list[File]:
    """List a product's files of a kind in their order: the live ones, or those that can still be restored.

    Raises:
        NotFound: the product is not there, or someone else's.
    """
    product, files = read_product_with_files(product_id)
    require_product(product, owner)
    now = datetime.now(UTC)
    return in_order(
        [
            file
            for file in files
            if isinstance(file, FILE_ROWS[kind.name])
            and (file.state == LIVE if shown == "live" else file.is_recoverable(now))
        ]
    )


def in_order(files: list[File]) -> list[File]:
    """Images as their seller placed them, then, like deliverables, oldest first: by the age of the first version."""
    return sorted(files, key=lambda file: (file.position or 0, file.series, file.file_id))


def order_images(owner: str, product_id: str, image_ids: list[str]) -> None:
    """Place a product's images in the order given, which must name each live one exactly once.

    Raises:
        NotFound: the product is not there, or someone else's.
        InvalidParameter: the ids are not those of the live images.
        VersionMismatch: the images were changed meanwhile.
    """
    live = {image.file_id: image for image in list_files(owner, IMAGE, product_id)}
    if len(image_ids) != len(live) or set(image_ids) != set(live):
        raise InvalidParameter(
            f"Expected the ids of all {len(live)} images of the product, each once.", pointer="/image_ids"
        )
    now = datetime.now(UTC)

    def write(transaction: TransactWrite) -> None:
        transaction.update(
            Product(*product_key(product_id)),
            actions=[Product.updated_at.set(now)],
            condition=(Product.owner == owner) & (Product.state == LIVE),
            return_values=ALL_OLD,
        )
        for position, image_id in enumerate(image_ids):
            image = Image(live[image_id].pk, live[image_id].sk)
            transaction.update(image, actions=[File.position.set(position)], condition=File.state == LIVE)

    try:
        commit(write)
    except Cancelled as cancelled:
        if cancelled.refused(0):
            require_product(cancelled.row(0, Row), owner)
        raise VersionMismatch("The images were changed meanwhile: list them again.") from None


def describe_image(owner: str, product_id: str, image_id: str, alt: str | None) -> File:
    """Give a live image another alt text; None takes it away. Raises what `rename_file` raises."""
    alt = check_alt(alt)
    return _update_live(owner, IMAGE, product_id, image_id, Image.alt.set(alt) if alt else Image.alt.remove())


def rename_file(owner: str, kind: Kind, product_id: str, file_id: str, filename: str) -> File:
    """Give a live file another name, under which it is downloaded from then on.

    Raises:
        InvalidParameter: the name is not acceptable.
        NotFound: the product or the file is not there, or is someone else's.
        Gone: the file is no longer live.
    """
    return _update_live(owner, kind, product_id, file_id, File.filename.set(check_filename(filename)))


def _update_live(owner: str, kind: Kind, product_id: str, file_id: str, action: Action) -> File:
    file = _read(owner, kind, product_id, file_id)
    try:
        with outages_refused:
            file.update(actions=[action], condition=File.state == LIVE)
    except UpdateError as error:
        if not was_refused(error):
            raise
        raise Gone("The file is no longer live.") from None
    return file


def download(owner: str, kind: Kind, product_id: str, file_id: str) -> Download:
    """Sign a URL for the file as it was uploaded; a superseded version can be had until it is purged.

    Raises:
        NotFound: the product or the file is not there, or is someone else's.
        Gone: the file was deleted.
    """
    file = _read(owner, kind, product_id, file_id, LIVE, SUPERSEDED)
    url = presigning.sign_download(file.key, content_disposition(file.filename), DOWNLOAD_LIFETIME)
    return Download(url, file.filename, datetime.now(UTC) + DOWNLOAD_LIFETIME)


def preview_url(file: File) -> str | None:
    """Sign a URL for an image's original while its renditions are being made; None for any other file."""
    if not isinstance(file, Image) or file.rendition_state != PROCESSING:
        return None
    return presigning.sign_download(file.key, content_disposition(file.filename), DOWNLOAD_LIFETIME)


def _read(owner: str, kind: Kind, product_id: str, file_id: str, *states: str) -> File:
    product_row, file_row = read_rows(product_key(product_id), file_key(product_id, kind, file_id))
    require_product(product_row, owner)
    return require_file(file_row, owner, *states)
