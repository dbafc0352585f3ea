"""The service itself: health, its own description, the rules of the kinds, the caller's usage."""

from pathlib import Path

from chalice.app import Response

from .. import catalog, schemas
from ..http import JSON, SECURITY_HEADERS, Call, Routes
from ..kinds import KINDS
from ..settings import settings
from ..texts import MAX_ALT_BYTES, MAX_FILENAME_BYTES

OPENAPI_FILE = Path(__file__).parents[1] / "openapi.json"

service = Routes(__name__)


@service.operation("GET", "/health", answer=schemas.Health, public=True)
def get_health(call: Call[None]) -> schemas.Health:
    """Tell that the service answers. It looks at nothing else."""
    return schemas.Health()


@service.route("/openapi.json", methods=["GET"])
def get_openapi() -> Response:
    """Describe the API, in OpenAPI 3.1."""
    return Response(OPENAPI_FILE.read_text(), SECURITY_HEADERS | JSON | {"Cache-Control": "max-age=300"})


@service.operation("GET", "/kinds", answer=schemas.Kinds)
def get_kinds(call: Call[None]) -> schemas.Kinds:
    """Tell what may be uploaded, for clients to check before they do."""
    return schemas.Kinds(
        kinds=[
            schemas.KindRules(
                name=kind.name,
                content_types=None if kind.content_types is None else list(kind.content_types),
                min_bytes=1,
                max_bytes=kind.max_upload_bytes,
                max_per_product=kind.max_per_product,
                max_pixels=kind.max_pixels,
                strategies=list(kind.strategies),
            )
            for kind in KINDS
        ],
        max_filename_bytes=MAX_FILENAME_BYTES,
        max_alt_bytes=MAX_ALT_BYTES,
        max_staged_uploads=settings.max_staged_uploads,
    )


@service.operation("GET", "/usage", answer=schemas.Usage)
def get_usage(call: Call[None]) -> schemas.Usage:
    """Tell how many bytes and files the caller has, and the quota."""
    usage = catalog.read_usage(call.owner)
    return schemas.Usage(bytes=usage.bytes, files=usage.files, quota=usage.quota_bytes)
