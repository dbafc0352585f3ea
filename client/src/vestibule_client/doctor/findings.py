"""What a check found."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["ok", "warning", "failed", "not_checked"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its name (`group.what`), how it went, what was seen, and how to mend it, if anything is to be mended.

    Neither sentence ever holds a token, a signed URL, or a field of a form.
    """

    check: str
    outcome: Outcome
    seen: str
    mend: str = ""


def ok(check: str, seen: str) -> Finding:
    """All is as it should be."""
    return Finding(check, "ok", seen)


def warning(check: str, seen: str, mend: str) -> Finding:
    """It works today, and may not tomorrow."""
    return Finding(check, "warning", seen, mend)


def failed(check: str, seen: str, mend: str) -> Finding:
    """Something does not work, or is not safe."""
    return Finding(check, "failed", seen, mend)


def not_checked(check: str, why: str, mend: str = "") -> Finding:
    """Nothing can be said, and why."""
    return Finding(check, "not_checked", why, mend)


def judged(check: str, complaints: list[str], fine: str, mend: str) -> Finding:
    """Failed with all complaints, or fine if there is none."""
    return failed(check, "; ".join(complaints), mend) if complaints else ok(check, fine)
