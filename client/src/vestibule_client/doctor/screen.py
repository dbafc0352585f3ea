"""Findings for people, as they come; and for programs, one JSON object a line."""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Protocol, TextIO

from rich.console import Console
from rich.text import Text

from .findings import Finding, Outcome

_MARKS: dict[Outcome, tuple[str, str]] = {
    "ok": ("✓", "green"),
    "warning": ("!", "yellow"),
    "failed": ("✗", "bold red"),
    "not_checked": ("–", "dim"),
}
_TITLES = {
    "address": "The API's address",
    "clock": "Clocks",
    "token": "Token",
    "service": "The service",
    "origin": "The shop's pages (CORS)",
    "gateway": "Refusals of the gateway",
    "cors": "The shop's pages (CORS)",
    "exposure": "Without a signature",
    "image": "An image, through all steps",
    "post": "A deliverable, by one form",
    "parts": "A deliverable, in parts",
    "canary": "Clean-up",
    "aws": "The account",
}


class Screen(Protocol):
    """Where findings go."""

    def show(self, finding: Finding) -> None:
        """Show one."""

    def close(self, counts: Counter[Outcome]) -> None:
        """Say how it went."""


class Lines:
    """One JSON object a line: check, outcome, seen, mend."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, finding: Finding) -> None:
        """Show one."""
        print(json.dumps(asdict(finding), ensure_ascii=False), file=self._out, flush=True)

    def close(self, counts: Counter[Outcome]) -> None:
        """Nothing more: the lines say it all."""


class People:
    """Under a heading for each group, with what to do about whatever is not right."""

    def __init__(self, out: TextIO) -> None:

        self._console = Console(file=out, highlight=False)
        self._title = ""

    def show(self, finding: Finding) -> None:
        """Show one."""
        title = _TITLES.get(finding.check.partition(".")[0], "The rest")
        if title != self._title:
            self._title = title
            self._console.print(Text(f"\n{title}", style="bold"))
        mark, style = _MARKS[finding.outcome]
        said = Text(finding.seen, style="dim" if finding.outcome == "not_checked" else "")
        if finding.outcome in ("failed", "warning"):
            said.append(f"  ({finding.check})", style="dim")
        self._indented(Text(f"  {mark} ", style=style), said)
        if finding.mend:
            self._indented(Text("    → ", style="cyan"), Text(finding.mend, style="cyan"))

    def close(self, counts: Counter[Outcome]) -> None:
        """How many of each."""
        said = f"{counts['ok']} fine, {counts['warning']} to watch, {counts['failed']} failed, "
        said += f"{counts['not_checked']} not checked"
        style = "bold red" if counts["failed"] else "bold green"
        self._console.print(Text(f"\n{said}", style=style))

    def _indented(self, mark: Text, said: Text) -> None:
        """Wrapped, and never under its mark."""
        for line in said.wrap(self._console, max(20, self._console.width - len(mark))):
            line.rstrip()
            self._console.print(Text.assemble(mark, line), soft_wrap=True)
            mark = Text(" " * len(mark))


def show_all(findings: Iterable[Finding], screen: Screen) -> Counter[Outcome]:
    """Show each finding as it comes; returns how many there were of each outcome."""
    counts: Counter[Outcome] = Counter()
    for finding in findings:
        screen.show(finding)
        counts[finding.outcome] += 1
    screen.close(counts)
    return counts


def screen_for(*, as_json: bool) -> Screen:
    """For people, or for programs."""
    return Lines(sys.stdout) if as_json else People(sys.stdout)
