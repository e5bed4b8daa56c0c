"""The autoencoder's network and its training (torch; loaded only where it computes).

Alphabet: B batch, N faces, Z h w the latent, V = 64 side of the window's picture. Pictures inside the network are RGB
in [0, 1], channels first.
"""

from functools import partial
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Float32, UInt8
from torch import Tensor, nn

from barefaced.forgery import network_training
from barefaced.forgery.learned import Step
from barefaced.forgery.network_training import planes

LATENT = 40
"""Numbers at each of the latent's 8 x 8 places: a fifth of the picture's."""
GROUPS = 4
"""Of channels that are normalised together: without, 600 steps leave a face without colour or edges."""
RATE = 3e-3
"""Adam's first."""
KNOTS = 5
"""Nodes a side of the field that warps, as random_warp in the first public face-swapping code has them."""
WARP = 0.004
"""Standard deviation of a node's shift, as a share of the side: a quarter of a pixel. One person's decoder knows where
that person's features belong and draws them sharply whatever the input's bend; one that serves everybody does not, and
at 0.025 its faces were a blur of 1.6 pixels."""


class Autoencoder(nn.Module):
    """A picture to a small latent, and back by PixelShuffle, whose grid is one of the traces it leaves.

    The latent keeps 8 x 8 places: dense layers would be most of the weights.
    """

    def __init__(self) -> None:
        super().__init__()
        downs, ups = (3, 24, 48, LATENT), (LATENT, 48, 24, 3)
        self.encoder = nn.Sequential(*(_down(a, b) for a, b in pairwise(downs)))
        self.decoder = nn.Sequential(*(_up(a, b) for a, b in pairwise(ups)))

    def encode(self, pictures: Float[Tensor, "B 3 V V"]) -> Float[Tensor, "B Z h w"]:
        """The latents."""
        return self.encoder(pictures * 2 - 1)

    def decode(self, latents: Float[Tensor, "B Z h w"]) -> Float[Tensor, "B 3 V V"]:
        """Pictures, about [0, 1]; not clipped, for the loss's sake."""
        return self.decoder(latents) * 0.5 + 0.5


def warped(pictures: Float[Tensor, "B 3 V V"], generator: np.random.Generator) -> Float[Tensor, "B 3 V V"]:
    """Every picture bent by its own smooth random field, so that the network learns faces and not to copy pixels."""
    count, _, side, _ = pictures.shape
    knots = generator.normal(0, 2 * WARP, (count, 2, KNOTS, KNOTS)).astype(np.float32)
    field = F.interpolate(torch.from_numpy(knots), size=(side, side), mode="bicubic", align_corners=True)
    still = F.affine_grid(torch.eye(2, 3).expand(count, 2, 3), [count, 1, side, side], align_corners=False)
    return F.grid_sample(pictures, still + field.permute(0, 2, 3, 1), padding_mode="reflection", align_corners=False)


def train(windows: UInt8[np.ndarray, "N V V 3"], seed: int, steps: int, step: Step) -> dict[str, np.ndarray]:
    """Warped windows to straight ones.

    Raises:
        NonFiniteLoss: the loss is not a number.
    """
    return network_training.trained(Autoencoder, partial(_loss, windows), seed, steps, step, "autoencoder", RATE)


def swapped(
    network: Autoencoder, face: UInt8[np.ndarray, "V V 3"], donor: UInt8[np.ndarray, "V V 3"], share: float
) -> Float32[np.ndarray, "V V 3"]:
    """The decoder's picture (0 to 255) of a latent that is the donor's for `share` and the face's for the rest."""
    with torch.inference_mode():
        own, other = network.encode(planes(np.stack([face, donor])))
        made = network.decode(((1 - share) * own + share * other)[None])[0]
    return np.ascontiguousarray(made.clamp(0, 1).numpy().transpose(1, 2, 0) * np.float32(255))


def _loss(
    windows: UInt8[np.ndarray, "N V V 3"], network: Autoencoder, generator: np.random.Generator
) -> Float[Tensor, ""]:
    batch = windows[generator.integers(len(windows), size=network_training.BATCH)]
    mirrored = generator.random((network_training.BATCH, 1, 1, 1)) < 0.5
    wanted = planes(np.where(mirrored, batch[:, :, ::-1], batch))
    # The square, not its root: L1 is soonest lowered by leaving edges away.
    return F.mse_loss(network.decode(network.encode(warped(wanted, generator))), wanted)


def _down(a: int, b: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.GroupNorm(GROUPS, b), nn.LeakyReLU(0.1))


def _up(a: int, b: int) -> nn.Module:
    shown = nn.Sequential(nn.Conv2d(a, 4 * b, 3, 1, 1), nn.PixelShuffle(2))
    return shown if b == 3 else nn.Sequential(shown, nn.GroupNorm(GROUPS, b), nn.LeakyReLU(0.1))
