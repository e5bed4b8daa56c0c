"""The networks that only training needs: forgery encoders, fusion, domain head. The real encoder has its own file.

Alphabet: G groups, D forgery domains, K = D + 1 images in a group (0 is real), I input side, N images that are present,
B flat batch, C H W feature map. Pictures are float and normalised (`Preprocess`).
"""

import torch
from einops import rearrange, reduce
from jaxtyping import Bool, Float
from torch import Tensor, nn

from barefaced.config.recipe import StudentSettings
from barefaced.errors import DataError
from barefaced.model.backbones import Encoder
from barefaced.model.distributed import all_reduce_


class ForgeryEncoders(nn.Module):
    """One encoder per forgery domain, each built like the student's.

    A plain loop over the domains: one network of stacked parameters (torch.func.vmap, grouped convolutions) takes 1.4
    times as long on a CPU, `benchmarks/encoders.py`.

    Raises:
        BadConfig, MissingWeights, CheckpointError: as `backbones.build`.
    """

    def __init__(self, settings: StudentSettings, domains: int) -> None:
        super().__init__()
        self.encoders = nn.ModuleList(Encoder(settings) for _ in range(domains))

    def forward(self, images: Float[Tensor, "G D 3 I I"], present: Bool[Tensor, "G D"]) -> Float[Tensor, "G D C H W"]:
        """Send each image through its own domain's encoder; zeros at the holes, which no encoder sees.

        The encoder of a domain without an image in the batch, on any process, does not run and gets no gradient.

        Raises:
            DataError: no image is present.
        """
        here = _anywhere(present)
        features = torch.cat([encoder(images[present[:, d], d]) for d, encoder in enumerate(self.encoders) if here[d]])
        maps = features.new_zeros(*present.T.shape, *features.shape[1:])
        maps[present.T] = features
        return rearrange(maps, "d g c h w -> g d c h w")

    def through_all(
        self, images: Float[Tensor, "G K 3 I I"], present: Bool[Tensor, "G K"]
    ) -> Float[Tensor, "G D K C H W"]:
        """Every image through every domain's encoder; zeros at the holes, which no encoder sees.

        Raises:
            DataError: no image is present.
        """
        _anywhere(present)
        seen = images[present]
        features = torch.stack([encoder(seen) for encoder in self.encoders], dim=1)
        maps = features.new_zeros(*present.shape, *features.shape[1:])
        maps[present] = features
        return rearrange(maps, "g k d c h w -> g d k c h w")


class Fusion(nn.Module):
    """Two views of each feature into one, in any H and W (paper: the fusion of within- and cross-domain features)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(2 * channels, channels, 1),
            nn.LeakyReLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.LeakyReLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.LeakyReLU(),
        )

    def forward(
        self, within: Float[Tensor, "G D C H W"], across: Float[Tensor, "G D C H W"]
    ) -> Float[Tensor, "G D C H W"]:
        pairs = rearrange([within, across], "two g d c h w -> (g d) (two c) h w")
        return self.layers(pairs).unflatten(0, within.shape[:2])  # einops cannot share out no groups


class DomainHead(nn.Module):
    """Which of K domains a feature is of: pooled, C to C/2, LeakyReLU, to K logits (0 is real)."""

    def __init__(self, channels: int, domains: int) -> None:
        super().__init__()
        hidden = max(channels // 2, 1)
        self.layers = nn.Sequential(nn.Linear(channels, hidden), nn.LeakyReLU(), nn.Linear(hidden, domains))

    def forward(self, features: Float[Tensor, "B C H W"]) -> Float[Tensor, "B K"]:
        return self.layers(reduce(features, "b c h w -> b c", "mean"))


def _anywhere(present: Bool[Tensor, "G n"]) -> list[bool]:
    """Which positions have an image on any of the processes."""
    here = [count > 0 for count in all_reduce_(present.sum(dim=0)).tolist()]
    if not any(here):
        raise DataError(
            expected="a batch with at least one image for the encoders",
            got=f"{len(present)} groups of holes",
            fix="Leave out groups that hold no forgery.",
        )
    return here
