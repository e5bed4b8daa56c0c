"""A table of scores, indexed once, and its metrics at both levels with the draws behind their bounds.

Alphabet: N rows (frames), C clips, M metrics in the order of `evaluation.METRICS`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64, Int, Int64

from barefaced.metrics import calibration, ranking
from barefaced.metrics.bootstrap.binned import LOW_FPR, LOWEST_FPR
from barefaced.metrics.bootstrap.confidence_interval import (
    BootstrapTable,
    Contrast,
    Name,
    Stratum,
    count_rows,
    draw_metrics,
    interval,
    number_origins,
)
from barefaced.metrics.score_columns import factorize
from barefaced.metrics.score_rows import with_rows
from barefaced.metrics.thresholds import for_moments
from barefaced.values.card import Thresholds
from barefaced.values.dataset import REAL
from barefaced.values.evaluation import METRICS, Count, LevelMetrics, SetReport
from barefaced.values.scores import Interval, ScoreTable, VideoScores

LEVELS = ("frame", "video")


@dataclass(frozen=True)
class IndexedScores:
    """A table of scores with its clips and origins as numbers."""

    videos: VideoScores
    origin: Int64[np.ndarray, " C"]
    strata: tuple[Stratum, ...]
    clip_at: Int64[np.ndarray, " N"]
    """The position of each frame's clip."""
    fakeness: Float[np.ndarray, " N"]


@dataclass(frozen=True)
class LevelDraws:
    """The metrics at one level and the draws behind their bounds."""

    values: Float64[np.ndarray, " M"]
    draws: Float64[np.ndarray, "draws M"]

    def metrics(self) -> LevelMetrics:
        """Give each metric its interval, for the report."""
        named = {
            name: interval(float(self.values[column]), self.draws[:, column], centred=name == "ece")
            for column, name in enumerate(METRICS)
        }
        return LevelMetrics(**named, draws=int(np.isfinite(self.draws[:, 0]).sum()))

    def of(self, metric: str) -> tuple[float, Float64[np.ndarray, " draws"]]:
        """Give the value of one metric and its draws."""
        column = METRICS.index(metric)
        return float(self.values[column]), self.draws[:, column]


@dataclass(frozen=True)
class PartDraws:
    """One stretch of a table (a data set, a method against its reals, a group) at both levels."""

    frame: LevelDraws
    video: LevelDraws
    counts: dict[str, Count]

    def report(self) -> SetReport:
        """Give the metrics and counts, for the report."""
        return SetReport(frame=self.frame.metrics(), video=self.video.metrics(), counts=self.counts)


@dataclass(frozen=True)
class Partition:
    """What is measured in one go: clips by part, and the parts against each other."""

    keep: Bool[np.ndarray, " C"]
    parts: Int64[np.ndarray, " C"]
    """Of each clip; those not kept have any."""
    contrasts: tuple[Contrast, ...]


def index_scores(table: ScoreTable, seed: int) -> IndexedScores:
    """Index a table for `measure_partitions`.

    Args:
        table: the scores; the order of the rows does not matter.
        seed: of the bootstrap, not negative.

    Raises:
        DataError, InputError: as `score_rows.by_video`.
    """
    videos, clip_at = with_rows(table)
    # A clip of unknown origin is its own; the mark keeps its id from being taken for somebody's origin.
    origin = np.where(videos.origin == "", "?" + videos.clip.astype(object), "=" + videos.origin.astype(object))
    numbers, strata = number_origins(videos.dataset, origin, seed)
    return IndexedScores(videos, numbers, strata, clip_at, table.fakeness)


