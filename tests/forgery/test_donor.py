"""The donor is who resembles most, in shape, pose and skin, among a few drawn."""

from dataclasses import replace

import numpy as np
import pytest

from barefaced.errors import BadConfig
from barefaced.forgery.donor import Donor, Features, choose, features, nearest, required


@pytest.fixture
def target(person: Donor) -> Features:
    return features(person.rgb, person.landmarks)


def strangers(target: Features, count: int) -> list[Features]:
    """Of ever other shapes, turned and tinted."""
    generator = np.random.default_rng(0)
    return [
        Features(
            (target.shape + generator.normal(scale=0.1, size=(468, 3))).astype(np.float32),
            (target.pose + generator.normal(scale=20, size=3)).astype(np.float32),
            (target.skin + generator.normal(scale=20, size=3)).astype(np.float32),
        )
        for _ in range(count)
    ]


def test_a_shape_is_the_same_wherever_and_however_large_a_face_is(person: Donor, target: Features) -> None:
    moved = features(person.rgb, person.landmarks * np.float32(1.7) + np.float32(11))
    np.testing.assert_allclose(moved.shape, target.shape, atol=1e-4)
    np.testing.assert_allclose(moved.pose, target.pose, atol=0.01)


def test_a_shape_is_the_same_at_every_roll(person: Donor, target: Features) -> None:
    angle = np.radians(30)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]], np.float32)
    rolled = features(person.rgb, person.landmarks @ turn.T)
    np.testing.assert_allclose(rolled.shape, target.shape, atol=1e-4)
    assert rolled.pose[2] - target.pose[2] == pytest.approx(30, abs=1.0)


@pytest.mark.parametrize("seed", range(3))
def test_the_twin_is_chosen_among_strangers(seed: int, target: Features) -> None:
    candidates = strangers(target, 20)
    candidates.insert(13, replace(target, skin=target.skin + np.float32(0.5)))
    assert choose(target, candidates, np.random.default_rng(seed), 99, 1.0, 1.0) == 13
    assert nearest(target, candidates, 1.0, 1.0) == 13


def test_a_weight_of_0_leaves_its_difference_out(target: Features) -> None:
    pale, turned = replace(target, skin=target.skin + np.float32(40)), replace(target, pose=target.pose + np.float32(9))
    assert nearest(target, [pale, turned], 1.0, 0.0) == 0
    assert nearest(target, [pale, turned], 0.0, 1.0) == 1


def test_looking_at_one_takes_anybody_and_a_seed_the_same_again(target: Features) -> None:
    candidates = strangers(target, 20)
    taken = [choose(target, candidates, np.random.default_rng(seed), 1, 1.0, 1.0) for seed in range(30)]
    assert len(set(taken)) > 10
    assert taken == [choose(target, candidates, np.random.default_rng(seed), 1, 1.0, 1.0) for seed in range(30)]


def test_looking_at_more_finds_nearer_ones(target: Features) -> None:
    candidates = strangers(target, 20)
    order = [nearest(target, candidates, 1.0, 1.0)]
    taken = [choose(target, candidates, np.random.default_rng(seed), 19, 1.0, 1.0) for seed in range(20)]
    assert sum(n in order for n in taken) >= 15


def test_nobody_to_choose_from_and_no_donor_are_said(target: Features, person: Donor) -> None:
    with pytest.raises(BadConfig, match="at least one other person"):
        choose(target, [], np.random.default_rng(0), 8, 1.0, 1.0)
    with pytest.raises(BadConfig, match="face_swap"):
        required(None, "face_swap")
    assert required(person, "face_swap") is person
