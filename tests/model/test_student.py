"""The student: exact preprocessing, shapes, and a fakeness that depends on the crop alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from barefaced.config.recipe import StudentSettings
from barefaced.errors import BadConfig
from barefaced.model.preprocess import Preprocess, resampling
from barefaced.model.student import Student, to_fakeness
from barefaced.values.card import Calibration

SMALL = StudentSettings(backbone="test_efficientnet", weights="random", input_size=64, channels=24)


@pytest.fixture(scope="module")
def student() -> Student:
    torch.manual_seed(0)
    return Student(SMALL)


def crops(count: int, side: int = 64, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), np.uint8)


def test_a_picture_of_the_right_size_is_only_normalised():
    pictures = torch.from_numpy(crops(2)).permute(0, 3, 1, 2)
    want = (pictures.float() / 255 - 0.25) / 0.75
    assert torch.equal(Preprocess(replace(SMALL, mean=0.25, std=0.75))(pictures), want)


@pytest.mark.parametrize("side", [40, 100, 160])
def test_another_size_is_resized_as_pillow_does(side):
    picture = crops(1, side)[0]
    want = np.asarray(Image.fromarray(picture).resize((64, 64), Image.Resampling.BILINEAR), np.float32) / 255
    found = Preprocess(replace(SMALL, mean=0.0, std=1.0))(torch.from_numpy(picture).permute(2, 0, 1)[None])
    assert np.abs(found[0].permute(1, 2, 0).numpy() - want).max() < 1.5 / 255


def test_resampling_from_fractional_edges_is_pillows_with_a_box():
    rows = np.random.default_rng(0).random((33, 1), np.float32)
    want = np.asarray(Image.fromarray(rows).resize((1, 14), Image.Resampling.BILINEAR, box=(0, 3.7, 1, 29.2)))
    found = resampling(33, 3.7, 29.2 - 3.7, 14) @ torch.from_numpy(rows)
    assert np.abs(found.numpy() - want).max() < 1e-5


def test_the_outputs_have_their_shapes_and_every_parameter_learns(student):
    out = student(torch.from_numpy(crops(3)).permute(0, 3, 1, 2))
    assert out.features.shape == (3, 24, 2, 2)
    assert out.logits.shape == (3, 2)
    student.zero_grad()
    out.logits.square().sum().backward()
    assert all(p.grad is not None for p in student.parameters())


def test_a_crops_fakeness_does_not_depend_on_its_batch(student):
    pictures = crops(7)
    together = student.score(pictures)
    alone = np.concatenate([student.score(pictures[n : n + 1]) for n in range(7)])
    assert np.abs(together - alone).max() < 1e-6
    assert np.abs(together - student.score(pictures, batch=3)).max() < 1e-6
    assert np.abs(together[::-1] - student.score(pictures[::-1].copy())).max() < 1e-6


def test_scoring_takes_any_view_of_the_pixels(student):
    pictures = crops(3)
    pictures.flags.writeable = False
    assert np.array_equal(student.score(pictures[::-1]), student.score(pictures[::-1].copy()))


def test_no_crops_give_no_scores(student):
    found = student.score(np.zeros((0, 80, 80, 3), np.uint8))
    assert found.shape == (0,)
    assert found.dtype == np.float32


def test_scoring_in_training_leaves_the_mode_and_the_statistics_alone(student):
    student.train()
    before = {name: value.clone() for name, value in student.state_dict().items()}
    student.score(crops(4))
    assert student.training
    assert all(torch.equal(value, before[name]) for name, value in student.state_dict().items())


def test_fakeness_is_the_softmax_of_fake_and_the_temperature_divides_its_logit(student):
    pictures = crops(4)
    student.eval()
    with torch.inference_mode():
        logits = student(torch.from_numpy(pictures).permute(0, 3, 1, 2)).logits
    assert student.score(pictures) == pytest.approx(logits.softmax(1)[:, 1].numpy(), abs=1e-6)
    student.calibrate(Calibration("temperature", 2.5))
    cool = student.score(pictures)
    student.calibrate(Calibration())
    warm = student.score(pictures)
    assert np.log(warm / (1 - warm)) == pytest.approx(2.5 * np.log(cool / (1 - cool)), rel=1e-3, abs=1e-5)


def test_at_the_shift_the_fakeness_is_a_half(student):
    differences = np.array([-3.0, 1.25, 5.5])
    fakeness = to_fakeness(differences, Calibration("platt", 2.0, 1.25))
    assert fakeness == pytest.approx(1 / (1 + np.exp(-(differences - 1.25) / 2)), abs=1e-6)
    assert fakeness[1] == 0.5
    plain = to_fakeness(differences, Calibration("temperature", 2.0))
    assert (to_fakeness(differences, Calibration("platt", 2.0)) == plain).all()


@pytest.mark.parametrize("kind", ["temperature", "platt"])
@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan"), float("inf")])
def test_an_impossible_temperature_is_refused(student, kind, temperature):
    with pytest.raises(BadConfig):
        student.calibrate(Calibration(kind, temperature))


@pytest.mark.parametrize(
    ("kind", "shift"), [("platt", float("nan")), ("platt", float("inf")), ("temperature", 0.5), ("none", 0.5)]
)
def test_an_impossible_shift_is_refused(student, kind, shift):
    with pytest.raises(BadConfig, match="shift"):
        student.calibrate(Calibration(kind, 1.0, shift))


@pytest.mark.parametrize("wrong", [{"input_size": 10**6}, {"channels": 0}, {"std": 0.0}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(BadConfig):
        Student(replace(SMALL, **wrong))
