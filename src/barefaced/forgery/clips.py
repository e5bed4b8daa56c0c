"""One clip forged by one method: the same draws for every frame, so that it plays as one.

Alphabet: T frames, S their side; RGB uint8, masks in [0, 1], landmarks FaceMesh's 468 points in picture pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, UInt8

from barefaced.forgery.checks import refusal
from barefaced.forgery.donor import Donor
from barefaced.forgery.forged import Alteration
from barefaced.forgery.registry import Method


@dataclass(frozen=True)
class ForgedClip:
    """The frames, where each was changed, and why some of them must not be used."""

    pixels: UInt8[np.ndarray, "T S S 3"]
    masks: Float32[np.ndarray, "T S S"]
    refused: tuple[str, ...]
    """For each frame the word of `checks.refusal`; empty: a good one."""
    alteration: Alteration | None = None
    """As in `Forged`, one for the whole clip."""


def forge_clip(
    method: Method,
    faces: UInt8[np.ndarray, "T S S 3"],
    landmarks: Float32[np.ndarray, "T 468 3"],
    seed: Sequence[int],
    donor: Donor | None,
    tries: int,
) -> ForgedClip:
    """Forge every frame with the same draws; draw anew, for all of them, while the checks refuse a frame.

    Returns:
        the draw with the fewest frames refused.
    """
    best: ForgedClip | None = None
    for attempt in range(tries):
        made = [
            method(face, points, np.random.default_rng((*seed, attempt)), donor)
            for face, points in zip(faces, landmarks, strict=True)
        ]
        refused = tuple(
            refusal(one.alteration(face) if one.alteration else face, one.pixels, one.mask, points)
            for face, one, points in zip(faces, made, landmarks, strict=True)
        )
        if best is None or sum(map(bool, refused)) < sum(map(bool, best.refused)):
            pixels, masks = np.stack([one.pixels for one in made]), np.stack([one.mask for one in made])
            best = ForgedClip(pixels, masks, refused, made[0].alteration)
        if not any(best.refused):
            break
    assert best is not None, "ForgeSettings.tries is at least 1"
    return best
