"""Truths about the made set of experiments/planted.py: what was planted, and nothing else, tells its forgeries."""

import sys
from pathlib import Path

import numpy as np
import pytest

from barefaced.metrics.ranking import auc

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments"))

import made_faces
import planted

EVERY = (*made_faces.KINDS, *made_faces.HELD_OUT)


@pytest.fixture(scope="module")
def made():
    return made_faces.make(7, range(60), 2, EVERY)


@pytest.mark.parametrize("kind", made_faces.PLANTS)
def test_an_artefact_stays_inside_the_face(kind):
    for face in made_faces.faces(0, 5, 4):
        forged = made_faces.forge(face, kind, 1.4, np.random.default_rng(0))
        changed = (forged != face.picture).any(axis=-1)
        assert changed.any()
        assert not changed[face.face == 0].any()
        if kind == "smooth":
            assert not changed[face.lower == 0].any()


@pytest.mark.parametrize("kind", made_faces.PLANTS)
def test_an_artefact_of_next_to_no_strength_leaves_the_picture_as_it_was(kind):
    (face,) = made_faces.faces(0, 5, 1)
    np.testing.assert_array_equal(made_faces.forge(face, kind, 1e-4, np.random.default_rng(0)), face.picture)


@pytest.mark.parametrize("kind", made_faces.PLANTS)
def test_more_strength_changes_more(kind):
    (face,) = made_faces.faces(0, 5, 1)
    weak, strong = (
        np.abs(made_faces.forge(face, kind, strength, np.random.default_rng(0)) - face.picture).sum()
        for strength in (0.4, 1.4)
    )
    assert weak < strong


def test_nobody_is_trained_on_and_tested():
    people = [*planted.TRAIN, *planted.VALIDATION, *planted.TEST]
    assert len(people) == len(set(people))


def test_the_kind_that_is_new_is_never_trained_on():
    assert set(made_faces.PLANTS) - set(made_faces.KINDS) == {"ghost"}


def test_the_same_seed_makes_the_same_set_and_another_seed_another():
    one, again, other = (made_faces.make(seed, range(3), 2, EVERY).pictures for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any(axis=(1, 2, 3, 4)).all()


def test_a_person_looks_the_same_whoever_else_is_there():
    alone, among = (made_faces.make(1, people, 2, made_faces.KINDS) for people in ((2,), (0, 1, 2)))
    np.testing.assert_array_equal(alone.pictures, among.pictures[among.people == 2])


def test_a_group_is_one_picture_and_its_forgeries(made):
    away = np.abs(made.pictures[:, 1:].astype(float) - made.pictures[:, :1]).mean(axis=(2, 3, 4))
    others = np.abs(made.pictures[:, 0].astype(float) - np.roll(made.pictures[:, 0], 2, axis=0)).mean(axis=(1, 2, 3))
    assert (away > 0).all()
    assert away.max() < others.min()


@pytest.mark.parametrize("column", range(1, 1 + len(EVERY)), ids=EVERY)
def test_no_statistic_of_the_whole_picture_tells_a_forgery(made, column):
    real, forged = (made.pictures[:, k].astype(float) for k in (0, column))
    labels = np.repeat([0, 1], len(real))
    for measure in (_mean, _spread, _red, _green, _blue):
        value = auc(labels, np.concatenate([measure(real), measure(forged)]))
        assert 0.35 < value < 0.65


def test_an_epoch_shows_every_group_once(made):
    steps = len(made.people) // planted.GROUPS
    shown = np.concatenate(planted.batches(made, 2 * steps, 0))
    assert sorted(shown[: len(made.people)]) == list(range(len(made.people)))


def test_differences_are_paired_by_seed():
    rows = [
        {"variant": variant, "seed": seed, "auc": {"seen": value + seed / 10}, "terms": {}, "seconds": 1.0}
        for variant, value in (("plain", 0.5), ("paper", 0.6))
        for seed in (0, 1, 2)
    ]
    plain, paper = planted.table(rows, ("seen",))
    assert plain["seen"] == "0.600 ± 0.100"
    assert paper["seen - plain"] == "+0.100 ± 0.000 [+0.100, +0.100]"


def _mean(pictures):
    return pictures.mean(axis=(1, 2, 3))


def _spread(pictures):
    return pictures.std(axis=(1, 2, 3))


def _red(pictures):
    return pictures[..., 0].mean(axis=(1, 2))


def _green(pictures):
    return pictures[..., 1].mean(axis=(1, 2))


def _blue(pictures):
    return pictures[..., 2].mean(axis=(1, 2))
