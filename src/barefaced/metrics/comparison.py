"""Detector A against detector B on the same clips, and what chance would make of the difference.

Alphabet: C clips, R real and F fake ones, S data sets.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Float64, Int
from scipy.stats import norm, rankdata

from barefaced.errors import DataError, InputError
from barefaced.metrics.bootstrap.confidence_interval import interval
from barefaced.metrics.bootstrap.table import (
    IndexedScores,
    LevelDraws,
    PartDraws,
    index_scores,
    mean_level,
    measure_partitions,
    split_by_label,
)
from barefaced.metrics.ranking import check_rows, has_both
from barefaced.metrics.score_columns import factorize
from barefaced.metrics.score_rows import by_video
from barefaced.values.evaluation import UNCHOSEN, Comparison, Difference, ScoreFile
from barefaced.values.scores import ScoreTable


def compare(a: ScoreFile, b: ScoreFile, seed: int, draws: int = 2000) -> Comparison:
    """AUC of `a` less that of `b` by data set, drawn over the same origins with the same weights.

    Only the clips that both scored count; the others are told. Data set, method and origin are those of `a`.

    Raises:
        InputError: no clip in common.
        DataError: the two disagree on a clip's label; or as `score_rows.by_video`.
    """
    mine, theirs = by_video(a.table), by_video(b.table)
    common, at_mine, at_theirs = np.intersect1d(
        mine.clip.astype(str), theirs.clip.astype(str), assume_unique=True, return_indices=True
    )
    if not len(common):
        raise InputError(
            expected=f"clips that both {a.model.name} and {b.model.name} scored",
            got="none",
            fix="Clips are known by their ids: write the same ones into both files.",
        )
    differs = np.flatnonzero(mine.label[at_mine] != theirs.label[at_theirs])
    if differs.size:
        raise DataError(
            expected="one label for a clip in both files",
            got=f"two for {common[differs[0]]} ({differs.size} such clips)",
            fix="Correct one of them.",
        )
    rows = (
        index_scores(_only(a.table, common), seed),
        index_scores(_described_as(_only(b.table, common), a.table), seed),
    )
    sets = list(factorize(rows[0].videos.dataset)[1])
    parts = [_parts(scores, sets, draws) for scores in rows]
    independent = {name: _independent(rows[0], _inside(rows[0], name)) for name in parts[0]}
    levels = {}
    for level in ("video", "frame"):
        pairs = {name: tuple(getattr(part[name], level) for part in parts) for name in parts[0]}
        if len(sets) > 1:
            both = [pair for name, pair in pairs.items() if name in sets and math.isfinite(pair[0].of("auc")[0])]
            pairs["mean"] = tuple(mean_level([pair[side] for pair in both], draws) for side in (0, 1))
        differences = {name: _difference(*pair) for name, pair in pairs.items()}
        if level == "video":
            differences = {
                name: replace(
                    one, p_delong=_delong_of(rows, _inside(rows[0], name)) if independent.get(name) else math.nan
                )
                for name, one in differences.items()
            }
        corrected = holm([differences[name].p for name in sets])
        levels[level] = differences | {
            name: replace(differences[name], p_holm=p) for name, p in zip(sets, corrected, strict=True)
        }
    names = [one.model.name for one in (a, b)]
    if names[0] == names[1]:
        names = [f"{one.model.name} (seed {one.model.seed}, {one.model.sha256[:8]})" for one in (a, b)]
    return Comparison(
        a=names[0],
        b=names[1],
        clips=len(common),
        only_a=len(mine.clip) - len(common),
        only_b=len(theirs.clip) - len(common),
        video=levels["video"],
        frame=levels["frame"],
    )


def _only(table: ScoreTable, clips: np.ndarray) -> ScoreTable:
    keep = np.isin(table.clip.astype(str), clips)
    return ScoreTable(**{name: column[keep] for name, column in vars(table).items()})


def _described_as(table: ScoreTable, other: ScoreTable) -> ScoreTable:
    """Give `table` what `other` says of its clips."""
    names, first = np.unique(other.clip.astype(str), return_index=True)
    rows = first[np.searchsorted(names, table.clip.astype(str))]
    return replace(table, dataset=other.dataset[rows], method=other.method[rows], origin=other.origin[rows])


def _parts(rows: IndexedScores, sets: Sequence[str], draws: int) -> dict[str, PartDraws]:
    names = [*sets, "pooled"] if len(sets) > 1 else sets
    partitions = {name: split_by_label(rows, _inside(rows, name)) for name in names}
    return {name: parts[()] for name, parts in measure_partitions(rows, partitions, (UNCHOSEN,), draws).items()}


def _inside(rows: IndexedScores, name: str) -> Bool[np.ndarray, " C"]:
    named = rows.videos.dataset == name
    return named if named.any() else np.ones(len(named), bool)


def _independent(rows: IndexedScores, inside: Bool[np.ndarray, " C"]) -> bool:
    return len(np.unique(rows.origin[inside])) == int(inside.sum())


def _difference(a: LevelDraws, b: LevelDraws) -> Difference:
    (one, of_one), (other, of_other) = a.of("auc"), b.of("auc")
    return Difference(interval(one - other, of_one - of_other), two_sided(of_one - of_other), math.nan)


def two_sided(draws: Float[np.ndarray, " draws"]) -> float:
    """Count how often a difference falls on the other side of 0, both ways: the p-value behind the percentile interval.

    Never 0: a test of so many draws cannot say less than 2 / (draws + 1). NaN without a draw.
    """
    kept = draws[np.isfinite(draws)]
    if not kept.size:
        return math.nan
    return float(min(1.0, 2 * (min((kept <= 0).sum(), (kept >= 0).sum()) + 1) / (len(kept) + 1)))


def holm(ps: Sequence[float]) -> list[float]:
    """Each p-value for all of them at once (Holm, 1979); NaN is no test and does not count as one."""
    tested = sorted((p, at) for at, p in enumerate(ps) if not math.isnan(p))
    corrected, highest = [math.nan] * len(ps), 0.0
    for rank, (p, at) in enumerate(tested):
        highest = max(highest, min(1.0, (len(tested) - rank) * p))
        corrected[at] = highest
    return corrected


def _delong_of(rows: Sequence[IndexedScores], inside: Bool[np.ndarray, " C"]) -> float:
    labels = rows[0].videos.label[inside]
    return delong(labels, *(one.videos.fakeness[inside] for one in rows)) if has_both(labels) else math.nan


def delong(labels: Int[np.ndarray, " C"], a: Float[np.ndarray, " C"], b: Float[np.ndarray, " C"]) -> float:
    """Two-sided p of equal AUC on the same, independent clips (DeLong, DeLong & Clarke-Pearson, 1988).

    By mid-ranks (Sun & Xu, 2014). 1 where the two never differ in a pair; NaN with fewer than two clips of a class.

    Raises:
        InputError: see `ranking.check_rows`.
    """
    for scores in (a, b):
        check_rows(labels, scores)
    if min((labels == 0).sum(), (labels == 1).sum()) < 2:
        return math.nan
    over_reals, over_fakes = zip(*(_placements(labels, scores) for scores in (a, b)), strict=True)
    difference = over_reals[0] - over_reals[1], over_fakes[0] - over_fakes[1]
    variance = sum(float(one.var(ddof=1)) / len(one) for one in difference)
    moved = float(difference[0].mean())
    if variance == 0:
        return 1.0 if moved == 0 else 0.0
    return float(2 * norm.sf(abs(moved) / math.sqrt(variance)))


def _placements(
    labels: Int[np.ndarray, " C"], scores: Float[np.ndarray, " C"]
) -> tuple[Float64[np.ndarray, " F"], Float64[np.ndarray, " R"]]:
    """Of each fake the share of reals under it, of each real the share of fakes over it; ties count half."""
    fake, real = labels == 1, labels == 0
    among_all = rankdata(scores)
    under = (among_all[fake] - rankdata(scores[fake])) / real.sum()
    over = 1 - (among_all[real] - rankdata(scores[real])) / fake.sum()
    return under, over
