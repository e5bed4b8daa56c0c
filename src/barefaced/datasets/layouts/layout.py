"""What a layout's function gives: the clips that are there, and what a person must be told of those that are not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from barefaced.values.dataset import Clip

SHOWN = 10
"""Missing clips that are named; the others are counted."""


@dataclass(frozen=True)
class Reading:
    """A data set as it was found on disk."""

    clips: tuple[Clip, ...]
    missing: tuple[str, ...] = ()
    """What the data set's own lists name and is not there. A part of a download is no error."""
    warnings: tuple[str, ...] = ()
    layout: str = ""
    """The layout it was read with: a key of `LAYOUTS`."""
    why: str = ""
    """What the layout was recognised by; empty where it was named."""

    def lines(self) -> tuple[str, ...]:
        """Write what a person should know of it, a sentence a line."""
        told = [f"layout {self.layout}: {self.why}"] if self.why else []
        told += self.warnings
        if self.missing:
            told.append(
                f"{len(self.missing)} clips that the data set's own lists name are not there: {first_few(self.missing)}"
            )
        return tuple(told)


@dataclass(frozen=True)
class Who:
    """Whose scene a clip is, as `Clip` has it: full names, data set first."""

    origin: str
    identity: str
    source: str = ""


def first_few(names: Sequence[str], shown: int = SHOWN) -> str:
    """Write the first few names, and how many more there are."""
    return ", ".join(names[:shown]) + (f" and {len(names) - shown} more" if len(names) > shown else "")


def reading(clips: Iterable[Clip], missing: Iterable[str] = (), warnings: Iterable[str] = ()) -> Reading:
    return Reading(tuple(clips), tuple(sorted(missing)), tuple(warnings))
