"""What a command's options may be, said in the signature of its function, and checked however it is called."""

import functools
import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, ParamSpec, TypeVar, get_args, get_origin

from barefaced.errors import BadConfig

P = ParamSpec("P")
R = TypeVar("R")
AnyPath = str | Path


@dataclass(frozen=True)
class Range:
    """The numbers from `low` to `high`, both among them."""

    low: int | float
    high: int | float = math.inf

    def __str__(self) -> str:
        return f"{self.low:g} or more" if math.isinf(self.high) else f"{self.low:g} to {self.high:g}"

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int | float) and math.isfinite(number) and self.low <= number <= self.high


@dataclass(frozen=True)
class WordsOf:
    """Marks options that are words of the settings `kind`, to be read by the command itself."""

    kind: type


SEVERAL = "several"
"""Marks a list option that takes every word up to the next option."""

Count = Annotated[int, Range(0)]
Share = Annotated[float, Range(0, 1)]


def command(function: Callable[P, R]) -> Callable[P, R]:
    """Make `function` refuse a number out of its range and a word that is no choice, before it does anything."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        for name, value in signature.bind(*args, **kwargs).arguments.items():
            check_value(name, signature.parameters[name].annotation, value)
        return function(*args, **kwargs)

    return checked


def check_value(name: str, annotation: Any, value: object) -> None:
    """Refuse a value that its annotation rules out.

    Raises:
        BadConfig: a number out of range, or a word that is no choice.
    """
    ranges = [mark for mark in getattr(annotation, "__metadata__", ()) if isinstance(mark, Range)]
    for allowed in ranges:
        if isinstance(value, bool) or value not in allowed:
            raise BadConfig(expected=f"{name} to be {allowed}", got=repr(value), fix="Give such a number.")
    if get_origin(annotation) is Literal and value not in (choices := get_args(annotation)):
        raise BadConfig(expected=f"{name} to be {either(choices)}", got=repr(value), fix="Give one of these.")


def either(choices: Sequence[object]) -> str:
    """Return "a, b or c"."""
    *first, last = map(str, choices)
    return f"{', '.join(first)} or {last}" if first else last


def list_paths(paths: AnyPath | Sequence[AnyPath]) -> list[Path]:
    """Return paths as a list; a single one is a list of one."""
    return [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]


def list_names(names: str | Sequence[str]) -> tuple[str, ...]:
    """Return names as a tuple; a single one is a tuple of one."""
    return (names,) if isinstance(names, str) else tuple(names)
