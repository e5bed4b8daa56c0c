"""What a method makes of a face. Alphabet: H W crop sides. RGB uint8."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, UInt8

Alteration = Callable[[UInt8[np.ndarray, "H W 3"]], UInt8[np.ndarray, "H W 3"]]
"""Changes a picture's colours or sharpness, moves no pixel, and draws nothing."""


@dataclass(frozen=True)
class Forged:
    """A forged face, and what was changed of it."""

    pixels: UInt8[np.ndarray, "H W 3"]
    mask: Float32[np.ndarray, "H W"]
    """In [0, 1]; where it is 0, `pixels` are the real face's to the bit."""
    alteration: Alteration | None = None
    """What the real face must go through to be the one that `pixels` were made of; None: it is that one."""
