"""What a model makes of the crops: distances that order families rightly, and quarters that unmask a cue."""

from dataclasses import replace

import numpy as np
import pytest
from toys_auditing import SETTINGS, SIDE, add, photograph

from barefaced.config.recipe import StudentSettings
from barefaced.datasets.store import Store
from barefaced.errors import CropMismatch
from barefaced.model.student import Student
from barefaced.pipelines.audit import model_view
from barefaced.pipelines.audit.model_view import (
    ModelView,
    energy_distance,
    measure_coverage,
    measure_quarters,
    view_sample,
    window_of,
)
from barefaced.pipelines.audit.sampling import Sample, draw_samples
from barefaced.values.card import ModelCard
from barefaced.values.dataset import REAL

CARD = ModelCard(
    name="toy", version="", backbone="", input_size=32, channels=8, crop_size=SIDE, crop_margin=3.2,
    finder="centerface", finder_side=480, frames=1, mean=(0.5,) * 3, std=(0.5,) * 3,
)  # fmt: skip
SMALL = StudentSettings(backbone="test_efficientnet", weights="random", input_size=32, channels=8)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Faces, two families of ours and a real forgery; pixels do not matter."""
    store = Store.create(tmp_path_factory.mktemp("made") / "store", SETTINGS)
    for number in range(30):
        for method in (REAL, "Deepfakes", "frequency", "self_blend"):
            add(store, f"p{number}", method, photograph(np.random.default_rng(number)))
    store.collate()
    return draw_samples([store], 0)[0][0]


def of_method(sample: Sample) -> np.ndarray:
    return np.array([picture.clip.method for picture in sample.pictures])


def test_the_energy_distance_of_one_cloud_is_nought_on_average_and_grows_as_it_moves() -> None:
    generator = np.random.default_rng(0)
    same = [energy_distance(*generator.normal(size=(2, 40, 5))) for _ in range(200)]
    assert abs(np.mean(same)) < 3 * np.std(same) / np.sqrt(200)
    one, other = generator.normal(size=(2, 40, 5))
    moved = [energy_distance(one, other + shift) for shift in (0.5, 1.0, 2.0, 4.0)]
    assert moved == sorted(moved)
    # Far away it is twice the distance, less the two clouds' own.
    assert energy_distance(one, other + 1000) == pytest.approx(2 * 1000 * np.sqrt(5), rel=1e-2)


def test_the_family_that_moves_features_as_the_real_forgery_does_is_nearest(sample: Sample) -> None:
    generator = np.random.default_rng(0)
    methods = of_method(sample)
    features = generator.normal(size=(len(methods), 6))
    move = np.array([2.0, 0, 0, 0, 0, 0])
    features[methods == "Deepfakes"] += move
    features[methods == "frequency"] += 0.9 * move
    features[methods == "self_blend"] += np.roll(2 * move, 1)
    found = measure_coverage([sample], [ModelView(np.zeros(len(methods)), features)], seed=0)
    assert [one.family for one in found] == ["frequency", REAL, "self_blend"]
    assert {one.method for one in found} == {"Deepfakes"}
    # Another set's reals may lie anywhere: what counts is what forging does to them.
    elsewhere = Sample("elsewhere", sample.side, sample.pictures)
    found = measure_coverage(
        [sample, elsewhere], [ModelView(np.zeros(len(methods)), features + 7 * k) for k in (0, 1)], 0
    )
    nearest = [one for one in found if one.sample == "toy" and one.family == "frequency"]
    assert nearest[0].distance == pytest.approx(nearest[1].distance)


def test_a_model_that_knows_nothing_but_sharpness_is_chance_within_its_quarters(sample: Sample) -> None:
    generator = np.random.default_rng(0)
    labels = (of_method(sample) != REAL).astype(int)
    sharpness = generator.normal(size=len(labels)) - 2.5 * labels
    # It has four values: all it tells apart are the quarters.
    known = np.searchsorted(np.quantile(sharpness, (0.25, 0.5, 0.75)), sharpness, side="right")
    measured = {"sharpness": sharpness, "face_pixels": generator.normal(size=len(labels))}
    seen = ModelView(-known.astype(float), np.zeros((len(labels), 1)))
    found = measure_quarters(sample, seen, measured, [True] * len(labels), seed=0, draws=100)
    assert len(found) == 9
    plain, quarters = found[0], [one for one in found if one.by == "sharpness"]
    assert plain.auc.low > 0.8
    assert (plain.reals, plain.forgeries) == (30, 90)
    within = [one.auc.value for one in quarters if one.reals and one.forgeries]
    assert within
    assert set(within) == {0.5}
    assert sum(one.reals for one in quarters) == 30
    assert measure_quarters(sample, seen, measured, [False] * len(labels), seed=0, draws=100) == ()


def test_every_picture_gets_the_number_that_the_student_gives_it(sample: Sample, monkeypatch) -> None:
    student = Student(SMALL)
    monkeypatch.setattr(model_view, "BATCH", 7)
    seen = view_sample(student, sample, 0)
    for at in (0, 31, 119):
        picture = sample.pictures[at]
        fakeness, features = student.look(picture.store.load(picture.crop)[None])
        assert seen.fakeness[at] == pytest.approx(fakeness[0], abs=1e-5)
        assert np.allclose(seen.features[at], features[0], atol=1e-4)
    middle = view_sample(student, sample, 48)
    assert middle.fakeness[0] == pytest.approx(
        student.score(sample.pictures[0].store.load(sample.pictures[0].crop)[None, 8:-8, 8:-8])[0], abs=1e-5
    )


def test_a_model_sees_the_whole_crop_or_the_middle_that_it_was_trained_on(sample: Sample) -> None:
    store = sample.pictures[0].store
    card = replace(CARD, crop_size=SIDE, crop_margin=SETTINGS.crop.margin)
    assert window_of([store], card) == 0
    assert window_of([store], replace(card, crop_size=48, crop_margin=SETTINGS.crop.margin * 48 / SIDE)) == 48
    for other in (replace(card, crop_size=48), replace(card, crop_size=47), replace(card, crop_size=2 * SIDE)):
        with pytest.raises(CropMismatch):
            window_of([store], other)
