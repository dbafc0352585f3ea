"""What lies in a bucket, in the order of its keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from .outages import outages_refused
from .settings import settings
from .storage import s3


@dataclass(frozen=True, slots=True)
class Listed:
    """An object. Size in bytes. `stored_at`: when it was written, or its multipart upload was begun."""

    key: str
    size: int
    stored_at: datetime


def pages(bucket: str, prefix: str = "", after: str = "") -> Iterator[list[Listed]]:
    """All objects under a prefix whose keys come after `after`, a page of up to 1000 a call; no page is empty."""
    more = True
    while more:
        with outages_refused:
            answer = s3.list_objects_v2(
                Bucket=bucket, Prefix=prefix, StartAfter=after, ExpectedBucketOwner=settings.account_id
            )
        page = [Listed(item["Key"], item["Size"], item["LastModified"]) for item in answer.get("Contents", [])]
        more = answer["IsTruncated"]
        if page:
            yield page
            after = page[-1].key
