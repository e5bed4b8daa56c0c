"""The network behind `latent_swap`: a small public autoencoder of a diffusion model's latents (torch; loaded only where
it computes).

A tiny autoencoder (madebyollin/taesd, MIT) as its weights files have it: 8 times smaller, 32 numbers a place. Two plain
sequences, whose positions are the names of the tensors. Alphabet: B batch, h w the picture, multiples of 8; z y the
latent's sides. Pictures inside the network are RGB in [0, 1], channels first.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from barefaced.forgery.network_training import planes, restored

WIDTH, LATENT = 64, 32
"""Channels throughout, and of the latent."""
GROUPS = 4
"""Of the normalised channels at the lowest resolution."""
LARGEST = 3.0
"""The decoder's first step keeps latents within it: tanh(x / 3) 3."""


class Bounded(nn.Module):
    """Keeps latents within `LARGEST`."""

    def forward(self, latents: Float[Tensor, "B C z y"]) -> Float[Tensor, "B C z y"]:
        """The bounded latents."""
        return torch.tanh(latents / LARGEST) * LARGEST


class Block(nn.Module):
    """relu(x + three convolutions of x); with `pool` x is first added a normalised mix of its own channels."""

    def __init__(self, *, mixed: bool = False) -> None:
        super().__init__()
        convolutions = [nn.Conv2d(WIDTH, WIDTH, 3, padding=1) for _ in range(3)]
        self.conv = nn.Sequential(convolutions[0], nn.ReLU(), convolutions[1], nn.ReLU(), convolutions[2])
        self.pool = None
        if mixed:
            wide = 4 * WIDTH
            out, back = nn.Conv2d(WIDTH, wide, 1, bias=False), nn.Conv2d(wide, WIDTH, 1, bias=False)
            self.pool = nn.Sequential(out, nn.GroupNorm(GROUPS, wide), nn.ReLU(), back)

    def forward(self, x: Float[Tensor, "B C z y"]) -> Float[Tensor, "B C z y"]:
        """The map, of the same shape."""
        if self.pool is not None:
            x = x + self.pool(x)
        return torch.relu(x + self.conv(x))


def encoder() -> nn.Sequential:
    """Pictures [B 3 h w] to latents [B 32 h/8 w/8]."""
    steps: list[nn.Module] = [nn.Conv2d(3, WIDTH, 3, padding=1), Block()]
    for scale in range(3):
        steps += [_down(), *(Block(mixed=scale == 2) for _ in range(3))]
    return nn.Sequential(*steps, nn.Conv2d(WIDTH, LATENT, 3, padding=1))


def decoder() -> nn.Sequential:
    """Latents [B 32 z y] to pictures [B 3 8z 8y]."""
    steps: list[nn.Module] = [Bounded(), nn.Conv2d(LATENT, WIDTH, 3, padding=1), nn.ReLU()]
    for scale in range(3):
        steps += [*(Block(mixed=scale == 0) for _ in range(3)), nn.Upsample(scale_factor=2), _inner()]
    return nn.Sequential(*steps, Block(), nn.Conv2d(WIDTH, 3, 3, padding=1))


class Autoencoder(NamedTuple):
    """Both networks, ready to compute."""

    encoder: nn.Sequential
    decoder: nn.Sequential


def ready(encoding: Mapping[str, np.ndarray], decoding: Mapping[str, np.ndarray]) -> Autoencoder:
    """The networks, from checked tensors."""
    return Autoencoder(restored(encoder, encoding), restored(decoder, decoding))


def rebuilt(networks: Autoencoder, picture: UInt8[np.ndarray, "h w 3"]) -> UInt8[np.ndarray, "h w 3"]:
    """What the decoder makes of the picture's latents. On one thread: the same pixels whatever the machine's number of
    cores, and no crowd where every process forges."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            # Channels last: a sixth faster.
            shown = planes(picture[None]).contiguous(memory_format=torch.channels_last)
            made = networks.decoder(networks.encoder(shown))[0].clamp(0, 1)
    finally:
        torch.set_num_threads(threads)
    return np.rint(made.numpy().transpose(1, 2, 0) * 255).astype(np.uint8)


def _down() -> nn.Module:
    return nn.Conv2d(WIDTH, WIDTH, 3, stride=2, padding=1, bias=False)


def _inner() -> nn.Module:
    return nn.Conv2d(WIDTH, WIDTH, 3, padding=1, bias=False)
