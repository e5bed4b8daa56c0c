"""95 % intervals by a bootstrap clustered by origin.

Frames of a video are not independent, nor are a real clip and its forgeries: so origins are drawn with replacement, as
many as there are, and every row of an origin counts as often as its origin was drawn (Field & Welsh, JRSS B 2007).
The interval is the percentile one, from the 2.5 % to the 97.5 % quantile of the draws. Of bounded, smooth statistics
such as these it is good enough, and unlike BCa it needs no jackknife over origins.

Data sets are strata: each draws its own origins, from a generator of its own, so that its intervals do not change with
what is measured beside it. Sets that share an origin are one stratum. Every table over the same origins is weighed
alike: frames and videos, methods and groups, detector A and detector B.

Alphabet: N rows, O origins, B draws at a time, K bins, P parts of a table, M metrics in the order of
`evaluation.METRICS`.
"""

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import scipy.sparse
import scipy.sparse.csgraph
from jaxtyping import Float, Float64, Int, Int32, Int64, Shaped

from barefaced.metrics.bootstrap.binned import BinMetrics, bin_scores, metrics_from_counts, prepare_metrics
from barefaced.metrics.ranking import auc, check_rows
from barefaced.values.card import Thresholds
from barefaced.values.evaluation import METRICS
from barefaced.values.scores import Interval

CELLS = 1 << 18
"""Bins times draws at a time: arrays of this size stay in the processor's cache."""
WEIGHTS = 1 << 24
"""Origins times draws at a time: 64 MiB."""
HALVES = Thresholds(0.5, 0.5)
Name = TypeVar("Name")
"""Of a table: whatever its caller tells its tables apart by."""


@dataclass(frozen=True)
class Stratum:
    """Origins that are drawn together: numbers from `first` to `first + count - 1`."""

    first: int
    count: int
    seed: tuple[int, ...]


@dataclass(frozen=True)
class Contrast:
    """Parts of a table that are measured against each other."""

    name: tuple[str, ...]
    """Empty for the whole table; else of a method or a group."""
    reals: tuple[int, ...]
    fakes: tuple[int, ...]


@dataclass(frozen=True)
class BootstrapTable:
    """A table as counts, to be weighed many times: how many rows of each origin lie in each bin of each part."""

    rows: scipy.sparse.csr_matrix
    """[P K, O]"""
    bins: int
    contrasts: tuple[Contrast, ...]
    metrics: tuple[BinMetrics, ...]
    """Of each contrast."""
    enough: tuple[bool, ...]
    """Of each contrast: whether 2 origins hold a real and 2 a fake. With fewer nothing can be said of how they vary."""


def number_origins(
    datasets: Shaped[np.ndarray, " N"], origins: Shaped[np.ndarray, " N"], seed: int
) -> tuple[Int64[np.ndarray, " N"], tuple[Stratum, ...]]:
    """Number the origins, those of one stratum in a row.

    Returns:
        The origin's number for each row, and the strata in order of their first data set's name.
    """
    sets, row_sets = np.unique(datasets, return_inverse=True)
    names, row_names = np.unique(origins, return_inverse=True)
    shape = (len(sets) + len(names), len(sets) + len(names))
    links = scipy.sparse.coo_matrix((np.ones(len(row_names)), (row_sets, len(sets) + row_names)), shape)
    _, components = scipy.sparse.csgraph.connected_components(links, directed=False)
    set_components, name_components = components[: len(sets)], components[len(sets) :]
    order = np.argsort(name_components, kind="stable")
    number = np.empty(len(names), np.int64)
    number[order] = np.arange(len(names))
    strata = []
    for component in dict.fromkeys(set_components.tolist()):
        members = order[name_components[order] == component]
        # The seed of every number that was ever published: a separator that no name holds.
        label = "\0".join(str(name) for name in sets[set_components == component])
        strata.append(Stratum(int(number[members[0]]), len(members), (seed, *label.encode())))
    return number[row_names], tuple(strata)


def count_rows(
    labels: Int[np.ndarray, " N"],
    scores: Float[np.ndarray, " N"],
    origins: Int[np.ndarray, " N"],
    total: int,
    parts: Int[np.ndarray, " N"],
    contrasts: Sequence[Contrast],
    thresholds: Thresholds = HALVES,
) -> BootstrapTable:
    """Count a table's rows, once, to be weighed many times.

    Args:
        labels: 0 real, 1 fake.
        scores: higher is more likely fake.
        origins: numbers from 0 to `total` - 1.
        total: origins in all.
        parts: of each row, as the contrasts name them; a part has rows of one label.
        contrasts: what is measured.
        thresholds: at which accuracy is taken.

    Raises:
        InputError: see `ranking.check_rows`.
    """
    check_rows(labels, scores)
    bins = bin_scores(labels, scores, thresholds)
    height = 1 + max(part for contrast in contrasts for part in (*contrast.reals, *contrast.fakes))
    ones = np.ones(len(parts), np.int32)
    rows = scipy.sparse.csr_matrix((ones, (parts * len(bins) + bins.row_bins, origins)), (height * len(bins), total))
    holding = [np.unique(origins[parts == part]) for part in range(height)]
    metrics, enough = [], []
    for contrast in contrasts:
        inside = np.isin(parts, (*contrast.reals, *contrast.fakes))
        reals, fakes = (np.bincount(bins.row_bins[inside & (labels == kind)], minlength=len(bins)) for kind in (0, 1))
        metrics.append(prepare_metrics(bins, thresholds, reals, fakes))
        sides = (contrast.reals, contrast.fakes)
        held = (len(np.unique(np.concatenate([holding[part] for part in side]))) if side else 0 for side in sides)
        enough.append(min(held) >= 2)
    return BootstrapTable(rows, len(bins), tuple(contrasts), tuple(metrics), tuple(enough))


