"""From a table of scores to the numbers of a report, each with its interval.

Alphabet: N rows (frames), C clips, M metrics in the order of `uncertainty.METRICS`.
A method is measured against all the reals of its data set. The mean over data sets is of those that have both classes.
"""

import importlib.metadata
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64

from barefaced.errors import DataError
from barefaced.metrics import ranking
from barefaced.metrics.tables import code, with_rows
from barefaced.metrics.uncertainty import METRICS, bootstrap, interval
from barefaced.types import (
    REAL,
    Count,
    Coverage,
    EvaluationReport,
    LevelMetrics,
    MeanReport,
    ScoreTable,
    SetReport,
    VideoScores,
)

PROTOCOL = {
    "frame": "every assessed crop of the clip's subject is one row",
    "video": "one row per clip id; its score is the mean fakeness of its rows",
    "auc": "area under the ROC curve, ties count half",
    "eer": "equal error rate, by straight lines between the points of the ROC curve",
    "ap": "average precision, not interpolated",
    "interval": "95 %, percentile, bootstrap over origins: a real clip, its forgeries and their frames move together",
    "mean": "over the data sets that have real and fake clips",
}
"""What `evaluate` does, for the report."""

PACKAGES = ("barefaced", "numpy", "scipy", "scikit-learn")


@dataclass(frozen=True)
class Rows:
    """The table in numbers, sorted out once."""

    videos: VideoScores
    origin: Int64[np.ndarray, " C"]
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
        named = {name: interval(float(self.values[at]), self.draws[:, at]) for at, name in enumerate(METRICS)}
        return LevelMetrics(**named, draws=int(np.isfinite(self.draws).all(axis=1).sum()))


def evaluate(
    table: ScoreTable,
    seed: int,
    draws: int = 2000,
    not_assessed: Mapping[str, str] | None = None,
    excluded: Mapping[str, str] | None = None,
    protocol: Mapping[str, str] | None = None,
) -> EvaluationReport:
    """Measure a detector on the clips it assessed.

    Args:
        table: the scores; the order of the rows does not matter.
        seed: of the bootstrap, not negative. A data set's intervals depend on it and on that data set alone.
        draws: of the bootstrap.
        not_assessed: clip to reason, for the clips that have no score. They are counted and named, never scored.
        excluded: clip to reason, for the clips left out on purpose.
        protocol: name to sentence: what the caller did before (crops, model, thresholds).

    Raises:
        DataError: see `tables.by_video`; or a clip is both scored and not assessed.
        InputError: a score that is NaN or infinite; its row is named.
    """
    videos, clip_at = with_rows(table)
    not_assessed, excluded = dict(not_assessed or {}), dict(excluded or {})
    _disjoint(videos, not_assessed | excluded)
    warnings = []
    unknown = videos.origin == ""
    if unknown.any():
        warnings.append(f"{unknown.sum()} clips have no known origin: each counts as its own in the intervals")
    rows = Rows(videos, code(np.where(unknown, videos.clip, videos.origin))[0], clip_at, table.fakeness)
    pooled, _, _ = _measure(rows, np.ones(len(videos.clip), bool), [seed], draws)
    sets, levels = {}, {}
    for name in code(videos.dataset)[1]:
        sets[name], levels[name] = _measure_set(rows, name, seed, draws)
        warnings += _warnings(name, sets[name], draws)
    if not_assessed:
        given = len(videos.clip) + len(not_assessed)
        warnings.append(f"{len(not_assessed)} of {given} clips could not be assessed and are in no metric")
    return EvaluationReport(
        pooled=pooled,
        mean=_mean(levels, draws),
        sets=sets,
        coverage=Coverage(assessed=len(videos.clip), not_assessed=not_assessed),
        excluded=excluded,
        warnings=tuple(warnings),
        protocol=PROTOCOL | dict(protocol or {}),
        seed=seed,
        draws=draws,
        versions={name: importlib.metadata.version(name) for name in PACKAGES},
    )


