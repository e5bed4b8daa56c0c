"""How much of a store's crops lies outside their pictures, and what is said where it is much."""

import numpy as np

from barefaced.datasets.store import Store
from barefaced.values.geometry import MUCH

LOOKED_AT, SIDE = 1000, 64
"""Crops of a large store, evenly taken, and pixels a side at which their shares are measured: a share is no finer."""


def median_outside(store: Store) -> float:
    """Measure the share of the median crop that lies outside its picture, 0 to 1; 0 for a store without crops."""
    crops = store.crops()
    if not crops:
        return 0.0
    size = store.settings.crop.size
    scale = SIDE / size
    smaller = np.array([[scale, 0.0, (scale - 1) / 2], [0.0, scale, (scale - 1) / 2]])
    chosen = np.linspace(0, len(crops) - 1, min(len(crops), LOOKED_AT)).astype(int)
    return float(np.median([crops[n].geometry.through(smaller).share_outside(SIDE) for n in chosen]))


def border_warnings(store: Store) -> list[str]:
    """Say what it means that much of the crops is no picture, and what to do; nothing where it is at most `MUCH`."""
    share = median_outside(store)
    if share <= MUCH:
        return []
    return [
        f"warning: {store.path}: {share:.0%} of the median crop lies outside its picture. It is grey there, so that a "
        "model learns little of what surrounds a face, and nothing of where a forged one meets it. Prepare with a "
        f"smaller margin than {store.settings.crop.margin:g} (crop.margin), or from pictures that show more around "
        "the face."
    ]
