"""From scores to the numbers of a report, each with its interval.

Alphabet: N rows (frames), C clips.
A method is measured against all the reals of its data set. The mean over data sets is of those that have both classes.
"""

import importlib.metadata
import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Int64, Shaped

from barefaced.errors import BadConfig, DataError
from barefaced.metrics.bootstrap.confidence_interval import Contrast
from barefaced.metrics.bootstrap.table import (
    IndexedScores,
    PartDraws,
    Partition,
    index_scores,
    mean_level,
    measure_partitions,
    metric_gap,
    split_by_label,
    split_by_method,
)
from barefaced.metrics.calibration import reliability
from barefaced.metrics.clip_names import collisions
from barefaced.metrics.ranking import has_both
from barefaced.metrics.score_columns import factorize
from barefaced.values.dataset import REAL
from barefaced.values.evaluation import (
    UNCHOSEN,
    Case,
    Comparison,
    Coverage,
    EvaluationReport,
    GroupReport,
    MeanReport,
    Model,
    Reliability,
    ScoreFile,
    SetReport,
)
from barefaced.values.scores import Interval, ScoreTable, VideoScores

PROTOCOL = {
    "frame": "every assessed crop of the clip's subject is one row",
    "video": "one row per clip id; its score is the mean fakeness of its rows",
    "auc": "area under the ROC curve, ties count half",
    "eer": "equal error rate, by straight lines between the points of the ROC curve",
    "ap": "average precision, not interpolated",
    "pauc": "area under the ROC curve up to 1 % false alarms, standardised (McClish): .5 is chance",
    "calibration error": "real and fake weighed alike, 15 bins of equal weight; over 0 by chance alone, the more so "
    "the fewer the rows",
    "threshold": "of videos that for the median number of a set's frames, of frames that for one",
    "interval": "95 %, percentile, bootstrap over origins: a real clip, its forgeries and their frames move together",
    "mean": "over the data sets that have real and fake clips",
}
"""What `evaluate` does, for the report."""

PACKAGES = ("barefaced", "numpy", "scipy", "scikit-learn")
POOLED = "pooled"
CASES = 12
"""Worst false alarms and misses that are named."""


def evaluate(
    table: ScoreTable,
    seed: int,
    draws: int = 2000,
    not_assessed: Mapping[str, str] | None = None,
    excluded: Mapping[str, str] | None = None,
    protocol: Mapping[str, str] | None = None,
) -> EvaluationReport:
    """Measure scores of which no more is known than their table; see `evaluate_file`."""
    return evaluate_file(
        ScoreFile(table, Model("scores"), dict(not_assessed or {}), dict(excluded or {}), dict(protocol or {})),
        seed,
        draws,
    )


def evaluate_file(
    file: ScoreFile, seed: int, draws: int = 2000, by: Sequence[str] = (), comparisons: Sequence[Comparison] = ()
) -> EvaluationReport:
    """Measure a detector on the clips it assessed.

    Args:
        file: the scores; the order of the rows does not matter.
        seed: of the bootstrap, not negative. A data set's intervals depend on it and on that data set alone.
        draws: of the bootstrap; 0: no intervals.
        by: columns whose values are groups to be measured apart.
        comparisons: with other detectors, to be told in the report.

    Raises:
        DataError: see `score_rows.by_video`; or a clip is both scored and not assessed.
        BadConfig: a column of `by` that is not there.
        InputError: a score that is NaN or infinite; its row is named.
    """
    rows = index_scores(file.table, seed)
    videos = rows.videos
    _disjoint(videos, file.not_assessed | file.excluded)
    sets = list(factorize(videos.dataset)[1])
    partitions = {(POOLED,): split_by_label(rows, np.ones(len(videos.clip), bool))}
    partitions |= {("set", name): split_by_method(rows, videos.dataset == name) for name in sets}
    columns = {name: _of_clips(file, name, rows) for name in by}
    partitions |= {("by", name): _split_by_group(videos, column) for name, column in columns.items()}
    parts = measure_partitions(rows, partitions, (*file.fewer, file.thresholds), draws)
    reports = {name: _set_report(parts["set", name]) for name in sets}
    both = {name: parts["set", name][()] for name in sets if math.isfinite(reports[name].video.auc.value)}
    mean = MeanReport(
        frame=mean_level([part.frame for part in both.values()], draws).metrics(),
        video=mean_level([part.video for part in both.values()], draws).metrics(),
        sets=tuple(both),
    )
    groups = tuple(_group_report(name, parts["by", name]) for name in by)
    coverage = Coverage(assessed=len(videos.clip), not_assessed=file.not_assessed)
    return EvaluationReport(
        model=file.model,
        pooled=parts[(POOLED,)][()].report(),
        mean=mean,
        sets=reports,
        coverage=coverage,
        excluded=file.excluded,
        warnings=_warnings(videos, reports, coverage, file, draws),
        protocol=PROTOCOL | file.protocol,
        thresholds=file.thresholds,
        fewer=file.fewer,
        reliability={name: curve for name in sets if (curve := _reliability(videos, videos.dataset == name))},
        false_alarms=_cases(videos, 0),
        misses=_cases(videos, 1),
        groups=groups,
        comparisons=tuple(comparisons),
        seed=seed,
        draws=draws,
        versions={name: importlib.metadata.version(name) for name in PACKAGES},
        hardware=f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
    )


