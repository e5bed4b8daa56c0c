"""Another person's face, lent to a forgery."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, UInt8

from barefaced.errors import InputError


@dataclass(frozen=True)
class Donor:
    """A face and its five landmarks, in its own picture's pixels."""

    rgb: UInt8[np.ndarray, "h w 3"]
    landmarks: Float32[np.ndarray, "5 2"]


def required(donor: Donor | None, method: str) -> Donor:
    """The donor, or a typed refusal.

    Raises:
        InputError: there is none.
    """
    if donor is None:
        raise InputError(
            expected=f"another person's face for the method {method}",
            got="none",
            fix="Give at least two people, or use self_blend, reenact or frequency.",
        )
    return donor
