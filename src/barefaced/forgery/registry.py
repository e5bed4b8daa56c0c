"""The forgery methods by name: one entry each, in `METHODS`."""

from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class ForgeryMethod:
    """One entry of `METHODS`: a function, or a network that is trained first or was trained by somebody else."""

    function: Method | None = None
    learned: Learned | None = None
    """How its network is trained on the real faces, and loaded."""
    given: Callable[[Path, tuple[str, ...]], Method] | None = None
    """Loads a network that somebody else trained, of its path and the mask families."""
    needs_donor: bool = False
    """Whether it takes another person's face; else the person stays who it was."""
    masks: bool = False
    """Whether it draws from mask families: it takes the keyword `masks` beside what `Method` asks for."""
    alters_real: bool = False
    """Whether it may alter the real face, too, by its keyword `either`: in training alone, as a store has one real face
    for all its methods."""


METHODS: dict[str, ForgeryMethod] = {
    "self_blend": ForgeryMethod(self_blend, masks=True),
    "cross_blend": ForgeryMethod(cross_blend, needs_donor=True, masks=True),
    "face_swap": ForgeryMethod(face_swap, needs_donor=True, masks=True),
    "reenact": ForgeryMethod(reenact),
    "frequency": ForgeryMethod(frequency),
    "sbi": ForgeryMethod(sbi, masks=True, alters_real=True),
    "autoencoder": ForgeryMethod(learned=AUTOENCODER, needs_donor=True),
    "neural_texture": ForgeryMethod(learned=NEURAL_TEXTURE),
    "latent_swap": ForgeryMethod(given=LatentSwap, needs_donor=True),
}

USUAL = tuple(name for name, method in METHODS.items() if not (method.given or method.alters_real))
"""What a store is made of where nobody names methods."""


def load_method(name: str, weights: Path | None, masks: tuple[str, ...]) -> Method:
    """Load a method, ready to be called and to be sent to another process.

    Args:
        name: a key of `METHODS`.
        weights: of the network of a method that has one.
        masks: families that a method with masks draws from.

    Raises:
        MissingWeights: a method with a network without its weights.
    """
    entry = METHODS[name]
    if entry.function is not None:
        return partial(entry.function, masks=masks) if entry.masks else entry.function  # pyright: ignore[reportCallIssue]
    if weights is None:
        raise MissingWeights(
            expected=f"the weights of {name}",
            got="none",
            fix="Let `barefaced forge` train them on real faces." if entry.learned else "Give forge.autoencoder.",
        )
    if entry.learned is not None:
        return entry.learned.load(weights)
    assert entry.given is not None, "a function, a learned network, or a given one"
    return entry.given(weights, masks)
