"""The account that the stage lives in, by whatever credentials boto3 finds."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ..findings import Finding, failed, not_checked

if TYPE_CHECKING:
    from ...stack import Stack
    from ..site import Site


class NoCredentials(Exception):
    """boto3 has no credentials that AWS takes."""


@dataclass(frozen=True, slots=True)
class Account:
    """A stage's account. `client` makes a boto3 client for a service; `origin` is that of the shop's pages."""

    stack: "Stack"
    account_id: str
    origin: str | None
    client: Callable[[str], Any]

    def bucket(self, role: str) -> str:
        """The name of a bucket."""
        return str(getattr(self.stack.buckets, role))

    @property
    def partition(self) -> str:
        """What ARNs begin with."""
        partitions = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
        return next((name for start, name in partitions.items() if self.stack.region.startswith(start)), "aws")


def open_account(site: "Site") -> Account:
    """The account of the credentials that boto3 finds.

    Raises:
        NoCredentials: there are none, or AWS does not take them.
    """
    stack = site.stack
    try:
        session = boto3.Session(region_name=stack.region)
        if session.get_credentials() is None:
            raise NoCredentials("there are no AWS credentials")
        config = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3, "mode": "standard"})
        make: Callable[..., Any] = session.client  # its stubs want a literal name
        account_id = make("sts", config=config).get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise NoCredentials(f"AWS does not take the credentials ({reason(error)})") from None
    return Account(stack, account_id, site.origin, lambda service: make(service, config=config))


def guarded(check: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """The findings of a group. What these credentials may not see is not checked, and is no failure."""
    try:
        yield from look()
    except ClientError as error:
        code, action = error.response["Error"]["Code"], error.operation_name
        if code.startswith(("AccessDenied", "UnauthorizedOperation", "AllAccessDisabled")):
            yield not_checked(check, f"these credentials may not do {action}", f"Allow {action} to them.")
            return
        mend = "Check that outputs.json and the credentials are of the same stage and account, and deploy it."
        yield failed(check, f"{action} answered {code}", mend)
    except BotoCoreError as error:
        yield not_checked(check, f"AWS could not be asked ({type(error).__name__})", "Try again.")


def asked(ask: Callable[[], dict[str, Any]], *absent: str) -> dict[str, Any]:
    """What AWS answers; nothing, where its error only says that there is none.

    Raises:
        ClientError: it says something else.
    """
    try:
        return ask()
    except ClientError as error:
        if error.response["Error"]["Code"] not in absent:
            raise
        return {}


def reason(error: BotoCoreError | ClientError) -> str:
    """A word for an error, without what was in the request."""
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__
