"""Pictures: ROC curves, scores over time, strips of crops, training curves, and one picture that shows them together.

Alphabet: S crop side, P points. Crops are RGB uint8, times seconds, fakeness in [0, 1].
Figures are objects of their own: nothing here touches pyplot or its global state. Colours are Okabe and Ito's, told
apart by the colour-blind; real and fake differ in line style too. Text stays readable at 1,200 px.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import matplotlib
import numpy as np
from jaxtyping import Float, UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from sklearn.metrics import roc_auc_score, roc_curve

from barefaced.errors import InputError
from barefaced.runtime.files import write_bytes
from barefaced.values.card import Thresholds
from barefaced.values.dataset import REAL
from barefaced.values.scores import TrackScore, VideoScores

Crop = UInt8[np.ndarray, "S S 3"]

BLUE, VERMILION, GREY = "#0072B2", "#D55E00", "#6E6E6E"
COLOURS = (VERMILION, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLES = ("-", "--", "-.", ":")
FORMATS = (".svg", ".png")
LETTERS = 11
"""Points; at 100 dots an inch some 15 px."""


def save(figure: Figure, path: Path) -> None:
    """Write SVG or PNG by the path's suffix, whole or not at all.

    The same figure gives the same PNG, to the byte; matplotlib names the parts of an SVG by where they lay in memory.

    Raises:
        InputError: another suffix.
    """
    if path.suffix not in FORMATS:
        raise InputError(expected=f"a file name in {' or '.join(FORMATS)}", got=path.name, fix="Rename the picture.")
    stream = io.BytesIO()
    undated: dict[str, None] = {"Date": None} if path.suffix == ".svg" else {"Software": None}
    with matplotlib.rc_context({"svg.hashsalt": "barefaced"}):
        figure.savefig(stream, format=path.suffix[1:], metadata=undated)
    write_bytes(path, stream.getvalue())


def roc(videos: VideoScores) -> Figure:
    """Draw the ROC of each forgery method against all reals, the worst first in the legend.

    Raises:
        InputError: one class only.
    """
    figure = Figure(figsize=(6.4, 6), layout="constrained")
    _draw_roc(figure.add_subplot(), videos, _look(videos.method))
    return figure


def scores_over_time(tracks: Mapping[str, TrackScore], thresholds: Thresholds) -> Figure:
    """Draw fakeness over time, one line for each named track, with the thresholds of the verdict.

    A track named `real` is drawn as one.
    """
    figure = Figure(figsize=(9, 4), layout="constrained")
    _draw_scores(figure.add_subplot(), tracks, thresholds, _look(tracks))
    return figure


def crop_strip(rows: Mapping[str, Sequence[Crop]]) -> Figure:
    """Draw crops side by side, a named row each; a row may be shorter than the others.

    Raises:
        InputError: no crop at all.
    """
    height, width = _strip_shape(rows)
    figure = Figure(figsize=(1.6 + 1.3 * width, 1.3 * height), layout="constrained")
    _draw_strip(figure, rows)
    return figure


def curves(terms: Mapping[str, Float[np.ndarray, "P 2"]]) -> Figure:
    """Draw training terms over steps, a panel each: name to (step, value). The thick line is a running mean.

    Raises:
        InputError: no term.
    """
    if not terms:
        raise InputError(expected="at least one training term", got="none", fix="Train for a step first.")
    columns = min(3, len(terms))
    lines = -(-len(terms) // columns)
    figure = Figure(figsize=(4 * columns, 2.6 * lines), layout="constrained")
    for at, (name, points) in enumerate(terms.items()):
        axes = figure.add_subplot(lines, columns, at + 1)
        steps, values = points[:, 0], points[:, 1]
        axes.plot(steps, values, color=BLUE, alpha=0.35, linewidth=0.8)
        axes.plot(steps, _running_mean(values), color=BLUE, linewidth=2)
        finish(axes, name, "step" if at >= len(terms) - columns else "", "")
    return figure


def one_picture(
    rows: Mapping[str, Sequence[Crop]],
    tracks: Mapping[str, TrackScore],
    thresholds: Thresholds,
    videos: VideoScores,
    title: str,
) -> Figure:
    """Draw crops, scores over time and ROC on one sheet 1,200 px wide (at matplotlib's 100 dots an inch).

    Args:
        rows: `real` first, then one row for each forgery method, as `crop_strip`.
        tracks: a real and a fake clip that the model has not seen, as `scores_over_time`.
        thresholds: of the model's card.
        videos: scores of clips that the model has not seen, as `roc`.
        title: what was trained and tested on; one line.
    """
    height, width = _strip_shape(rows)
    strip = min(1.15, 10.2 / width) * height + 0.5
    figure = Figure(figsize=(12, strip + 5), layout="constrained")
    figure.suptitle(title, fontsize=LETTERS + 3, fontweight="bold")
    top, bottom = figure.subfigures(2, 1, squeeze=False, height_ratios=(strip, 4.6), hspace=0.02)[:, 0]
    _draw_strip(top, rows)
    left, right = bottom.subplots(1, 2, width_ratios=(1.45, 1))
    look = _look([*videos.method, *tracks])
    _draw_scores(left, tracks, thresholds, look)
    _draw_roc(right, videos, look)
    return figure


def _look(names: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Colour and line style by name: a method looks the same in every panel."""
    fakes = sorted(set(names) - {REAL})
    return {REAL: (BLUE, "--")} | {
        name: (COLOURS[at % len(COLOURS)], STYLES[at % len(STYLES)]) for at, name in enumerate(fakes)
    }


def _draw_roc(axes: Axes, videos: VideoScores, look: Mapping[str, tuple[str, str]]) -> None:
    fakes = sorted(set(videos.method[videos.label == 1]))
    if not fakes or not (videos.label == 0).any():
        raise InputError(
            expected="real and fake clips for a ROC curve",
            got=f"{(videos.label == 0).sum()} real and {(videos.label == 1).sum()} fake",
            fix="Score clips of both classes.",
        )
    drawn = []
    for method in fakes:
        colour, style = look[method]
        keep = (videos.label == 0) | (videos.method == method)
        labels, scores = videos.label[keep], videos.fakeness[keep]
        area = float(roc_auc_score(labels, scores))
        false_alarms, hits, _ = roc_curve(labels, scores)
        (line,) = axes.plot(
            false_alarms,
            hits,
            color=colour,
            linestyle=style,
            linewidth=2,
            label=f"{method}  {area:.3f}",
        )
        drawn.append((area, method, line))
    axes.plot((0, 1), (0, 1), color=GREY, linewidth=0.8, linestyle=":")
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    finish(axes, "ROC by method, per video", "false-alarm rate", "share of fakes found")
    axes.legend(
        handles=[line for *_, line in sorted(drawn, key=lambda one: one[:2])],
        title="area under the curve",
        loc="lower right",
        fontsize=LETTERS - 1,
        title_fontsize=LETTERS - 1,
    )


def _draw_scores(
    axes: Axes, tracks: Mapping[str, TrackScore], thresholds: Thresholds, look: Mapping[str, tuple[str, str]]
) -> None:
    for name, track in tracks.items():
        real = name == REAL
        axes.plot(
            [moment.seconds for moment in track.moments],
            [moment.fakeness for moment in track.moments],
            color=look[name][0],
            linestyle="--" if real else "-",
            marker="s" if real else "o",
            markersize=4,
            linewidth=1.8,
            label=f"{name}, mean {track.fakeness:.2f}",
        )
    for height, meaning, lift in (
        (thresholds.fpr_1, "likely forged\nfrom", "bottom"),
        (thresholds.eer, "no sign of\nforgery below", "top"),
    ):
        axes.axhline(height, color=GREY, linewidth=1, linestyle=":")
        # Beside the panel, where no line runs under it.
        axes.annotate(
            f"{meaning} {height:.2f}",
            (1, height),
            xycoords=("axes fraction", "data"),
            xytext=(5, 0),
            textcoords="offset points",
            verticalalignment=lift,
            fontsize=LETTERS - 1,
        )
    # Room for the words where a threshold is 0 or 1.
    axes.set_ylim(-0.08, 1.08)
    finish(axes, "Fakeness over time", "seconds", "fakeness")
    # Below the panel, where it hides neither a moment nor the title.
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3, frameon=False, fontsize=LETTERS - 1)