def _disjoint(videos: VideoScores, without: dict[str, str]) -> None:
    both = sorted(set(videos.clip) & set(without))
    if both:
        raise DataError(
            expected="a clip either scored or left out with a reason",
            got=f"{both[0]} with scores and the reason {without[both[0]]!r} ({len(both)} such clips)",
            fix="Take its rows out of the scores, or its name off the list.",
        )


def _split_by_group(videos: VideoScores, column: Shaped[np.ndarray, " C"]) -> Partition:
    codes, names = factorize(column)
    contrasts = tuple(Contrast((str(name),), (2 * at,), (2 * at + 1,)) for at, name in enumerate(names) if name)
    return Partition(column != "", 2 * codes + videos.label, contrasts)


def _of_clips(file: ScoreFile, name: str, rows: IndexedScores) -> Shaped[np.ndarray, " C"]:
    """A column's value for each clip."""
    own = {"method": file.table.method, "dataset": file.table.dataset}
    columns = own | file.groups
    if name not in columns:
        raise BadConfig(
            expected="a column to group by",
            got=repr(name),
            fix=f"There are: {', '.join(columns)}. Give others with --attributes.",
        )
    value = np.empty(len(rows.videos.clip), object)
    value[rows.clip_at] = columns[name]
    differs = np.flatnonzero(value[rows.clip_at] != columns[name])
    if differs.size:
        at = differs[0]
        raise DataError(
            expected=f"one {name} for the clip {file.table.clip[at]}",
            got=f"{columns[name][at]} in row {at} and {value[rows.clip_at[at]]} in another",
            fix="Groups are of clips: give all rows of a clip one value.",
        )
    return value


def _set_report(parts: dict[tuple[str, ...], PartDraws]) -> SetReport:
    methods = {name[0]: part.report() for name, part in parts.items() if name}
    return replace(parts[()].report(), methods=_worst_first(methods))


def _worst_first(parts: dict[str, SetReport]) -> dict[str, SetReport]:
    def order(name: str) -> tuple[float, str]:
        value = parts[name].video.auc.value
        return (math.inf if math.isnan(value) else value, name)

    return {name: parts[name] for name in sorted(parts, key=order)}


def _group_report(column: str, parts: dict[tuple[str, ...], PartDraws]) -> GroupReport:
    groups = _worst_first({name: part.report() for (name,), part in parts.items()})
    measurable = [name for name, part in groups.items() if math.isfinite(part.video.auc.value)]
    if len(measurable) < 2:
        return GroupReport(column, groups, Interval(math.nan, math.nan, math.nan))
    worst, best = measurable[0], measurable[-1]
    return GroupReport(column, groups, metric_gap(parts[best,].video, parts[worst,].video, "auc"), best, worst)


def _reliability(videos: VideoScores, inside: Bool[np.ndarray, " C"]) -> Reliability | None:
    fakeness = videos.fakeness[inside]
    if ((fakeness < 0) | (fakeness > 1)).any() or not has_both(videos.label[inside]):
        return None
    return reliability(videos.label[inside], fakeness)


def _cases(videos: VideoScores, label: int) -> tuple[Case, ...]:
    """The clips of one label farthest on the wrong side, the worst first."""
    of: Int64[np.ndarray, " R"] = np.flatnonzero(videos.label == label)
    score: Float[np.ndarray, " R"] = videos.fakeness[of] if label else -videos.fakeness[of]
    return tuple(
        Case(str(videos.clip[at]), str(videos.dataset[at]), str(videos.method[at]), float(videos.fakeness[at]))
        for at in of[np.argsort(score, kind="stable")[:CASES]]
    )


def _warnings(
    videos: VideoScores, reports: dict[str, SetReport], coverage: Coverage, file: ScoreFile, draws: int
) -> tuple[str, ...]:
    said = []
    unknown = int((videos.origin == "").sum())
    if unknown:
        said.append(f"{unknown} clips have no known origin: each counts as its own in the intervals")
    said += collisions(videos)
    if ((videos.fakeness < 0) | (videos.fakeness > 1)).any():
        said.append("scores outside [0, 1] are no probabilities: no calibration error and no Brier score")
    if file.thresholds.fpr_1 == UNCHOSEN.fpr_1 and not file.thresholds.real_clips:
        said.append(f"accuracy is at the threshold {file.thresholds.eer:g}, which nothing chose")
    for name, report in reports.items():
        said += _of_set(name, report, draws)
    if coverage.not_assessed:
        lost = len(coverage.not_assessed)
        said.append(f"{lost} of {coverage.given} clips could not be assessed and are in no metric")
    return tuple(said)


def _of_set(name: str, report: SetReport, draws: int) -> list[str]:
    if math.isnan(report.video.auc.value):
        lacking = next(kind for kind in (REAL, "fake") if not report.counts[kind].clips)
        return [f"{name} has no {lacking} clip: its metrics are undefined"]
    said = []
    for label, part in ((name, report), *((f"{name}, {method}", part) for method, part in report.methods.items())):
        if draws and part.video.draws == 0:
            said.append(f"{label}: fewer than 2 origins with a real or with a fake clip, so no interval")
        elif part.video.draws < draws:
            said.append(f"{label}: {draws - part.video.draws} of {draws} draws lacked a class and were dropped")
    return said
