"""JSON answers → frozen dataclasses. Members unknown here are ignored: the service may say more tomorrow."""

import dataclasses
import functools
import types
import typing
from datetime import datetime
from typing import Any, TypeVar

from .problems import UnexpectedAnswer

Shape = TypeVar("Shape")


def decode(shape: type[Shape], value: object) -> Shape:
    """Read a JSON object into a dataclass. A member with a default may be missing.

    Raises:
        UnexpectedAnswer: a member is missing, or has another type.
    """
    if not isinstance(value, dict):
        raise UnexpectedAnswer(f"Expected a JSON object for {shape.__name__}, and found {type(value).__name__}.")
    members: dict[str, Any] = {}
    cached: Any = shape  # mypy does not see that a class is hashable
    for name, (expected, needed) in _members(cached).items():
        if name in value:
            members[name] = _decode(expected, value[name], f"{shape.__name__}.{name}")
        elif needed:
            raise UnexpectedAnswer(f"The answer lacks {shape.__name__}.{name}.")
    return shape(**members)


@functools.cache
def _members(shape: Any) -> dict[str, tuple[Any, bool]]:
    hints = typing.get_type_hints(shape)
    return {
        field.name: (
            hints[field.name],
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(shape)
    }


def _decode(expected: Any, value: object, where: str) -> Any:
    origin, arguments = typing.get_origin(expected), typing.get_args(expected)
    if origin is types.UnionType:  # only ever `X | None`
        return None if value is None else _decode(arguments[0], value, where)
    if origin is tuple and isinstance(value, list):
        return tuple(_decode(arguments[0], item, where) for item in value)
    if origin is dict and isinstance(value, dict):
        return {str(name): _decode(arguments[1], item, where) for name, item in value.items()}
    if dataclasses.is_dataclass(expected) and isinstance(expected, type):
        return decode(expected, value)
    if expected is datetime and isinstance(value, str):
        return _time(value, where)
    allowed = (int, float) if expected is float else expected
    if isinstance(value, allowed) and (expected is bool or not isinstance(value, bool)):
        return value
    raise UnexpectedAnswer(f"The answer's {where} is not of the expected type.")


def _time(text: str, where: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise UnexpectedAnswer(f"The answer's {where} is not a time.") from None
