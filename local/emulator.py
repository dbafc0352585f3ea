"""ministack: S3, DynamoDB, Cognito and IAM on loopback, with signatures and policies enforced."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from .processes import HOST, clean_environment, running, wait_for_http

PYTHON = Path(".local/emulator/bin/python")
REGION = "eu-central-1"


@contextlib.contextmanager
def emulator(port: int, folder: Path, functions_endpoint: str | None = None) -> Iterator[str]:
    """Run the emulator until the block ends; yields its endpoint. What it holds is in memory, its log in the folder.

    `functions_endpoint` is where Lambda functions that it runs find AWS, if it is not the emulator itself.

    Raises:
        CannotStart: it did not come up.
    """
    endpoint = f"http://{HOST}:{port}"
    environment = clean_environment() | {
        "AUTH": "true",
        "BIND_HOST": HOST,  # it would bind every interface
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "MINISTACK_REGION": REGION,
        "STATE_DIR": str(folder / "emulator"),  # where it keeps the keys of user pools
        "TMPDIR": str(folder),
    }
    if functions_endpoint is not None:
        environment["AWS_ENDPOINT_URL"] = functions_endpoint
    log = folder / "emulator.log"
    with running([str(PYTHON.absolute()), "-m", "ministack"], environment, log) as process:
        wait_for_http(f"{endpoint}/_ministack/health", process, log)
        yield endpoint
