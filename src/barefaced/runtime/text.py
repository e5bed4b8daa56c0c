"""Words for people: what a misspelt name was meant to be, and why a file could not be read."""

import json
from collections.abc import Iterable
from difflib import SequenceMatcher

NEAR, SPREAD = 0.6, 0.1
"""Least likeness of a name to be offered, and how much less than the nearest it may have."""


def suggest_names(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return "Did you mean ...?" with the known names nearest to `name`, or `otherwise` where none is near.

    A dotted name is also looked for by its last part: `epochs` is near `optim.epochs`.
    """
    likeness = {}
    for one in known:
        likeness[one] = max(_likeness(name, one), _likeness(_last(name), _last(one)))
    best = max([NEAR, *likeness.values()])
    near = sorted(
        (one for one in likeness if likeness[one] >= max(NEAR, best - SPREAD)), key=lambda one: -likeness[one]
    )
    return f"Did you mean {' or '.join(near[:3])}?" if near else otherwise


def reason_of(error: Exception) -> str:
    """Return in plain words why a file could not be read, without the names of Python's errors."""
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    if isinstance(error, json.JSONDecodeError):
        return f"no JSON: {error.msg.lower()} in line {error.lineno}"
    if isinstance(error, UnicodeDecodeError):
        return "text that is not UTF-8"
    if isinstance(error, KeyError):
        return f"no field {error}"
    return str(error).splitlines()[0] if str(error) else "values of another kind"


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower(), other.lower()).ratio()


def _last(name: str) -> str:
    return name.rsplit(".", 1)[-1].lstrip("-")
