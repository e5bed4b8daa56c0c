"""Feature statistics: distances against scipy's, what travels in the weights file, and who is found outside."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.distance import mahalanobis

from barefaced.config.recipe import StudentSettings
from barefaced.errors import CheckpointError
from barefaced.model.checkpoint import load, load_domains, save
from barefaced.model.feature_domains import Domains, measure
from barefaced.model.student import Student
from barefaced.values.card import DomainsCard, ModelCard
from barefaced.values.geometry import BORDER
from barefaced.values.tensors import GroupBatch

NAMES = ("real", "bright", "dark")


@pytest.fixture(scope="module")
def student() -> Student:
    torch.manual_seed(0)
    return Student(StudentSettings("mobilenetv3_small_050", "random", input_size=32, channels=6)).eval()


def batches(count: int, seed: int) -> list[GroupBatch]:
    """Grey noise; `bright` and `dark` differ in level, and every third `dark` is a hole."""
    rng = np.random.default_rng(seed)
    made = []
    for n in range(count):
        images = rng.integers(90, 160, (2, 3, 3, 32, 32))
        images[:, 1] += 90
        images[:, 2] -= 80
        present = np.ones((2, 3), bool)
        present[0, 2] = n % 3 > 0
        made.append(GroupBatch(torch.from_numpy(images.astype(np.uint8)), torch.from_numpy(present), NAMES))
    return made


def pictures(seed: int) -> np.ndarray:
    return np.concatenate([batch.images[:, 0].movedim(1, -1).numpy() for batch in batches(10, seed)])


@pytest.fixture(scope="module")
def domains(student) -> Domains:
    made = measure(student, batches(30, 0), [pictures(1)], "validation")
    assert made is not None
    return made


def test_distances_are_scipys(domains):
    features = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
    inverse = np.linalg.inv(domains.covariance.astype(np.float64))
    expected = [[mahalanobis(one, mean, inverse) for mean in domains.means.astype(np.float64)] for one in features]
    np.testing.assert_allclose(domains.distances(features), expected, rtol=1e-6)


def test_crops_lie_nearest_to_the_domain_they_are_of(student, domains):
    for place, name in enumerate(NAMES):
        crops = np.concatenate([batch.images[:, place].movedim(1, -1).numpy() for batch in batches(4, 7)][1:3])
        nearest = domains.distances(student.look(crops)[1]).argmin(axis=1)
        assert (nearest == domains.card.names.index(name)).all(), name


def test_holes_are_not_counted(domains):
    assert domains.card.names == NAMES
    assert domains.card.counts == (60, 60, 50)
    assert domains.card.usual_on == "20 crops of validation"


def test_what_is_like_nothing_trained_on_lies_outside_and_what_is_like_it_does_not(student, domains):
    assert (domains.distances(student.look(pictures(5))[1]).min(axis=1) < 1.5 * domains.card.usual).all()
    stripes = np.zeros((4, 32, 32, 3), np.uint8)
    stripes[:, ::2, :, 0] = 255
    assert (domains.distances(student.look(stripes)[1]).min(axis=1) > 2 * domains.card.usual).all()


def test_without_two_domains_nothing_is_measured(student):
    alone = [GroupBatch(batch.images[:, :1], batch.present[:, :1], ("real",)) for batch in batches(3, 0)]
    assert measure(student, alone, [], "nothing") is None


def test_they_travel_in_the_weights_file_and_the_student_is_the_same(student, domains, tmp_path):
    path = tmp_path / "toy.safetensors"
    settings = student.settings
    card = ModelCard(
        "toy", "0", settings.backbone, 32, 6, 32, 1.3, "centerface", 480, 4, (0.5,) * 3, (0.5,) * 3,
        border=BORDER,
    )  # fmt: skip
    saved = save(path, student, card, domains)
    assert saved.domains == domains.card
    again, read = load(path)
    assert read == saved
    np.testing.assert_array_equal(again.score(pictures(3)), student.score(pictures(3)))
    kept = load_domains(path)
    assert kept is not None
    np.testing.assert_array_equal(kept.means, domains.means)
    np.testing.assert_array_equal(kept.covariance, domains.covariance)
    save(path, student, card)
    assert load_domains(path) is None


def test_a_card_that_contradicts_its_tensors_is_refused(student, domains, tmp_path):
    path = tmp_path / "toy.safetensors"
    card = ModelCard(
        "toy",
        "0",
        student.settings.backbone,
        32,
        6,
        32,
        1.3,
        "centerface",
        480,
        4,
        (0.5,) * 3,
        (0.5,) * 3,
        border=BORDER,
    )
    save(path, student, card, replace(domains, card=replace(domains.card, names=("a", "b"), counts=(1, 1))))
    for read in (load, load_domains):
        with pytest.raises(CheckpointError, match="feature statistics"):
            read(path)


def test_numbers_that_are_no_covariance_are_refused(domains):
    with pytest.raises(CheckpointError, match="covariance"):
        replace(domains, covariance=-domains.covariance).distances(np.zeros((1, 6)))
    assert DomainsCard().names == ()
