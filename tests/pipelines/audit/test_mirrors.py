"""Mirror lines are found where they are, at any tilt, and nowhere else."""

import cv2
import numpy as np
import pytest
from toys_auditing import photograph

from barefaced.datasets.windows import mirrored
from barefaced.pipelines.audit.block_features import BLOCK, block_features, whole_blocks
from barefaced.pipelines.audit.mirrors import find_mirrors, reflect
from barefaced.values.geometry import Geometry

SIDE = 128


def tight(degrees: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A crop whose photograph ends 30 px before each side, leaning; filled by reflection; and what lies inside."""
    photo = SIDE - 60
    turn = cv2.getRotationMatrix2D(((photo - 1) / 2, (photo - 1) / 2), degrees, 1.0)
    turn[:, 2] += 30
    geometry = Geometry(tuple(turn.reshape(6)), photo, photo)
    crop = cv2.warpAffine(photograph(np.random.default_rng(seed), photo), turn, (SIDE, SIDE))
    return mirrored(np.asarray(crop, np.uint8), geometry), geometry.inside(SIDE)


@pytest.mark.parametrize("degrees", [0.0, 7.3, -16.0])
def test_each_of_four_mirrored_borders_is_found_and_says_what_is_there(degrees: float) -> None:
    rgb, inside = tight(degrees)
    found = find_mirrors(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.ones((SIDE, SIDE), bool))
    assert len(found) == 4
    y, x = np.mgrid[:SIDE, :SIDE]
    for mirror in found:
        # Reflected twice, every pixel is itself.
        twice = np.vstack([mirror.matrix, (0, 0, 1)]) @ np.vstack([mirror.matrix, (0, 0, 1)])
        assert np.allclose(twice, np.eye(3), atol=1e-9)
        assert (mirror.strip & inside).sum() < 0.04 * mirror.strip.sum()
        at = np.einsum("ij,jyx->iyx", mirror.matrix, np.stack([x, y, np.ones_like(x)]))
        known = mirror.strip & ~inside & (np.abs(at - (SIDE - 1) / 2) < SIDE / 2 - 2).all(axis=0)
        apart = np.abs(reflect(rgb.astype(np.float32), mirror) - rgb)[known]
        assert np.median(apart) < 6  # of soft shapes that differ by 40 and more
    outside = np.any([mirror.strip for mirror in found], axis=0)
    assert outside[~inside].mean() > 0.95


def test_a_picture_that_mirrors_nothing_has_no_mirror() -> None:
    for seed in range(10):
        grey = cv2.cvtColor(photograph(np.random.default_rng(seed), SIDE), cv2.COLOR_RGB2GRAY)
        assert find_mirrors(grey, np.ones((SIDE, SIDE), bool)) == ()


def test_a_border_that_is_known_to_be_none_is_not_looked_at() -> None:
    rgb, inside = tight(7.3)
    assert find_mirrors(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), inside) == ()
    flat = np.full((SIDE, SIDE), 128, np.uint8)
    assert find_mirrors(flat, np.ones((SIDE, SIDE), bool)) == ()


def test_features_are_finite_and_of_their_own_block() -> None:
    rgb = photograph(np.random.default_rng(0), 80)  # five blocks a side
    features = block_features(rgb)
    assert features.shape[:2] == (5, 5)
    assert np.isfinite(features).all()
    assert np.isfinite(block_features(np.full((64, 64, 3), 128, np.uint8))).all()
    changed = rgb.copy()
    changed[2 * BLOCK + 4 : 3 * BLOCK - 4, 2 * BLOCK + 4 : 3 * BLOCK - 4] = 0
    differing = (block_features(changed) != features).any(axis=-1)
    assert differing[2, 2]
    assert differing.sum() == 1
    # Pixels past the last whole block change nothing.
    assert np.array_equal(block_features(rgb[:70, :70]), block_features(rgb[:64, :64]))


def test_a_block_is_whole_where_all_its_pixels_are() -> None:
    pixels = np.ones((40, 40), bool)
    pixels[3, 20] = False
    assert whole_blocks(pixels).tolist() == [[True, False], [True, True]]
