"""How many clips each data set was published with, by part and split: what `barefaced data verify` compares with.

A part is what people download apart: a compression level and method, a kind of real video. Where only a sum is
published, only the sum is here.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from barefaced.datasets.layouts.faceforensics import DFD, METHODS
from barefaced.values.dataset import REAL, Clip

_FF_SPLITS = {"train": 720, "val": 140, "test": 140}
_VARIANTS = (
    "end_to_end",
    *(f"end_to_end_level_{level}" for level in range(1, 6)),
    "end_to_end_random_level",
    *(f"end_to_end_mix_{count}_distortions" for count in range(2, 5)),
    "reenact_postprocess",
)


@dataclass(frozen=True)
class Published:
    """A data set's own numbers."""

    source: str
    clips: dict[str, int]
    """By part, at one compression level where there are levels."""
    part: Callable[[Clip], str]
    """Which of those a clip is of."""
    splits: dict[str, dict[str, int]]
    """By part and split, of those parts whose split is published in numbers."""
    shares_people: str = ""
    """Why people, or origins, are in several of its own splits; empty: they should not be."""


@dataclass(frozen=True)
class Cell:
    """One row of the comparison."""

    part: str
    split: str
    """Empty: of all splits."""
    found: int
    published: int | None
    """None: not known."""

    @property
    def agrees(self) -> bool:
        """Whether the numbers are the same or there is nothing to compare: a part that is not there was not fetched."""
        return self.published is None or self.found in (0, self.published)


def compare(layout: str, clips: Iterable[Clip]) -> tuple[Cell, ...]:
    """The clips counted by part and by part and split, beside the published numbers, in the table's order."""
    known = PUBLISHED.get(layout)
    part = known.part if known else lambda clip: clip.method
    found = Counter((clip.compression, part(clip), clip.split) for clip in clips)
    cells = []
    for level in sorted({level for level, _, _ in found}):
        parts = dict.fromkeys([*(known.clips if known else ()), *sorted({at for of, at, _ in found if of == level})])
        for at in parts:
            name = " ".join(word for word in (level, at) if word)
            whole = sum(count for (of, there, _), count in found.items() if (of, there) == (level, at))
            cells.append(Cell(name, "", whole, known.clips.get(at) if known else None))
            mine = {split: count for (of, there, split), count in found.items() if (of, there) == (level, at) and split}
            numbers = known.splits.get(at, {}) if known else {}
            for split in [split for split in ("train", "val", "test") if split in mine or (mine and split in numbers)]:
                cells.append(Cell(name, split, mine.get(split, 0), numbers.get(split)))
    return tuple(cells)


def _faceforensics(clip: Clip) -> str:
    return "actors" if clip.method == REAL and "__" in clip.origin else clip.method


def _celeb(clip: Clip) -> str:
    kind = "YouTube-real" if clip.origin == clip.identity else "Celeb-real"
    return kind if clip.method == REAL else clip.method


def _forged_or_real(clip: Clip) -> str:
    return REAL if clip.method == REAL else "fake"


_CELEB_SHARES = "its own split puts clips of the same people, and forgeries of the same clips, on both sides"

PUBLISHED: dict[str, Published] = {
    "faceforensics": Published(
        source="Roessler et al., ICCV 2019, and the repository's splits; DeepFakeDetection as in Li et al., CVPR 2020",
        clips={REAL: 1000, **{name: 1000 for name in METHODS if name != DFD}, "actors": 363, DFD: 3068},
        part=_faceforensics,
        splits={name: _FF_SPLITS for name in (REAL, *METHODS) if name != DFD},
    ),
    "dfd": Published(
        source="Li et al., CVPR 2020, table 1", clips={"actors": 363, DFD: 3068}, part=_faceforensics, splits={}
    ),
    "celeb_df_v1": Published(
        source="the data set's README",
        clips={"Celeb-real": 158, "YouTube-real": 250, "Celeb-synthesis": 795},
        part=_celeb,
        splits={},
        shares_people=_CELEB_SHARES,
    ),
    "celeb_df_v2": Published(
        source="the data set's README, and its list of 518 testing videos",
        clips={"Celeb-real": 590, "YouTube-real": 300, "Celeb-synthesis": 5639},
        part=_celeb,
        splits={
            "Celeb-real": {"train": 482, "test": 108},
            "YouTube-real": {"train": 230, "test": 70},
            "Celeb-synthesis": {"train": 5299, "test": 340},
        },
        shares_people=_CELEB_SHARES,
    ),
    "dfdc": Published(
        source="Dolhansky et al., 2020: the fifty training parts (the test set's own list says what is in it)",
        clips={"real, train": 19_154, "fake, train": 100_000},
        part=lambda clip: f"{_forged_or_real(clip)}, {clip.split}",
        splits={},
    ),
    "dfdc_preview": Published(
        source="Li et al., CVPR 2020, table 1", clips={REAL: 1131, "fake": 4113}, part=_forged_or_real, splits={}
    ),
    "uadfv": Published(
        source="Li et al., CVPR 2020, table 1", clips={REAL: 49, "fake": 49}, part=_forged_or_real, splits={}
    ),
    "deeperforensics": Published(
        source="the data set's README: 1,000 clips a variant, of which 703 train, 96 validate and the others test",
        clips={REAL: 1000, **dict.fromkeys(_VARIANTS, 1000)},
        part=lambda clip: clip.method,
        splits={name: {"train": 703, "val": 96, "test": 201} for name in _VARIANTS},
    ),
}