def draw_metrics(
    tables: Mapping[Name, BootstrapTable], strata: Sequence[Stratum], draws: int
) -> dict[Name, dict[tuple[str, ...], Float64[np.ndarray, "draws M"]]]:
    """Compute the metrics of `draws` draws, by table and contrast; a row is NaN where a class vanished.

    The weights depend on the strata alone: every table is weighed alike, whatever else is measured.
    """
    origins = sum(stratum.count for stratum in strata)
    drawn = {
        name: {contrast.name: np.full((draws, len(METRICS)), math.nan) for contrast in table.contrasts}
        for name, table in tables.items()
    }
    if not draws or not any(any(table.enough) for table in tables.values()):
        return drawn
    step = min(draws, max(1, WEIGHTS // max(origins, 1)))

    def fill(start: int, weights: Int32[np.ndarray, "O B"]) -> None:
        for name, table in tables.items():
            width = max(1, CELLS // table.bins)
            for first in range(0, weights.shape[1], width):
                block = weights[:, first : first + width]
                place = slice(start + first, start + first + block.shape[1])
                for contrast, metrics in _weigh(table, np.ascontiguousarray(block)):
                    drawn[name][contrast][place] = metrics

    # numpy and scipy let go of the interpreter, so threads share the work without copies.
    with ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        pending = [pool.submit(fill, start, weights) for start, weights in _weights(strata, draws, step)]
        for block in pending:
            block.result()
    return drawn


def _weigh(
    table: BootstrapTable, weights: Int32[np.ndarray, "O B"]
) -> Iterator[tuple[tuple[str, ...], Float64[np.ndarray, "B M"]]]:
    counts = (table.rows @ weights).reshape(-1, table.bins, weights.shape[1])
    for contrast, metrics, enough in zip(table.contrasts, table.metrics, table.enough, strict=True):
        if enough:
            reals, fakes = (counts[list(side)].sum(axis=0) for side in (contrast.reals, contrast.fakes))
            yield contrast.name, metrics_from_counts(reals, fakes, metrics)


def _weights(strata: Sequence[Stratum], draws: int, step: int) -> Iterator[tuple[int, Int32[np.ndarray, "O B"]]]:
    generators = [np.random.default_rng(stratum.seed) for stratum in strata]
    for start in range(0, draws, step):
        size = min(step, draws - start)
        drawn = [origin_weights(stratum.count, rng, size) for stratum, rng in zip(strata, generators, strict=True)]
        yield start, np.concatenate(drawn, axis=1).T


def origin_weights(count: int, rng: np.random.Generator, draws: int) -> Int32[np.ndarray, "draws O"]:
    """Draw how often each of `count` origins is drawn when `count` are drawn with replacement, `draws` times."""
    chosen = rng.integers(0, count, (draws, count), np.int32)
    weights = np.empty((draws, count), np.int32)
    for row, origins in zip(weights, chosen, strict=True):
        row[:] = np.bincount(origins, minlength=count)
    return weights


def bootstrap(
    labels: Int[np.ndarray, " N"],
    scores: Float[np.ndarray, " N"],
    origins: Int[np.ndarray, " N"],
    rng: np.random.Generator,
    draws: int,
) -> Float64[np.ndarray, "draws M"]:
    """Compute the metrics of `draws` draws of the origins of one table; a row is NaN where a class vanished.

    Origins are numbers from 0. The draws depend on the generator and the number of origins alone, so two tables over
    the same origins, or two levels of one table, are weighed alike.

    Raises:
        InputError: see `ranking.check_rows`.
    """
    total = int(origins.max()) + 1 if origins.size else 0
    table = count_rows(labels, scores, origins, total, labels, (Contrast((), (0,), (1,)),))
    seed = tuple(int(number) for number in rng.integers(0, 1 << 32, 4, np.uint64))
    return draw_metrics({"": table}, (Stratum(0, total, seed),), draws)[""][()]


def auc_interval(
    labels: Int[np.ndarray, " N"],
    scores: Float[np.ndarray, " N"],
    origins: Shaped[np.ndarray, " N"],
    seed: int,
    draws: int,
) -> Interval:
    """Give the AUC of one table with its interval over origins, which are names.

    A draw compares a real face with its own forgery twice as often as the table does. Where a forgery always has a
    little more than its own real face, that biases the draws, and few origins show it: they are centred.
    The bounds are NaN where fewer than two origins hold a real row, or a fake one.

    Raises:
        InputError: see `ranking.check_rows`.
    """
    numbers = np.unique(origins, return_inverse=True)[1]
    drawn = bootstrap(labels, scores, numbers, np.random.default_rng(seed), draws)
    return interval(auc(labels, scores), drawn[:, METRICS.index("auc")], centred=True)


def interval(value: float, draws: Float[np.ndarray, " draws"], *, centred: bool = False) -> Interval:
    """Give `value` and the percentile bounds of the draws that are not NaN; NaN bounds where none is left.

    Args:
        centred: shift the draws so that their mean is `value`, and cut them at 0: for a metric that drawing biases.
            A draw has fewer distinct clips, so that chance parts mean and share of a bin further: the calibration
            error of a draw is larger than that of the table, which is itself larger than the detector's.
    """
    kept = draws[np.isfinite(draws)]
    if not kept.size or math.isnan(value):
        return Interval(value, math.nan, math.nan)
    low, high = np.quantile(kept, (0.025, 0.975))
    if centred:
        moved = value - float(kept.mean())
        return Interval(value, max(float(low) + moved, 0.0), float(high) + moved)
    return Interval(value, float(low), float(high))
