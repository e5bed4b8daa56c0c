"""A table of scores, sorted out once, and its metrics at both levels with the draws behind their bounds.

Alphabet: N rows (frames), C clips, M metrics in the order of `results.METRICS`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64, Int, Int64

from barefaced.metrics import calibration, ranking
from barefaced.metrics.bootstrap.binned import LOW_FPR, LOWEST_FPR
from barefaced.metrics.bootstrap.confidence_interval import Counted, Slice, Stratum, count, draw, interval, strata
from barefaced.metrics.score_rows import code, with_rows
from barefaced.metrics.thresholds import for_moments
from barefaced.values.card import Thresholds
from barefaced.values.dataset import REAL
from barefaced.values.evaluation import METRICS, Count, LevelMetrics, SetReport
from barefaced.values.scores import Interval, ScoreTable, VideoScores

LEVELS = ("frame", "video")


@dataclass(frozen=True)
class Rows:
    """A table in numbers."""

    videos: VideoScores
    origin: Int64[np.ndarray, " C"]
    strata: tuple[Stratum, ...]
    clip_at: Int64[np.ndarray, " N"]
    """The position of each frame's clip."""
    fakeness: Float[np.ndarray, " N"]


@dataclass(frozen=True)
class Level:
    """The metrics at one level and the draws behind their bounds."""

    values: Float64[np.ndarray, " M"]
    draws: Float64[np.ndarray, "draws M"]

    def metrics(self) -> LevelMetrics:
        """For the report."""
        named = {
            name: interval(float(self.values[at]), self.draws[:, at], centred=name == "ece")
            for at, name in enumerate(METRICS)
        }
        return LevelMetrics(**named, draws=int(np.isfinite(self.draws[:, 0]).sum()))

    def of(self, metric: str) -> tuple[float, Float64[np.ndarray, " draws"]]:
        """The value of one metric and its draws."""
        at = METRICS.index(metric)
        return float(self.values[at]), self.draws[:, at]


@dataclass(frozen=True)
class Part:
    """One stretch of a table (a data set, a method against its reals, a group) at both levels."""

    frame: Level
    video: Level
    counts: dict[str, Count]

    def report(self) -> SetReport:
        """For the report."""
        return SetReport(frame=self.frame.metrics(), video=self.video.metrics(), counts=self.counts)


@dataclass(frozen=True)
class Cut:
    """What is measured in one go: clips by part, and the parts against each other."""

    keep: Bool[np.ndarray, " C"]
    parts: Int64[np.ndarray, " C"]
    """Of each clip; those not kept have any."""
    slices: tuple[Slice, ...]


def sorted_out(table: ScoreTable, seed: int) -> Rows:
    """Sort a table out for `measured`.

    Args:
        table: the scores; the order of the rows does not matter.
        seed: of the bootstrap, not negative.

    Raises:
        DataError, InputError: as `tables.by_video`.
    """
    videos, clip_at = with_rows(table)
    # A clip of unknown origin is its own; the mark keeps its id from being taken for somebody's origin.
    origin = np.where(videos.origin == "", "?" + videos.clip.astype(object), "=" + videos.origin.astype(object))
    numbers, found = strata(videos.dataset, origin, seed)
    return Rows(videos, numbers, found, clip_at, table.fakeness)


def measured(
    rows: Rows, cuts: Mapping[str, Cut], thresholds: Sequence[Thresholds], draws: int
) -> dict[str, dict[str, Part]]:
    """Every slice of every cut, by the names of both.

    Args:
        thresholds: rising by their moments. Videos are measured at the row for the median number of their cut's
            frames, frames at that for one.

    Raises:
        InputError: see `ranking.check_rows`.
    """
    single = len(rows.fakeness) == len(rows.videos.clip)
    tables: dict[str, Counted] = {}
    values: dict[tuple[str, str, str], Float64[np.ndarray, " M"]] = {}
    for name, cut in cuts.items():
        for level in LEVELS[1:] if single else LEVELS:
            labels, scores, clip = _level(rows, cut.keep, level)
            parts = cut.parts[clip]
            frames = rows.videos.frames[cut.keep]
            chosen = for_moments(thresholds, int(np.median(frames)) if level == "video" and len(frames) else 1)
            tables[f"{name}\0{level}"] = count(
                labels, scores, rows.origin[clip], _total(rows), parts, cut.slices, chosen
            )
            for one in cut.slices:
                inside = np.isin(parts, (*one.reals, *one.fakes))
                values[name, one.name, level] = _values(labels[inside], scores[inside], chosen)
    drawn = draw(tables, rows.strata, draws)

    def level_of(name: str, one: str, level: str) -> Level:
        level = "video" if single else level
        return Level(values[name, one, level], drawn[f"{name}\0{level}"][one])

    return {
        name: {
            one.name: Part(
                level_of(name, one.name, "frame"), level_of(name, one.name, "video"), _counts(rows.videos, cut, one)
            )
            for one in cut.slices
        }
        for name, cut in cuts.items()
    }


