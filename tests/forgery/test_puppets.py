"""Made-up people differ, come again by their seed, and their landmarks move with them."""

import numpy as np

from barefaced.forgery.puppets import Puppet, moved, puppet


def test_people_differ_and_a_seed_gives_its_person_again(photograph: tuple[np.ndarray, np.ndarray]) -> None:
    one, again, another = (puppet(*photograph, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(again.rgb, one.rgb)
    assert np.abs(one.rgb.astype(int) - another.rgb).mean() > 5


def test_landmarks_go_along_with_the_motion() -> None:
    marked = np.zeros((200, 200, 3), np.uint8)
    points = np.array([[80, 80], [120, 80], [100, 100], [85, 125], [115, 125]], np.float32)
    for x, y in points.astype(int):
        marked[y - 1 : y + 2, x - 1 : x + 2] = 255
    frames, at = moved(Puppet(marked, points), 8, np.random.default_rng(3))
    for frame, where in zip(frames, at, strict=True):
        for x, y in where:
            patch = frame[int(y) - 3 : int(y) + 4, int(x) - 3 : int(x) + 4].max()
            assert patch > 120
