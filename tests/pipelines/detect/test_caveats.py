"""What takes from the worth of a verdict is said, and of a file that it does not hold for nothing is."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from barefaced.pipelines.detect.caveats import of_file, of_model
from barefaced.values.card import ModelCard, SourceThreshold, Thresholds
from barefaced.values.media import CropQuality, FaceCrop, Provenance, Video

CARD = ModelCard("toy", "1", "toy", 64, 8, 80, 1.3, "centerface", 480, 32, (0.5,) * 3, (0.5,) * 3)
VIDEO = Video(Path("a.mp4"), "", 25.0, 50, 500, 900, "h264", 2.0)


def face(roll: float = 0.0) -> FaceCrop:
    """A face large enough to be judged."""
    return FaceCrop(
        rgb=np.zeros((80, 80, 3), np.uint8),
        to_crop=np.zeros((2, 3), np.float32),
        track=0,
        frame=0,
        seconds=0.0,
        moment=0,
        quality=CropQuality(100.0, 100.0, 0.9, roll=float(roll)),
        frame_size=(500, 900),
    )


def said(video: Video, faces: list[FaceCrop], bits: float = 0.1) -> list[str]:
    """The first words of each caveat."""
    caveats = of_file(CARD, video, Provenance(1, "mov", bits), None, faces)
    return [line.partition(":")[0] for line in caveats]


def test_an_ordinary_clip_gets_no_caveat():
    assert said(VIDEO, [face()] * 3) == []


@pytest.mark.parametrize(("rolls", "leans"), [((90, 91, 0), True), ((-90, -80, -100), True), ((44, 90, 10), False)])
def test_a_head_that_leans_is_told(rolls, leans):
    assert any(line.startswith("the head leans") for line in said(VIDEO, [face(roll) for roll in rolls])) == leans


def test_the_least_head_that_is_looked_for_is_told_where_it_matters():
    """It grows with the picture, and is told where nobody was found or where it is large."""
    wide = replace(VIDEO, width=6000, height=4000)
    for video, faces, pixels in ((VIDEO, [], 26), (wide, [], 175), (wide, [face()], 175)):
        [line] = of_file(CARD, video, Provenance(1, "mov", 0.1), None, faces)
        assert line.startswith("small faces are not looked for")
        assert f"under about {pixels} px" in line


@pytest.mark.parametrize(
    ("codec", "fps", "bits", "heavy"),
    [
        ("h264", 25.0, 0.01, True),
        ("h264", 25.0, 0.03, False),
        ("gif", 25.0, 0.01, False),
        ("png", 25.0, 0.01, False),
        ("jpeg", 0.0, 0.3, True),
        ("jpeg", 0.0, 0.7, False),
        ("h264", 25.0, 0.0, False),
    ],
)
def test_few_bits_are_told_of_codecs_that_lose_something(codec, fps, bits, heavy):
    video = replace(VIDEO, codec=codec, fps=fps, frames=50 if fps else 1)
    assert (said(video, [face()], bits) == ["heavy compression"]) == heavy


def thresholds(**origins: int) -> Thresholds:
    """Thresholds that stand on so many real origins of each source, none of them over it."""
    sources = tuple(SourceThreshold(name, 1, 0.7, n, 0, 1 / n, 0, 1 / n) for name, n in origins.items())
    return Thresholds(0.8, 0.4, "val", 500, 500, 1, sources)


def test_thresholds_are_doubted_by_the_source_that_bounds_them_and_not_by_a_handful_beside_it():
    assert list(of_model(CARD, thresholds(large=900, handful=4))) == []
    [doubt] = of_model(CARD, thresholds(large=900, small=40))
    assert "40 real clips of small" in doubt
    [doubt] = of_model(CARD, thresholds(handful=4))
    assert "4 real clips of handful" in doubt
