"""The lower face's network and its training (torch; loaded only where it computes).

Alphabet: B batch, N faces, V = 64 side of the window's picture, h w a map. Pictures inside the network are RGB in
[0, 1], channels first. A guide is four planes: hole, lips, the mouth's inside, jaw line.
"""

from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Float32, UInt8
from torch import Tensor, nn

from barefaced.forgery import network_training
from barefaced.forgery.learned import Step
from barefaced.forgery.network_training import planes

GUIDES = 4
COARSE = 4
"""Pixels a side of the blocks in which the hole's own texture is seen: its colours, not its edges."""


class Renderer(nn.Module):
    """A U-Net that paints the hole from what surrounds it, from the guide and from the hole's coarse texture."""

    def __init__(self) -> None:
        super().__init__()
        first = 3 + GUIDES
        self.downs = nn.ModuleList(_down(a, b) for a, b in ((first, 12), (12, 24), (24, 48), (48, 96)))
        self.ups = nn.ModuleList(_up(a, b) for a, b in ((96, 32), (32 + 48, 16), (16 + 24, 12), (12 + 12, 6)))
        self.last = nn.Conv2d(6 + first, 3, 3, 1, 1)

    def forward(self, pictures: Float[Tensor, "B 3 V V"], guides: Float[Tensor, "B 4 V V"]) -> Float[Tensor, "B 3 V V"]:
        """Pictures, about [0, 1]; not clipped, for the loss's sake."""
        coarse = F.interpolate(F.avg_pool2d(pictures, COARSE), scale_factor=COARSE, mode="bilinear")
        seen = torch.lerp(pictures, coarse, guides[:, :1])
        maps = [torch.cat([seen * 2 - 1, guides], 1)]
        for down in self.downs:
            maps.append(down(maps[-1]))
        flow = maps.pop()
        for up in self.ups:
            flow = torch.cat([up(flow), maps.pop()], 1)
        return self.last(flow) * 0.5 + 0.5


def train(
    windows: UInt8[np.ndarray, "N V V 3"],
    textures: UInt8[np.ndarray, "N V V 3"],
    guides: UInt8[np.ndarray, "N V V 4"],
    seed: int,
    steps: int,
    step: Step,
) -> dict[str, np.ndarray]:
    """The windows from textures (the same faces with another expression) and guides; only the hole counts.

    Raises:
        NonFiniteLoss: the loss is not a number.
    """
    return network_training.trained(
        Renderer, partial(_loss, windows, textures, guides), seed, steps, step, "neural_texture"
    )


def rendered(
    network: Renderer, picture: UInt8[np.ndarray, "V V 3"], guide: UInt8[np.ndarray, "V V 4"]
) -> Float32[np.ndarray, "V V 3"]:
    """The network's picture, 0 to 255."""
    with torch.inference_mode():
        made = network(planes(picture[None]), planes(guide[None]))[0]
    return np.ascontiguousarray(made.clamp(0, 1).numpy().transpose(1, 2, 0) * np.float32(255))


def _loss(
    windows: UInt8[np.ndarray, "N V V 3"],
    textures: UInt8[np.ndarray, "N V V 3"],
    guides: UInt8[np.ndarray, "N V V 4"],
    network: Renderer,
    generator: np.random.Generator,
) -> Float[Tensor, ""]:
    chosen = generator.integers(len(windows), size=network_training.BATCH)
    both = np.concatenate([windows[chosen], textures[chosen], guides[chosen]], axis=-1)
    mirrored = generator.random((network_training.BATCH, 1, 1, 1)) < 0.5
    both = planes(np.where(mirrored, both[:, :, ::-1], both))
    wanted, texture, guide = both[:, :3], both[:, 3:6], both[:, 6:]
    hole = guide[:, :1]
    return network_training.likeness(network(texture, guide) * hole, wanted * hole)


def _down(a: int, b: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.LeakyReLU(0.1))


def _up(a: int, b: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(a, 4 * b, 3, 1, 1), nn.PixelShuffle(2), nn.LeakyReLU(0.1))
