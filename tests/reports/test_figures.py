"""Figures hold what they were given; how they look is for the eye."""

import subprocess
import sys

import numpy as np
import pytest
from matplotlib.colors import to_hex

from barefaced.errors import InputError
from barefaced.reports import figures
from barefaced.values.card import Thresholds
from barefaced.values.scores import MomentScore, TrackScore, VideoScores

THRESHOLDS = Thresholds(fpr_1=0.7, eer=0.5)


def videos(methods: tuple[str, ...] = ("real", "swap", "blend")) -> VideoScores:
    rng = np.random.default_rng(0)
    count = 60
    method = np.array([methods[n % len(methods)] for n in range(count)], dtype=object)
    names = np.array([str(n) for n in range(count)], dtype=object)
    label = (method != "real").astype(np.int64)
    return VideoScores(names, rng.random(count), label, names, method, names, np.ones(count, np.int64))


def track(fakeness: float) -> TrackScore:
    return TrackScore(0, 0.0, 2.0, fakeness, tuple(MomentScore(n, n / 2, fakeness) for n in range(5)))


def crops(count: int) -> list[np.ndarray]:
    return [np.full((24, 24, 3), 20 * n, np.uint8) for n in range(count)]


TRACKS = {"real": track(0.2), "swap": track(0.9)}
FIGURES = {
    "roc": lambda: figures.roc(videos()),
    "scores": lambda: figures.scores_over_time(TRACKS, THRESHOLDS),
    "strip": lambda: figures.crop_strip({"real": crops(3), "swap": crops(2)}),
    "curves": lambda: figures.curves({name: np.array([[1, 2.0], [2, 1.0]]) for name in "abcd"}),
    "one": lambda: figures.one_picture({"real": crops(3), "swap": crops(3)}, TRACKS, THRESHOLDS, videos(), "toy clips"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_the_same_figure_gives_the_same_picture(tmp_path, name):
    for run in ("a", "b"):
        figures.save(FIGURES[name](), tmp_path / f"{run}.png")
    once, again = ((tmp_path / f"{run}.png").read_bytes() for run in ("a", "b"))
    assert once == again
    assert once.startswith(b"\x89PNG")


@pytest.mark.parametrize("name", FIGURES)
def test_an_svg_is_one(tmp_path, name):
    figures.save(FIGURES[name](), tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_bytes().startswith(b"<?xml")


def test_the_one_picture_is_1200_pixels_wide(tmp_path):
    figures.save(FIGURES["one"](), tmp_path / "one.png")
    header = (tmp_path / "one.png").read_bytes()[16:20]
    assert int.from_bytes(header, "big") == 1200


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"picture\.jpg"):
        figures.save(FIGURES["roc"](), tmp_path / "picture.jpg")


def test_the_roc_has_a_curve_for_each_method_from_corner_to_corner():
    (axes,) = figures.roc(videos()).axes
    curves = [line for line in axes.lines if not str(line.get_label()).startswith("_")]
    assert {str(line.get_label()).split()[0] for line in curves} == {"swap", "blend"}
    for line in curves:
        data = np.asarray(line.get_xydata())
        np.testing.assert_array_equal(data[[0, -1]], [[0, 0], [1, 1]])


def test_scores_over_time_are_those_of_the_track_with_both_thresholds():
    (axes,) = figures.scores_over_time(TRACKS, THRESHOLDS).axes
    drawn = [np.asarray(line.get_ydata()) for line in axes.lines]
    assert [set(line) for line in drawn] == [{0.2}, {0.9}, {0.7}, {0.5}]


def test_a_method_has_one_colour_in_every_panel():
    axes = FIGURES["one"]().axes
    over_time, curves = axes[-2:]
    of_track = next(line for line in over_time.lines if str(line.get_label()).startswith("swap"))
    of_curve = next(line for line in curves.lines if str(line.get_label()).startswith("swap"))
    assert to_hex(of_track.get_color()) == to_hex(of_curve.get_color())


def test_the_strip_shows_the_crops_unchanged():
    axes = figures.crop_strip({"real": crops(3), "swap": crops(2)}).axes
    shown = [np.asarray(one.images[0].get_array()) for one in axes if one.images]
    for found, given in zip(shown, crops(3) + crops(2), strict=True):
        np.testing.assert_array_equal(found, given)


def test_the_thick_training_curve_is_a_mean_of_the_thin_one():
    points = np.stack([np.arange(100.0), np.random.default_rng(0).random(100)], axis=1)
    thin, thick = figures.curves({"binary": points}).axes[0].lines
    np.testing.assert_array_equal(np.asarray(thin.get_ydata()), points[:, 1])
    assert np.asarray(thick.get_ydata())[-1] == pytest.approx(points[-5:, 1].mean())
    assert np.asarray(thick.get_ydata())[0] == points[0, 1]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: figures.roc(videos(("real",))),
        lambda: figures.crop_strip({"real": []}),
        lambda: figures.crop_strip({}),
        lambda: figures.curves({}),
    ],
)
def test_nothing_to_draw_is_refused(draw):
    with pytest.raises(InputError):
        draw()


def test_pyplot_is_never_loaded():
    check = "import sys; import barefaced.reports.figures; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
