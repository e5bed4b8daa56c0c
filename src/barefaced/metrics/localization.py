"""How well maps say where pictures were altered. Alphabet: N pictures, H W pixels of a map, O origins."""

import math

import numpy as np
from jaxtyping import Bool, Float, Float32, Shaped

from barefaced.metrics.bootstrap.confidence_interval import interval, origin_weights
from barefaced.metrics.ranking import auc
from barefaced.metrics.score_columns import factorize
from barefaced.values.scores import Interval


def pixel_auc(
    altered: Bool[np.ndarray, "N H W"],
    maps: Float32[np.ndarray, "N H W"],
    origins: Shaped[np.ndarray, " N"],
    seed: int,
    draws: int,
) -> Interval:
    """Compute the chance that an altered pixel scores over another: each picture's AUC, and their mean.

    Pictures that are altered everywhere or nowhere have none and are left out. The interval is `clustered_mean`'s.

    Args:
        altered: which pixels are.
        maps: higher where it is more likely.
        origins: of each picture.
    """
    mixed = altered.any(axis=(1, 2)) & ~altered.all(axis=(1, 2))
    if not mixed.any():
        return Interval(math.nan, math.nan, math.nan)
    values = np.array(
        [
            auc(truth.ravel().astype(np.int64), found.ravel())
            for truth, found in zip(altered[mixed], maps[mixed], strict=True)
        ]
    )
    return clustered_mean(values, origins[mixed], seed, draws)


def clustered_mean(
    values: Float[np.ndarray, " N"], origins: Shaped[np.ndarray, " N"], seed: int, draws: int
) -> Interval:
    """Average at least one value, with an interval over origins, drawn with replacement (`metrics.bootstrap`).

    Its bounds are NaN with fewer than two origins.
    """
    at = factorize(origins)[0]
    count = int(at.max()) + 1
    if count < 2:
        return Interval(float(values.mean()), math.nan, math.nan)
    weights = origin_weights(count, np.random.default_rng(seed), draws)
    sums, pictures = np.bincount(at, values), np.bincount(at)
    return interval(float(values.mean()), (weights @ sums) / (weights @ pictures))
