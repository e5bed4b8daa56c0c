"""An evaluation as one HTML file: what was measured, how, how far to trust it, and where it went wrong.

S crop side, RGB uint8.
"""

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np
from jaxtyping import UInt8
from markupsafe import Markup

from barefaced.reports import charts, page
from barefaced.reports.evaluation import interval_text, p_text
from barefaced.reports.promises import promise
from barefaced.values.evaluation import Case, EvaluationReport, LevelMetrics
from barefaced.values.scores import VideoScores

FIRST_COLUMNS = {"auc": "AUC", "eer": "EER", "tpr_at_fpr_1": "found at 1 % false alarms"}
"""The metrics that most people want, in words."""
MORE_COLUMNS = {
    "ap": "AP",
    "pauc_fpr_1": "pAUC to 1 %",
    "tpr_at_fpr_0_1": "found at 0.1 %",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "false_alarms": "false alarms at the stored threshold",
    "found": "found at the stored threshold",
    "ece": "calibration error, real and fake weighed alike",
    "brier": "Brier score",
}
"""The others."""
MOST_NAMED = 200
"""Clips that a list names; the JSON has them all."""


def html(
    report: EvaluationReport, videos: VideoScores, pictures: Mapping[str, UInt8[np.ndarray, "S S 3"]] | None = None
) -> str:
    """Write the page.

    Args:
        report: the numbers.
        videos: the scores behind them, for the drawings.
        pictures: a crop by clip, of the worst cases where there are stores.
    """
    coverage = report.coverage
    return page.render(
        "evaluation.html",
        report=report,
        first_columns=FIRST_COLUMNS,
        more_columns=MORE_COLUMNS,
        interval_text=interval_text,
        p_text=p_text,
        finite=math.isfinite,
        promise=promise,
        interval=_interval,
        reasons=Counter(coverage.not_assessed.values()).most_common(),
        excluded=Counter(report.excluded.values()).most_common(),
        named=list(coverage.not_assessed.items())[:MOST_NAMED],
        drawings=_drawings(report, videos),
        chosen=bool(report.thresholds.real_clips),
        cases=_cases(report, pictures or {}),
        single=all(count.clips == count.frames for count in report.pooled.counts.values()),
        several=len(report.sets) > 1,
    )


def _interval(level: LevelMetrics, name: str) -> Markup:
    """Value and bounds for a cell."""
    text = interval_text(getattr(level, name))
    value, _, rest = text.partition(" ")
    return Markup("{} <small>{}</small>").format(value, rest) if rest else Markup("{}").format(value)


def _cases(
    report: EvaluationReport, pictures: Mapping[str, UInt8[np.ndarray, "S S 3"]]
) -> list[tuple[str, str, list[tuple[Case, str]]]]:
    """List the worst clips of each class: a title, what they are, and each with its picture.

    Errors are cut at the threshold of 1 % false alarms. Where nothing chose one there are no errors, only extremes. A
    class without a clip has no list.
    """
    thresholds, count = report.thresholds, report.pooled.counts
    real, fake = report.false_alarms, report.misses
    if thresholds.real_clips:
        real = tuple(case for case in real if case.fakeness >= thresholds.fpr_1)
        fake = tuple(case for case in fake if case.fakeness < thresholds.fpr_1)
        line = f"the stored threshold of 1 % false alarms, {thresholds.fpr_1:.3f}"
        titles = (
            ("False alarms", f"Real clips at or over {line}, the highest first."),
            (
                "Misses",
                f"Forged clips under {line}, the lowest first.",
            ),
        )
    else:
        titles = (
            ("Highest-scored reals", "No threshold was chosen, so none of them is called a false alarm."),
            (
                "Lowest-scored fakes",
                "No threshold was chosen, so none of them is called a miss.",
            ),
        )
    return [
        (title, what, [(case, page.picture(pictures[case.clip]) if case.clip in pictures else "") for case in cases])
        for (title, what), cases, kind in zip(titles, (real, fake), ("real", "fake"), strict=True)
        if count[kind].clips
    ]


def _drawings(report: EvaluationReport, videos: VideoScores) -> list[Markup]:
    drawn = []
    for low in (False, True):
        figure = charts.roc(videos, low=low)
        if figure is not None:
            alt = "ROC of each data set, false alarms on a logarithmic axis" if low else "ROC of each data set"
            drawn.append(page.drawing(figure, f"roc-{int(low)}", alt))
    if report.reliability:
        alt = "share of fakes against fakeness, by data set; the diagonal is perfect calibration"
        drawn.append(page.drawing(charts.reliability(report.reliability), "reliability", alt))
    marks = [("equal error", report.thresholds.eer), ("1 % false alarms", report.thresholds.fpr_1)]
    if not report.thresholds.real_clips:
        marks = [("threshold", report.thresholds.eer)]
    for at, name in enumerate(report.sets):
        inside = videos.dataset == name
        figure = charts.histogram(videos, inside, marks, f"Scores: {name}")
        drawn.append(page.drawing(figure, f"scores-{at}", f"histogram of the scores of {name}, reals and fakes"))
    return drawn