def _disjoint(videos: VideoScores, without: dict[str, str]) -> None:
    both = sorted(set(videos.clip) & set(without))
    if both:
        raise DataError(
            expected="a clip either scored or left out with a reason",
            got=f"{both[0]} with scores and the reason {without[both[0]]!r} ({len(both)} such clips)",
            fix="Take its rows out of the scores, or its name off the list.",
        )


def _measure_set(rows: Rows, name: str, seed: int, draws: int) -> tuple[SetReport, tuple[Level, Level]]:
    inside = rows.videos.dataset == name
    report, frame, video = _measure(rows, inside, [seed, *name.encode()], draws)
    methods = {}
    for method in code(rows.videos.method[inside & (rows.videos.label == 1)])[1]:
        keep = inside & ((rows.videos.method == method) | (rows.videos.method == REAL))
        methods[method], _, _ = _measure(rows, keep, [seed, *f"{name}/{method}".encode()], draws)
    worst_first = sorted(methods, key=lambda method: (_or_last(methods[method].video.auc.value), method))
    return replace(report, methods={method: methods[method] for method in worst_first}), (frame, video)


def _or_last(value: float) -> float:
    return math.inf if math.isnan(value) else value


def _measure(rows: Rows, keep: Bool[np.ndarray, " C"], seed: list[int], draws: int) -> tuple[SetReport, Level, Level]:
    """Of the clips in `keep`. Both levels are drawn over the same origins with one seed."""
    videos = rows.videos
    origin = np.zeros(len(keep), np.int64)
    origin[keep] = np.unique(rows.origin[keep], return_inverse=True)[1]
    inside = keep[rows.clip_at]
    of_frame = rows.clip_at[inside]
    video = _level(videos.label[keep], videos.fakeness[keep], origin[keep], seed, draws)
    frame = _level(videos.label[of_frame], rows.fakeness[inside], origin[of_frame], seed, draws)
    classes = {REAL: keep & (videos.label == 0), "fake": keep & (videos.label == 1)}
    counts = {name: Count(int(of.sum()), int(videos.frames[of].sum())) for name, of in classes.items()}
    return SetReport(frame=frame.metrics(), video=video.metrics(), counts=counts), frame, video


def _level(
    labels: Int64[np.ndarray, " N"],
    scores: Float[np.ndarray, " N"],
    origins: Int64[np.ndarray, " N"],
    seed: list[int],
    draws: int,
) -> Level:
    values = [
        ranking.auc(labels, scores),
        ranking.eer(labels, scores),
        ranking.average_precision(labels, scores),
    ]
    return Level(np.array(values), bootstrap(labels, scores, origins, np.random.default_rng(seed), draws))


def _mean(levels: dict[str, tuple[Level, Level]], draws: int) -> MeanReport:
    """Data sets are drawn independently, so the draws of the mean are the means of their draws."""
    both = {name: pair for name, pair in levels.items() if np.isfinite(pair[1].values).all()}
    frame, video = (_mean_level([pair[at] for pair in both.values()], draws) for at in (0, 1))
    return MeanReport(frame=frame.metrics(), video=video.metrics(), sets=tuple(both))


def _mean_level(levels: list[Level], draws: int) -> Level:
    if not levels:
        return Level(np.full(len(METRICS), math.nan), np.full((draws, len(METRICS)), math.nan))
    return Level(
        np.mean([level.values for level in levels], axis=0), np.mean([level.draws for level in levels], axis=0)
    )


def _warnings(name: str, report: SetReport, draws: int) -> list[str]:
    if math.isnan(report.video.auc.value):
        lacking = next(kind for kind, count in report.counts.items() if not count.clips)
        return [f"{name} has no {lacking} clip: its metrics are undefined"]
    said = []
    for label, part in ((name, report), *((f"{name}, {method}", part) for method, part in report.methods.items())):
        if part.video.draws == 0:
            said.append(f"{label}: fewer than 2 origins with a real or with a fake clip, so no interval")
        elif part.video.draws < draws:
            said.append(f"{label}: {draws - part.video.draws} of {draws} draws lacked a class and were dropped")
    return said
