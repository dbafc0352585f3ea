"""botocore, of which S3 and DynamoDB share one session: what it reads from files is read once. boto3 is not loaded."""

from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

from .settings import settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from pynamodb.connection import Connection

_session = botocore.session.get_session()
# Composing botocore's own User-Agent takes a quarter of a call's CPU; mypy has looked at the parameters already.
_session.set_default_client_config(Config(user_agent=settings.service, parameter_validation=False))


def s3_client(config: Config) -> "S3Client":
    """A client of S3."""
    return cast("S3Client", _session.create_client("s3", region_name=settings.region, config=config))


def connect(connection: "Connection") -> None:
    """Make PynamoDB's client now, while Lambda still gives the start a whole core, and of the shared session."""
    connection._local.session = _session  # noqa: SLF001 (it makes one of its own otherwise, and can be given none)
    connection.client  # noqa: B018