def _draw_strip(figure: Figure | SubFigure, rows: Mapping[str, Sequence[Crop]]) -> None:
    height, width = _strip_shape(rows)
    panels = figure.subplots(height, width, squeeze=False)
    for line, (name, crops) in zip(panels, rows.items(), strict=True):
        for at, axes in enumerate(line):
            axes.set_axis_off()
            if at < len(crops):
                axes.imshow(crops[at], interpolation="lanczos")
        line[0].text(
            -0.08,
            0.5,
            name,
            transform=line[0].transAxes,
            horizontalalignment="right",
            verticalalignment="center",
            fontsize=LETTERS,
            color=BLUE if name == REAL else "black",
            fontweight="bold" if name == REAL else "normal",
        )


def _strip_shape(rows: Mapping[str, Sequence[Crop]]) -> tuple[int, int]:
    width = max((len(crops) for crops in rows.values()), default=0)
    if not width:
        raise InputError(expected="at least one crop", got="none", fix="Give crops, in named rows.")
    return len(rows), width


def _running_mean(values: Float[np.ndarray, " P"]) -> Float[np.ndarray, " P"]:
    """Over a twentieth of the points before and at each."""
    span = max(1, len(values) // 20)
    total = np.concatenate(([0.0], np.cumsum(values)))
    at = np.arange(1, len(values) + 1)
    start = np.maximum(at - span, 0)
    return (total[at] - total[start]) / (at - start)


def finish(axes: Axes, title: str, x: str, y: str) -> None:
    """Titles, a quiet grid and no frame: what every panel shares."""
    axes.set_title(title, fontsize=LETTERS + 1, loc="left")
    axes.set_xlabel(x, fontsize=LETTERS)
    axes.set_ylabel(y, fontsize=LETTERS)
    axes.tick_params(labelsize=LETTERS - 1)
    axes.grid(color="#E4E4E4", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
