"""Where the stored pictures of a group were altered. Alphabet: N pictures that are there, S crop side."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, UInt8

from barefaced.datasets.crop_files import load_crop
from barefaced.datasets.mixture import Picture


def load_masks(
    drawn: Sequence[Picture | None], side: int
) -> tuple[UInt8[np.ndarray, "N {side} {side}"], Bool[np.ndarray, " N"]]:
    """Load the masks of a group's pictures, holes left out.

    A real picture (position 0) was altered nowhere. Of a forgery whose store holds no mask nothing is known.

    Args:
        drawn: K positions; None is a hole.
        side: of the stored crops, which their masks must have too.

    Returns:
        0 to 255 for each pixel, and of which pictures that is known.

    Raises:
        StoreDamaged: a mask is gone, does not decode, or is of another size.
    """
    masks, known = [], []
    for position, picture in enumerate(drawn):
        if picture is not None:
            stored = picture.mask if position else ""
            masks.append(load_crop(stored, side)[..., 0] if stored else np.zeros((side, side), np.uint8))
            known.append(bool(stored) or position == 0)
    return np.stack(masks), np.array(known)