def measure_partitions(
    rows: IndexedScores, partitions: Mapping[Name, Partition], thresholds: Sequence[Thresholds], draws: int
) -> dict[Name, dict[tuple[str, ...], PartDraws]]:
    """Measure every contrast of every partition, by the names of both.

    Args:
        thresholds: rising by their moments. Videos are measured at the row for the median number of their partition's
            frames, frames at that for one.

    Raises:
        InputError: see `ranking.check_rows`.
    """
    single = len(rows.fakeness) == len(rows.videos.clip)
    origins = sum(stratum.count for stratum in rows.strata)
    tables: dict[tuple[Name, str], BootstrapTable] = {}
    values: dict[tuple[Name, str, tuple[str, ...]], Float64[np.ndarray, " M"]] = {}
    for name, partition in partitions.items():
        for level in LEVELS[1:] if single else LEVELS:
            labels, scores, clip = _level(rows, partition.keep, level)
            parts = partition.parts[clip]
            frames = rows.videos.frames[partition.keep]
            chosen = for_moments(thresholds, int(np.median(frames)) if level == "video" and len(frames) else 1)
            tables[name, level] = count_rows(
                labels, scores, rows.origin[clip], origins, parts, partition.contrasts, chosen
            )
            for contrast in partition.contrasts:
                inside = np.isin(parts, (*contrast.reals, *contrast.fakes))
                values[name, level, contrast.name] = _values(labels[inside], scores[inside], chosen)
    drawn = draw_metrics(tables, rows.strata, draws)

    def level_draws(name: Name, level: str, contrast: Contrast) -> LevelDraws:
        level = "video" if single else level
        return LevelDraws(values[name, level, contrast.name], drawn[name, level][contrast.name])

    return {
        name: {
            contrast.name: PartDraws(
                level_draws(name, "frame", contrast),
                level_draws(name, "video", contrast),
                _counts(rows.videos, partition, contrast),
            )
            for contrast in partition.contrasts
        }
        for name, partition in partitions.items()
    }


def _level(
    rows: IndexedScores, keep: Bool[np.ndarray, " C"], level: str
) -> tuple[Int64[np.ndarray, " R"], Float[np.ndarray, " R"], Int64[np.ndarray, " R"]]:
    """Labels, scores and the clip of each row at one level, of the clips in `keep`."""
    if level == "video":
        clip = np.flatnonzero(keep)
        return rows.videos.label[clip], rows.videos.fakeness[clip], clip
    inside = keep[rows.clip_at]
    clip = rows.clip_at[inside]
    return rows.videos.label[clip], rows.fakeness[inside], clip


def _counts(videos: VideoScores, partition: Partition, contrast: Contrast) -> dict[str, Count]:
    counts = {}
    for name, side in ((REAL, contrast.reals), ("fake", contrast.fakes)):
        inside = partition.keep & np.isin(partition.parts, side)
        counts[name] = Count(int(inside.sum()), int(videos.frames[inside].sum()))
    return counts


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


def split_by_method(rows: IndexedScores, inside: Bool[np.ndarray, " C"]) -> Partition:
    """Split a data set: all its fakes, and each method alone, against all its reals."""
    codes, methods = factorize(np.where(rows.videos.label == 0, "", rows.videos.method))
    fakes = np.unique(codes[inside & (rows.videos.label == 1)]).tolist()
    parts = np.zeros(len(codes), np.int64)
    for part, method in enumerate(fakes, 1):
        parts[(codes == method) & (rows.videos.label == 1)] = part
    whole = Contrast((), (0,), tuple(range(1, len(fakes) + 1)))
    alone = (Contrast((str(methods[method]),), (0,), (part,)) for part, method in enumerate(fakes, 1))
    return Partition(inside, parts, (whole, *alone))


def mean_level(levels: Sequence[LevelDraws], draws: int) -> LevelDraws:
    """Average data sets: they are drawn independently, so the draws of the mean are the means of their draws."""
    if not levels:
        return LevelDraws(np.full(len(METRICS), math.nan), np.full((draws, len(METRICS)), math.nan))
    return LevelDraws(
        np.mean([level.values for level in levels], axis=0), np.mean([level.draws for level in levels], axis=0)
    )


def metric_gap(best: LevelDraws, worst: LevelDraws, metric: str) -> Interval:
    """Tell by how much one exceeds the other in the same draws."""
    (high, of_high), (low, of_low) = best.of(metric), worst.of(metric)
    return interval(high - low, of_high - of_low)


def split_by_label(rows: IndexedScores, inside: Bool[np.ndarray, " C"]) -> Partition:
    """Split clips: all their fakes against all their reals."""
    return Partition(inside, rows.videos.label, (Contrast((), (0,), (1,)),))
