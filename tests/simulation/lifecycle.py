"""What S3's lifecycle rules and DynamoDB's TTL have done by now, at the latest: tests/lifecycle proves the rules."""

from datetime import timedelta

from chalicelib.settings import settings
from tests.simulation.stores import Stores

UPLOADS = timedelta(hours=24)
OPEN_MULTIPARTS = timedelta(days=7)


def expire(stores: Stores) -> None:
    """Staged objects, what counts uploads in parts, open multipart uploads, and final rows."""
    staging = stores.buckets[settings.staging_bucket]
    for key, stored in list(staging.objects.items()):
        if stores.now - stored.stored_at > (UPLOADS if key.startswith("u/") else OPEN_MULTIPARTS):
            staging.remove(key)
    for (key, version_id), stored in list(staging.versions.items()):
        is_current = key in staging.objects and staging.objects[key].version_id == version_id
        if not is_current and stores.now - stored.stored_at > 2 * UPLOADS:
            staging.remove_version(key, version_id)
    for of, multipart in list(stores.multiparts.items()):
        if stores.now - multipart.begun > OPEN_MULTIPARTS:
            del stores.multiparts[of]
    stores.table.expire(stores.now)
