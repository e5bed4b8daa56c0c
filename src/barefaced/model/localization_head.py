"""Where a picture was altered: a head on a map half-way through the student, and what it learns.

Alphabet: B images, S side of the masks, M h w a map's channels, height and width (cells).
Such a head makes a small network look at what was altered (Dong et al., "Implicit Identity Leakage", CVPR 2023; the
boundary is Li et al.'s, "Face X-ray", CVPR 2020).
"""

from typing import Literal

import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from barefaced.errors import BadConfig
from barefaced.model.backbones import LastMap

FAINTEST = 64
"""Peak of the faintest mask: self-blends take a quarter of the forgery. What is fainter is a mask's rim that a window
left over."""

SHARE_OF_REALS = "validation share held for altered, real faces"
"""Among a card's metrics: what a reader must compare a share with."""


class Locator(nn.Module):
    """A 3x3 convolution from a map to one logit a cell.

    Args:
        backbone: whose map it reads.
        stride: of that map, in pixels.

    Raises:
        BadConfig: the backbone has no such map.
    """

    def __init__(self, backbone: LastMap, stride: int) -> None:
        super().__init__()
        stages = backbone.stages
        if stride not in stages:
            raise BadConfig(
                expected=f"student.locate of 0 or a stride of the backbone's maps: {', '.join(map(str, stages))}"
                if stages
                else "a convolutional student.backbone for student.locate",
                got=str(stride),
                fix="Change it; 0 switches the head off.",
            )
        self.layer = nn.Conv2d(stages[stride][1], 1, kernel_size=3, padding=1)

    def forward(self, maps: Float[Tensor, "B M h w"]) -> Float[Tensor, "B h w"]:
        return self.layer(maps)[:, 0]


def region(masks: UInt8[Tensor, "B S S"]) -> Float[Tensor, "B S S"]:
    """Masks as shares of their own peak, 0 to 1: a face is altered where a forgery was blended in, however faintly."""
    peak = masks.flatten(1).amax(dim=1) if len(masks) else masks.new_zeros(0)
    return (masks / peak.clamp(min=FAINTEST)[:, None, None]).clamp(max=1.0)


def target(
    masks: UInt8[Tensor, "B S S"], size: tuple[int, int], kind: Literal["region", "boundary"]
) -> Float[Tensor, "B h w"]:
    """Give what the head's cells are to say of pictures with these masks, 0 to 1.

    Args:
        size: h and w.
        kind: the altered share M of a cell, or 4 M (1 - M).
    """
    cells = F.adaptive_avg_pool2d(region(masks)[:, None], size)[:, 0]
    return cells if kind == "region" else 4 * cells * (1 - cells)
