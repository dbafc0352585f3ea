"""Calls that are made of every S3 and every DynamoDB that the service is tried on, and what they say, to be compared.

`ask` makes one call: botocore's operation and its parameters. Of an answer is kept what the service acts on.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

Ask = Callable[[str, dict[str, Any]], Any]
Said = dict[str, Any]
"""Every answer by what it is to."""

# Of botocore's clients, which are to send what is asked, be it wrong, and nothing else.
CONFIG = Config(
    parameter_validation=False, request_checksum_calculation="when_required", retries={"total_max_attempts": 1}
)
# Which of the two it is, the service does not ask.
SAME_TO_US = {"NoSuchVersion": "NoSuchKey"}


class Script:
    """Makes the calls of a contract, with the parameters that all of them have."""

    def __init__(self, ask: Ask, kept: Callable[[str, Any], Any], **common: Any) -> None:
        self._ask, self._kept, self.common = ask, kept, common
        self.said: Said = {}

    def do(self, operation: str, **params: Any) -> Any:
        """What must succeed, to get somewhere."""
        return self._ask(operation, self.common | params)

    def note(self, what: str, operation: str, **params: Any) -> Any:
        """Note what is answered; returns the answer, if it is no refusal."""
        assert what not in self.said, f"{what!r} was noted already"
        try:
            answer = self.do(operation, **params)
            self.said[what] = self._kept(operation, answer)
        except ClientError as error:
            self.said[what] = told(error)
        except Exception as error:  # noqa: BLE001 (moto's own, which it should have answered)
            self.said[what] = repr(error)
        else:
            return answer
        return None


def told(error: ClientError) -> Any:
    """What a refusal says: its code, whether a delete marker hides what was asked for, and a transaction's reasons."""
    code = error.response["Error"]["Code"]
    reasons = [(reason["Code"], reason.get("Item")) for reason in error.response.get("CancellationReasons", [])]
    headers: Mapping[str, str] = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    marked = headers.get("x-amz-delete-marker") == "true"
    return SAME_TO_US.get(code, code), marked, reasons


def compare(ours: Said, theirs: Said, expected: Iterable[str]) -> None:
    """Ours and theirs differ where it is expected, and nowhere else.

    Raises:
        AssertionError: they differ elsewhere; or no more where they did, and the list is to be mended.
    """
    assert ours.keys() == theirs.keys()
    differ = [what for what in ours if ours[what] != theirs[what]]
    for what in differ:
        print(what, f"ours:   {ours[what]}", f"theirs: {theirs[what]}", sep="\n    ")
    unforeseen, no_more = set(differ) - set(expected), set(expected) - set(differ)
    assert not unforeseen, f"answered otherwise: {sorted(unforeseen)}"
    assert not no_more, f"answered alike, and listed as different: {sorted(no_more)}"
