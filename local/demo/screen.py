"""What the demo shows."""

from typing import Any

from rich.console import Console

console = Console(highlight=False)


class WentWrong(Exception):
    """A step did not come out as it should."""


def say(text: str) -> None:
    """What goes on behind the scenes."""
    console.print(f"[dim]› {text}[/]", soft_wrap=True)


def head(text: str) -> None:
    """What comes next."""
    console.print(f"\n[bold]{text}[/]", soft_wrap=True)


def note(text: str) -> None:
    """Why something is done."""
    console.print(f"    [dim]{text}[/]", soft_wrap=True)


def proven(text: str) -> None:
    """Something that was checked."""
    console.print(f"    [green]✓[/] {text}", soft_wrap=True)


def show(request: str, body: Any, status: int, answer: Any, seconds: float) -> None:
    """A request, and its answer."""
    colour = "green" if status < 300 else "yellow"
    console.print(f"  [cyan]{request}[/] {_short(body)}", soft_wrap=True)
    milliseconds = f"{seconds * 1000:.0f} ms"
    console.print(f"    [{colour}]{status}[/] [dim]{milliseconds:>7}[/]  {_short(answer)}", soft_wrap=True)


def _short(value: Any) -> str:
    """What fits on a line of it: a problem's code and sentence, or the first members."""
    if value is None:
        return ""
    if isinstance(value, dict) and "code" in value:
        return f"[bold]{value['code']}[/]: {value['detail']}"
    text = ", ".join(f"{name}: {_member(member)}" for name, member in value.items())
    return (text if len(text) <= 150 else text[:149] + "…").replace("[", r"\[")


def _member(value: Any) -> str:
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list):
        return f"{len(value)} of them"
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"
