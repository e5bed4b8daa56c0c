"""Heat maps and deletion on students whose opinion is known by construction."""

import numpy as np
import pytest
import torch
from torch import nn

from barefaced.config.recipe import StudentSettings
from barefaced.model.student import Student
from barefaced.pipelines.detect.heat_map import SHARE, altered_maps, deletion, heat_maps, layer_of, margins_of

SIDE = 64


class Bright(nn.Module):
    """A feature map that is the picture's red, by blocks of 8 x 8."""

    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(()))

    def forward(self, images):
        return nn.functional.avg_pool2d(self.gain * images[:, :1], 8).clamp(min=0)


@pytest.fixture
def student() -> Student:
    """Calls forged what is red: the logit difference is the mean of the red map."""
    made = Student(StudentSettings("mobilenetv3_small_050", "random", input_size=SIDE, channels=1)).eval()
    made.encoder = Bright()
    made.head = Total()
    return made


class Total(nn.Module):
    def forward(self, features):
        total = features.mean(dim=(1, 2, 3))
        return torch.stack([-10 * total, 10 * total], dim=1)


def red_at(top: int, left: int) -> np.ndarray:
    crop = np.full((SIDE, SIDE, 3), 40, np.uint8)
    crop[top : top + 16, left : left + 16, 0] = 250
    return crop


def test_the_map_is_hot_where_the_opinion_comes_from_and_moves_with_it(student):
    crops = np.stack([red_at(8, 8), red_at(40, 32)])
    maps = heat_maps(student, crops, student.encoder)
    for heat, (top, left) in zip(maps, ((8, 8), (40, 32)), strict=True):
        y, x = np.unravel_index(heat.argmax(), heat.shape)
        assert top <= y < top + 16
        assert left <= x < left + 16
        assert heat.max() == pytest.approx(1)
        assert heat.min() >= 0


def test_blurring_the_spot_lowers_the_opinion_more_than_blurring_elsewhere(student):
    crop = red_at(8, 40)
    [heat] = heat_maps(student, crop[None], student.encoder)
    tested = deletion(student, crop, heat, np.random.default_rng(0))
    assert tested.matters
    assert tested.drop > 3 * max(tested.elsewhere, 0)
    assert 0 < tested.share <= SHARE
    assert tested == deletion(student, crop, heat, np.random.default_rng(0))


def test_a_map_of_another_place_does_not_matter(student):
    [wrong] = heat_maps(student, red_at(40, 40)[None], student.encoder)
    tested = deletion(student, red_at(4, 4), wrong, np.random.default_rng(0))
    assert not tested.matters


def test_a_face_that_says_nothing_has_no_map(student):
    black = np.zeros((SIDE, SIDE, 3), np.uint8)
    [heat] = heat_maps(student, black[None], student.encoder)
    assert not heat.any()
    assert deletion(student, black, heat, np.random.default_rng(0)).drop == 0


def test_margins_are_the_logits_that_the_score_is_made_of(student):
    crops = np.random.default_rng(0).integers(0, 255, (11, SIDE, SIDE, 3), dtype=np.uint8)
    np.testing.assert_allclose(1 / (1 + np.exp(-margins_of(student, crops))), student.score(crops), atol=1e-6)


def test_the_layer_is_the_deepest_with_enough_cells():
    made = Student(StudentSettings("mobilenetv3_small_050", "random", input_size=128, channels=4)).eval()
    shapes = []
    layer = layer_of(made)
    hook = layer.register_forward_hook(lambda module, inputs, out: shapes.append(out.shape))
    with torch.no_grad():
        made(torch.zeros(1, 3, 128, 128, dtype=torch.uint8))
    hook.remove()
    assert tuple(shapes[0][2:]) == (8, 8)
    assert layer_of(made, cells=1000) is made.encoder.project
    assert not any(module._forward_hooks for module in made.modules())


def test_where_it_was_altered_keeps_its_place_and_its_values(student, monkeypatch):
    cells = np.full((2, 8, 8), 0.1, np.float32)
    cells[0, 2, 5] = cells[1, 6, 0] = 0.7
    monkeypatch.setattr(student, "locate", lambda crops, batch: cells[: len(crops)])
    maps = altered_maps(student, np.stack([red_at(8, 8), red_at(40, 32)]))
    for found, (row, column) in zip(maps, ((2, 5), (6, 0)), strict=True):
        y, x = np.unravel_index(found.argmax(), found.shape)
        assert (y // 8, x // 8) == (row, column)
        assert found.max() == pytest.approx(0.7, abs=0.08)
        assert found.min() == pytest.approx(0.1)
