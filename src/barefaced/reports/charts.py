"""Drawings of an evaluation: ROC, score histograms, reliability, curves of robustness.

Alphabet: P points. Rates are shares in [0, 1]. Figures are objects of their own and fit a phone: 4.6 inches wide at
most, two side by side on a screen.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import roc_curve

from barefaced.reports.figures import BLUE, COLOURS, GREY, LETTERS, STYLES, VERMILION, finish
from barefaced.values.evaluation import Reliability
from barefaced.values.scores import Interval, VideoScores

SIZE = (4.6, 3.6)
LOWEST = 1e-3
"""Where the low end of the false-alarm axis is cut."""


def roc(videos: VideoScores, *, low: bool = False) -> Figure | None:
    """Draw the ROC of each data set; None where no data set has both classes.

    Args:
        low: false alarms on a logarithmic axis, so that the low rates are seen.
    """
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.add_subplot()
    shown = 0
    for name in sorted(set(videos.dataset)):
        inside = videos.dataset == name
        labels = videos.label[inside]
        if len(set(labels.tolist())) < 2:
            continue
        false_alarms, hits, _ = roc_curve(labels, videos.fakeness[inside])
        colour, style = COLOURS[shown % len(COLOURS)], STYLES[shown // len(COLOURS) % len(STYLES)]
        drawing = "steps-post" if low else "default"
        axes.plot(false_alarms, hits, color=colour, linestyle=style, linewidth=2, label=name, drawstyle=drawing)
        shown += 1
    if not shown:
        return None
    if low:
        axes.set_xscale("log")
        axes.set_xlim(LOWEST, 1)
        chance = np.geomspace(LOWEST, 1, 50)
    else:
        axes.set_xlim(-0.01, 1.01)
        chance = np.array([0, 1])
    axes.plot(chance, chance, color=GREY, linewidth=0.9, linestyle=":")
    axes.set_ylim(-0.01, 1.01)
    finish(axes, "ROC at low false-alarm rates" if low else "ROC", "false-alarm rate", "share of fakes found")
    axes.legend(loc="upper left" if low else "lower right", fontsize=LETTERS - 1)
    return figure


def histogram(videos: VideoScores, inside: np.ndarray, thresholds: Sequence[tuple[str, float]], title: str) -> Figure:
    """Draw the scores of reals and fakes, with thresholds."""
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.add_subplot()
    scores = videos.fakeness[inside]
    low, high = min(0.0, float(scores.min())), max(1.0, float(scores.max()))
    bins = np.linspace(low, high, 26).tolist()
    for label, name, colour in ((0, "real", BLUE), (1, "fake", VERMILION)):
        kind = scores[videos.label[inside] == label]
        if len(kind):
            weights = np.full(len(kind), 1 / len(kind))
            text = f"{name}, {len(kind)}"
            axes.hist(kind, bins, weights=weights, histtype="stepfilled", color=colour, alpha=0.25)
            axes.hist(kind, bins, weights=weights, histtype="step", color=colour, linewidth=2, label=text)
    for name, threshold in thresholds:
        if low <= threshold <= high:
            # In the legend: beside the line it would stand over the bars.
            style = "--" if name == thresholds[0][0] else ":"
            axes.axvline(threshold, color=GREY, linewidth=1.4, linestyle=style, label=f"{name} {threshold:.2f}")
    finish(axes, title, "fakeness", "share of the clips")
    axes.set_ylim(top=1.35 * axes.get_ylim()[1])  # room for the legend over the bars
    axes.legend(fontsize=LETTERS - 2, loc="upper center", ncols=2)
    return figure


def reliability(parts: Mapping[str, Reliability]) -> Figure:
    """Draw the share of fakes against fakeness, a line a data set; a dot's size is its number of clips."""
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.add_subplot()
    axes.plot((0, 1), (0, 1), color=GREY, linewidth=0.9, linestyle=":")
    for at, (name, one) in enumerate(parts.items()):
        colour, style = COLOURS[at % len(COLOURS)], STYLES[at // len(COLOURS) % len(STYLES)]
        axes.plot(one.fakeness, one.share, color=colour, linestyle=style, linewidth=1.6, label=name)
        largest = max(one.clips, default=1)
        axes.scatter(one.fakeness, one.share, s=[8 + 30 * clips / largest for clips in one.clips], color=colour)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    finish(axes, "Reliability", "fakeness, mean of the bin", "share of fakes in the bin")
    axes.legend(fontsize=LETTERS - 1, loc="upper left")
    return figure


def strengths(name: str, unit: str, points: Sequence[tuple[str, Interval]]) -> Figure:
    """Draw AUC against the strengths of one corruption, from `clean` on; a band from bound to bound."""
    figure = Figure(figsize=(3.4, 2.6), layout="constrained")
    axes = figure.add_subplot()
    values = [one.value for _, one in points]
    low, high = ([getattr(one, side) for _, one in points] for side in ("low", "high"))
    at = range(len(points))
    if all(math.isfinite(bound) for bound in (*low, *high)):
        axes.fill_between(at, low, high, color=BLUE, alpha=0.2, linewidth=0)
    axes.plot(at, values, color=BLUE, marker="o", linewidth=2)
    axes.axhline(0.5, color=GREY, linewidth=0.9, linestyle=":")
    axes.set_xticks(list(at), [label for label, _ in points])
    axes.set_ylim(min(0.4, *(bound for bound in (*low, *values) if math.isfinite(bound))) - 0.02, 1.02)
    finish(axes, name, unit, "video AUC")
    return figure
