"""The forgery methods by name."""

from typing import Protocol

import numpy as np
from jaxtyping import Float32, UInt8

from barefaced.forgery.cross_blend import cross_blend
from barefaced.forgery.donor import Donor
from barefaced.forgery.face_swap import face_swap
from barefaced.forgery.frequency import frequency
from barefaced.forgery.reenact import reenact
from barefaced.forgery.self_blend import self_blend


class Method(Protocol):
    """One way to forge a face: the same picture comes back, changed under the mask."""

    def __call__(
        self,
        face: UInt8[np.ndarray, "H W 3"],
        landmarks: Float32[np.ndarray, "5 2"],
        generator: np.random.Generator,
        donor: Donor | None = None,
    ) -> tuple[UInt8[np.ndarray, "H W 3"], Float32[np.ndarray, "H W"]]: ...


METHODS: dict[str, Method] = {
    "self_blend": self_blend,
    "cross_blend": cross_blend,
    "face_swap": face_swap,
    "reenact": reenact,
    "frequency": frequency,
}
