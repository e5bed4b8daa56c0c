"""The values that cross a room's boundary and hold tensors. Apart from `types`, so that only what computes loads torch.

Alphabet: G groups, D forgery domains, K = D + 1 images in a group (0 is real), S crop side, B flat batch,
C H W feature map.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor


@dataclass(frozen=True)
class GroupBatch:
    """G groups, ready for the model. A hole's image is zeros and `present` is False there."""

    images: UInt8[Tensor, "G K 3 S S"]
    present: Bool[Tensor, "G K"]
    methods: tuple[str, ...]
    """K names by position; the first is `real`."""
    masks: UInt8[Tensor, "G K S S"] | None = None
    """Where each image was altered: 0 nowhere, 255 wholly. None where nobody asked for them."""
    has_mask: Bool[Tensor, "G K"] | None = None
    """Whether that is known: of reals, and of forgeries whose mask is. Elsewhere, and at holes, the mask is zeros."""

    def groups(self, start: int, stop: int) -> "GroupBatch":
        """Cut out groups `start` to `stop` (excluded)."""
        return self._each(lambda value: value[start:stop])

    def to(self, device: torch.device) -> "GroupBatch":
        """Bring it to another device; from pinned memory the copy runs beside the computation."""
        return self._each(lambda value: value.to(device, non_blocking=True))

    def pin_memory(self) -> "GroupBatch":
        """Bring it into memory that a GPU can copy from by itself; torch's loader calls it."""
        return self._each(lambda value: value.pin_memory())

    def _each(self, change: Callable[[Tensor], Tensor]) -> "GroupBatch":
        return replace(
            self,
            images=change(self.images),
            present=change(self.present),
            masks=None if self.masks is None else change(self.masks),
            has_mask=None if self.has_mask is None else change(self.has_mask),
        )


@dataclass(frozen=True)
class TeacherFeatures:
    """The teacher's view of a batch: what the student is to imitate."""

    real: Float[Tensor, "G C H W"]
    forged: Float[Tensor, "G D C H W"]
    augmented: Float[Tensor, "G D C H W"]
    """After the latent augmentations and the fusion."""


@dataclass(frozen=True)
class StudentOut:
    """The student's last feature map and its two logits, (real, fake)."""

    features: Float[Tensor, "B C H W"]
    logits: Float[Tensor, "B 2"]


@dataclass(frozen=True)
class LossTerms:
    """Named scalar losses; a term that is off is not there."""

    terms: dict[str, Float[Tensor, ""]] = field(default_factory=dict)

    def total(self, weights: dict[str, float]) -> Float[Tensor, ""]:
        """Take the weighted sum; every term must have a weight."""
        return sum((weights[name] * value for name, value in self.terms.items()), start=_zero(self.terms))


def at_least_float32(value: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Give it in float32, or in the value's own precision where that is more: half precision is for networks alone."""
    return value.to(torch.promote_types(value.dtype, torch.float32))


def _zero(terms: dict[str, Tensor]) -> Tensor:
    return next(iter(terms.values())).new_zeros(())
