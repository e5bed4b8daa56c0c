"""From RGB uint8 crops to what a network is given.

Alphabet: B crops, S crop side, I input side, h w the template's height and width in pixels. Positions are continuous:
pixel i covers [i, i + 1), so the middle of a crop of S pixels is at S / 2.
"""

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from torch.nn.functional import interpolate

from barefaced.config.recipe import StudentSettings

TEMPLATE = 112
"""Side in pixels of the ArcFace template as published (Deng et al., 2019)."""


class Preprocess(nn.Module):
    """The whole crop, resized to I (antialiased, bilinear; untouched where S = I), in [0, 1], less mean, over std."""

    mean: Tensor
    std: Tensor

    def __init__(self, settings: StudentSettings) -> None:
        super().__init__()
        self.side = settings.input_size
        # The card holds them: a copy among the weights could contradict it.
        self.register_buffer("mean", torch.full((3, 1, 1), settings.mean), persistent=False)
        self.register_buffer("std", torch.full((3, 1, 1), settings.std), persistent=False)

    def forward(self, images: UInt8[Tensor, "B 3 S S"]) -> Float[Tensor, "B 3 I I"]:
        x = images.to(self.mean.dtype)
        # resize refuses an empty batch
        if x.shape[-1] != self.side and len(x):
            x = interpolate(x, (self.side, self.side), mode="bilinear", align_corners=False, antialias=True)
        elif x.shape[-1] != self.side:
            x = x.new_empty(0, 3, self.side, self.side)
        return (x / 255 - self.mean) / self.std


class Template(nn.Module):
    """Cuts the ArcFace template, or its middle columns, out of crops made with a margin; gives (x - 127.5) / scale.

    The template is the centre square of side S / margin, which rarely ends on whole pixels: it is resampled in one step
    from its exact edges, with the pixels beyond them as neighbours, antialiased.

    Args:
        margin: side of the crop over the side of the template.
        height: h, pixels, over which the whole height of the template is spread.
        width: w, pixels of the same size; less than `height` gives the middle columns.
        scale: 127.5 for ArcFace's public weights, 128 for MobileFaceNet's.
    """

    def __init__(self, margin: float, height: int, width: int, scale: float) -> None:
        super().__init__()
        self.margin, self.height, self.width, self.scale = margin, height, width, scale

    def forward(self, images: UInt8[Tensor, "B 3 S S"]) -> Float[Tensor, "B 3 h w"]:
        side = images.shape[-1]
        tall = side / self.margin
        wide = tall * self.width / self.height
        rows = resampling(side, (side - tall) / 2, tall, self.height).to(images.device)
        columns = resampling(side, (side - wide) / 2, wide, self.width).to(images.device)
        return (rows @ images.to(rows.dtype) @ columns.T - 127.5) / self.scale


def resampling(source: int, start: float, length: float, target: int) -> Float[Tensor, "target source"]:
    """Weights that resample [start, start + length) of `source` pixels to `target` ones, by a triangle.

    The same filter as an antialiased bilinear resize: where the step is below one pixel, plain bilinear interpolation.
    """
    step = length / target
    centres = start + (torch.arange(target, dtype=torch.float64, device="cpu") + 0.5) * step
    pixels = torch.arange(source, dtype=torch.float64, device="cpu") + 0.5
    reach = max(step, 1.0)
    weights = (1 - (centres[:, None] - pixels[None]).abs() / reach).clamp(min=0)
    return (weights / weights.sum(dim=1, keepdim=True)).float()
