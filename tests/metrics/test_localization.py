"""Pixel AUC: that of each picture alone, whatever the level of its map, and an interval over origins."""

import math

import numpy as np
from sklearn.metrics import roc_auc_score

from barefaced.metrics.localization import pixel_auc


def toy(count: int, side: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    altered = rng.random((count, side, side)) < 0.3
    return altered, (altered + rng.normal(0, 0.8, altered.shape)).astype(np.float32)


def test_it_is_the_mean_of_every_pictures_auc_and_each_pictures_level_is_its_own() -> None:
    altered, maps = toy(6)
    origins = np.array(list("aabbcd"), object)
    found = pixel_auc(altered, maps, origins, 0, 200)
    expected = np.mean([roc_auc_score(t.ravel(), m.ravel()) for t, m in zip(altered, maps, strict=True)])
    assert abs(found.value - expected) < 1e-12
    assert found.low < found.value < found.high
    level = np.arange(6, dtype=np.float32)[:, None, None] * 100
    assert abs(pixel_auc(altered, maps + level, origins, 0, 200).value - expected) < 1e-6


def test_the_interval_is_over_origins_and_copies_of_a_picture_make_it_no_narrower() -> None:
    altered, maps = toy(8)
    origins = np.arange(8).astype(str).astype(object)
    alone = pixel_auc(altered, maps, origins, 0, 500)
    copied = pixel_auc(np.repeat(altered, 5, 0), np.repeat(maps, 5, 0), np.repeat(origins, 5), 0, 500)
    np.testing.assert_allclose([copied.value, copied.low, copied.high], [alone.value, alone.low, alone.high])


def test_pictures_altered_everywhere_or_nowhere_have_none_and_one_origin_has_no_interval() -> None:
    altered, maps = toy(3)
    altered[0], altered[1] = True, False
    names = np.array(list("abc"), object)
    found = pixel_auc(altered, maps, names, 0, 50)
    assert found.value == pixel_auc(altered[2:], maps[2:], names[2:], 0, 50).value
    assert math.isnan(found.low)
    assert math.isnan(pixel_auc(altered[:2], maps[:2], names[:2], 0, 50).value)
