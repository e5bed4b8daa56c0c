"""The forgery methods by name."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, UInt8

from barefaced.errors import MissingWeights
from barefaced.forgery.donor import Donor
from barefaced.forgery.forged import Forged
from barefaced.forgery.learned import Learned
from barefaced.forgery.methods.autoencoder import AUTOENCODER
from barefaced.forgery.methods.cross_blend import cross_blend
from barefaced.forgery.methods.face_swap import face_swap
from barefaced.forgery.methods.frequency import frequency
from barefaced.forgery.methods.latent_swap import LatentSwap
from barefaced.forgery.methods.neural_texture import NEURAL_TEXTURE
from barefaced.forgery.methods.reenact import reenact
from barefaced.forgery.methods.sbi import sbi
from barefaced.forgery.methods.self_blend import self_blend


@runtime_checkable
class Method(Protocol):
    """One way to forge a face: the same picture comes back, changed under the mask."""

    def __call__(
        self,
        face: UInt8[np.ndarray, "H W 3"],
        landmarks: Float32[np.ndarray, "468 3"],
        generator: np.random.Generator,
        donor: Donor | None = None,
    ) -> Forged: ...


METHODS: dict[str, Method] = {
    "self_blend": self_blend,
    "cross_blend": cross_blend,
    "face_swap": face_swap,
    "reenact": reenact,
    "frequency": frequency,
    "sbi": sbi,
}

LEARNED: dict[str, Learned] = {"autoencoder": AUTOENCODER, "neural_texture": NEURAL_TEXTURE}
"""Methods whose network is trained on the real faces first."""

GIVEN: dict[str, Callable[[Path, tuple[str, ...]], Method]] = {"latent_swap": LatentSwap}
"""Methods whose network somebody else trained: of its path and the mask families."""

NEEDS_DONOR = frozenset({"cross_blend", "face_swap", "autoencoder", "latent_swap"})
"""Methods that take another person's face."""

EITHER = frozenset({"sbi"})
"""Methods that may alter the real face, too, if told to by their `either`: in training, for a store has one real face
for all its methods."""

USUAL = tuple(name for name in (*METHODS, *LEARNED) if name not in EITHER)
"""What a store is made of where nobody names methods."""

BLENDING = frozenset({"self_blend", "cross_blend", "face_swap", "sbi"})
"""Methods that draw from mask families."""


def method_of(name: str, weights: Path | None, masks: tuple[str, ...]) -> Method:
    """A method, ready to be called and to be sent to another process.

    Args:
        name: a key of `METHODS`, `LEARNED` or `GIVEN`.
        weights: of the network of a method that has one.
        masks: families that a blending method draws from.

    Raises:
        MissingWeights: a method with a network without its weights.
    """
    if name in LEARNED or name in GIVEN:
        if weights is None:
            raise MissingWeights(
                expected=f"the weights of {name}",
                got="none",
                fix="Let `barefaced forge` train them on real faces." if name in LEARNED else "Give forge.autoencoder.",
            )
        return LEARNED[name].load(weights) if name in LEARNED else GIVEN[name](weights, masks)
    method = METHODS[name]
    # Those of BLENDING take the keyword beside what the protocol asks of every method.
    return partial(method, masks=masks) if name in BLENDING else method  # pyright: ignore[reportCallIssue]
