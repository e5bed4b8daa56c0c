"""Several evaluations as one table: a row for what was trained, on what, a column for what was tested on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from barefaced.errors import DataError
from barefaced.values.evaluation import Model
from barefaced.values.scores import Interval


@dataclass(frozen=True)
class Run:
    """One evaluation: whose, and one metric by data set."""

    model: Model
    sets: dict[str, Interval]


@dataclass(frozen=True)
class Cell:
    """One metric of the runs of a row on a data set."""

    values: tuple[float, ...]
    """One a run, in order of their seeds."""
    mean: float
    sd: float
    """Between runs (n - 1); NaN of one run. It says how far training moves the number, not how far the clips do."""
    interval: Interval | None
    """Over the clips, where there is one run."""


@dataclass(frozen=True)
class Row:
    """Runs that differ in their seed alone."""

    name: str
    trained_on: tuple[str, ...]
    seeds: tuple[int | None, ...]
    cells: dict[str, Cell]


@dataclass(frozen=True)
class Matrix:
    """Trained on against tested on."""

    what: str
    """The level and metric."""
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def matrix(runs: Sequence[Run], what: str) -> Matrix:
    """Runs of one name and training data are one row.

    Raises:
        DataError: one model twice: its spread over seeds would be understated.
    """
    rows: dict[tuple[str, tuple[str, ...]], list[Run]] = {}
    for run in runs:
        rows.setdefault((run.model.name, run.model.trained_on), []).append(run)
    columns = sorted({name for run in runs for name in run.sets} - {"mean"})
    if any("mean" in run.sets for run in runs):
        columns.append("mean")
    made = []
    for (name, trained_on), some in rows.items():
        known = [run.model.sha256 for run in some if run.model.sha256]
        if len(set(known)) < len(known):
            raise DataError(
                expected=f"each model of {name} once", got="the same weights in two evaluations", fix="Leave one out."
            )
        some = sorted(some, key=lambda run: (run.model.seed is None, run.model.seed or 0))
        cells = {column: _cell([run.sets[column] for run in some if column in run.sets]) for column in columns}
        made.append(
            Row(name, trained_on, tuple(run.model.seed for run in some), {n: c for n, c in cells.items() if c.values})
        )
    return Matrix(what, tuple(columns), tuple(made))


def _cell(found: Sequence[Interval]) -> Cell:
    values = [one.value for one in found if math.isfinite(one.value)]
    return Cell(
        values=tuple(values),
        mean=float(np.mean(values)) if values else math.nan,
        sd=float(np.std(values, ddof=1)) if len(values) > 1 else math.nan,
        interval=found[0] if len(found) == 1 and values else None,
    )
