"""S3 calls on the media bucket: the public renditions, which can be made again from the vault."""

from pathlib import Path

from . import listing
from .outages import outages_refused
from .settings import settings
from .storage import s3

# A rendition's URL has one possible content. The CDN asks again after a week all the same: terraform/modules/cdn.
CACHE_CONTROL = "public, max-age=31536000, immutable"


def prefix(product_id: str, image_id: str) -> str:
    """Where all renditions of an image lie."""
    return f"{product_id}/{image_id}/"


def url(product_id: str, image_id: str, name: str) -> str:
    """Where everybody finds a rendition."""
    return f"{settings.media_url}/{prefix(product_id, image_id)}{name}"


def put(file: Path, product_id: str, image_id: str, content_type: str) -> None:
    """Publish a rendition under the file's name. Repeatable: the same rendition has the same name."""
    with outages_refused:
        s3.put_object(
            Bucket=settings.media_bucket,
            Key=prefix(product_id, image_id) + file.name,
            Body=file.read_bytes(),
            ContentType=content_type,
            CacheControl=CACHE_CONTROL,
            ExpectedBucketOwner=settings.account_id,
        )


def delete(product_id: str, image_id: str) -> None:
    """Take all renditions of an image away. Repeatable."""
    for page in listing.pages(settings.media_bucket, prefix(product_id, image_id)):
        for item in page:
            with outages_refused:
                s3.delete_object(Bucket=settings.media_bucket, Key=item.key, ExpectedBucketOwner=settings.account_id)