def _total(rows: Rows) -> int:
    return sum(stratum.count for stratum in rows.strata)


def _level(
    rows: Rows, keep: Bool[np.ndarray, " C"], level: str
) -> tuple[Int64[np.ndarray, " R"], Float[np.ndarray, " R"], Int64[np.ndarray, " R"]]:
    """Labels, scores and the clip of each row at one level, of the clips in `keep`."""
    if level == "video":
        clip = np.flatnonzero(keep)
        return rows.videos.label[clip], rows.videos.fakeness[clip], clip
    inside = keep[rows.clip_at]
    clip = rows.clip_at[inside]
    return rows.videos.label[clip], rows.fakeness[inside], clip


def _counts(videos: VideoScores, cut: Cut, one: Slice) -> dict[str, Count]:
    found = {}
    for name, side in ((REAL, one.reals), ("fake", one.fakes)):
        of = cut.keep & np.isin(cut.parts, side)
        found[name] = Count(int(of.sum()), int(videos.frames[of].sum()))
    return found


def _values(
    labels: Int[np.ndarray, " N"], scores: Float[np.ndarray, " N"], thresholds: Thresholds
) -> Float64[np.ndarray, " M"]:
    """The metrics themselves, by scikit-learn where it has them."""
    order = np.lexsort((labels, scores))  # sums do not depend on the order of the rows, then
    labels, scores = labels[order], scores[order]
    wrong, right = ranking.rates_at(labels, scores, thresholds.eer)
    false_alarms, found = ranking.rates_at(labels, scores, thresholds.fpr_1)
    probable = bool(((scores >= 0) & (scores <= 1)).all())
    values = {
        "auc": ranking.auc(labels, scores),
        "ap": ranking.average_precision(labels, scores),
        "eer": ranking.eer(labels, scores),
        "pauc_fpr_1": ranking.partial_auc(labels, scores, LOW_FPR),
        "tpr_at_fpr_1": ranking.tpr_at_fpr(labels, scores, LOW_FPR),
        "tpr_at_fpr_0_1": ranking.tpr_at_fpr(labels, scores, LOWEST_FPR),
        "accuracy": float(((scores >= thresholds.eer) == labels).mean()) if len(labels) else math.nan,
        "balanced_accuracy": (1 - wrong + right) / 2,
        "false_alarms": false_alarms,
        "found": found,
        "ece": calibration.calibration_error(labels, scores) if probable else math.nan,
        "brier": calibration.brier(labels, scores) if probable else math.nan,
    }
    return np.array([values[name] for name in METRICS])


def by_method(rows: Rows, inside: Bool[np.ndarray, " C"], name: str) -> Cut:
    """A data set: all its fakes, and each method alone, against all its reals."""
    codes, methods = code(np.where(rows.videos.label == 0, "", rows.videos.method))
    fakes = np.unique(codes[inside & (rows.videos.label == 1)]).tolist()
    parts = np.zeros(len(codes), np.int64)
    for part, at in enumerate(fakes, 1):
        parts[(codes == at) & (rows.videos.label == 1)] = part
    every = tuple(range(1, len(fakes) + 1))
    slices = [Slice(name, (0,), every)]
    slices += [Slice(f"{name}\0{methods[at]}", (0,), (part,)) for part, at in enumerate(fakes, 1)]
    return Cut(inside, parts, tuple(slices))


def mean_level(levels: Sequence[Level], draws: int) -> Level:
    """Of data sets: they are drawn independently, so the draws of the mean are the means of their draws."""
    if not levels:
        return Level(np.full(len(METRICS), math.nan), np.full((draws, len(METRICS)), math.nan))
    return Level(np.mean([one.values for one in levels], axis=0), np.mean([one.draws for one in levels], axis=0))


def gap(best: Level, worst: Level, metric: str) -> Interval:
    """By how much one exceeds the other in the same draws."""
    (high, of_high), (low, of_low) = best.of(metric), worst.of(metric)
    return interval(high - low, of_high - of_low)


def by_label(rows: Rows, inside: Bool[np.ndarray, " C"], name: str) -> Cut:
    """All the fakes of some clips against all their reals."""
    return Cut(inside, rows.videos.label, (Slice(name, (0,), (1,)),))
