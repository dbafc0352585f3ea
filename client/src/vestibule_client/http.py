"""The connections: one pool for API and S3, limits on time, and failures of the line as named exceptions."""

import contextlib
import logging
from collections.abc import Iterator

import httpx

from . import __version__
from .problems import UnexpectedAnswer, Unreachable

CONNECT_SECONDS = 15.0
STALL_SECONDS = 60.0
"""No byte moved for so long: given up, and tried again."""


class _WithoutSecrets(logging.Filter):
    """httpx logs the URL of each request, and the query of a signed URL is a key to the file."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                argument.copy_with(query=None) if isinstance(argument, httpx.URL) else argument
                for argument in record.args
            )
        return True


logging.getLogger("httpx").addFilter(_WithoutSecrets())


def new_http(
    *, connect_seconds: float = CONNECT_SECONDS, stall_seconds: float = STALL_SECONDS, connections: int = 32
) -> httpx.Client:
    """A pool of connections, to be shared by all threads and closed by whoever made it."""
    return httpx.Client(
        timeout=httpx.Timeout(stall_seconds, connect=connect_seconds),
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        headers={"User-Agent": f"vestibule-client/{__version__}", "Accept-Encoding": "identity"},
    )


@contextlib.contextmanager
def named_failures(whom: str) -> Iterator[None]:
    """Turn what the line does into sentences about `whom`: "the service" or "S3".

    Raises:
        Unreachable: the request was not answered, or the answer broke off.
    """
    try:
        yield
    except httpx.ConnectTimeout:
        raise Unreachable(f"Could not reach {whom} in time.") from None
    except httpx.TimeoutException:
        raise Unreachable(f"The connection to {whom} stalled.") from None
    except httpx.ConnectError:
        raise Unreachable(f"Could not reach {whom}.") from None
    except httpx.InvalidURL:
        raise UnexpectedAnswer("The service named an address that is none.") from None
    except (httpx.RequestError, httpx.StreamError):
        raise Unreachable(f"The connection to {whom} broke.") from None


def retry_after(response: httpx.Response) -> float | None:
    """Seconds that a server asks to wait; None where it says none, or a date, which would need its clock."""
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None
