"""The latent augmentations as the code published with LSDA computes them: a record to compare with, not the method.

Alphabet: G groups, D forgery domains, C H W feature map.
Written from a description of that arithmetic, and reproduces its recorded outputs to 1e-6. What sets it apart from
`augment`: the centroid is a mean over groups and channels, the hard example is one channel's map, every factor is drawn
per channel, noise is multiplied by the factor, `difference` stands in for rotation, and a mixup partner may be the
sample itself. Nothing is detached, and statistics are of this process's batch alone.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float32, Int64
from torch import Generator, Tensor

from barefaced.errors import BadConfig
from barefaced.model.augment_draws import CrossDraws, symmetric_beta

OPERATIONS = ("indirect", "direct", "additive", "difference")
_INDIRECT, _DIRECT, _ADDITIVE, _DIFFERENCE = range(len(OPERATIONS))


@dataclass(frozen=True)
class OfficialDraws:
    """What chance decides, sample by sample and channel by channel."""

    op: Int64[Tensor, "G D"]
    """Index into OPERATIONS."""
    beta: Float32[Tensor, "G D C"]
    sigma: Float32[Tensor, "G D C"]
    noise: Float32[Tensor, "G D C H W"]
    """Standard normal."""

    def groups(self, start: int, stop: int) -> "OfficialDraws":
        """Cut out those of groups `start` to `stop` (excluded)."""
        part = slice(start, stop)
        return OfficialDraws(op=self.op[part], beta=self.beta[part], sigma=self.sigma[part], noise=self.noise[part])


def draw(groups: int, domains: int, channels: int, height: int, width: int, generator: Generator) -> OfficialDraws:
    """Equal weights for the four operations; beta and sigma uniform on (0, 1)."""
    device = generator.device
    shape = (groups, domains, channels)
    return OfficialDraws(
        op=torch.randint(len(OPERATIONS), (groups, domains), generator=generator, device=device),
        beta=torch.rand(shape, generator=generator, device=device),
        sigma=torch.rand(shape, generator=generator, device=device),
        noise=torch.randn((*shape, height, width), generator=generator, device=device),
    )


def within_domain(
    f: Float[Tensor, "G D C H W"],
    op: Int64[Tensor, "G D"],
    beta: Float[Tensor, "G D C"],
    sigma: Float[Tensor, "G D C"],
    noise: Float[Tensor, "G D C H W"],
) -> Float[Tensor, "G D C H W"]:
    """f + beta (what the operation adds).

    Raises:
        BadConfig: fewer than two channels, which `difference` needs.
    """
    if f.shape[2] < 2:
        raise BadConfig(
            expected="features of at least two channels for the published arithmetic's `difference`",
            got=f"{f.shape[2]}",
            fix="Raise student.channels, or set augment.arithmetic to paper.",
        )
    op, beta, sigma, noise = (drawn.to(f.device) for drawn in (op, beta, sigma, noise))
    added = torch.stack(
        [
            _hardest(f) - f,
            f - _centroid(f),
            sigma[..., None, None] * noise,
            (f[:, :, :1] - f[:, :, 1:2]).expand_as(f),
        ]
    )
    groups, domains = op.shape
    group = torch.arange(groups, device=f.device)[:, None]
    chosen = added[op, group, torch.arange(domains, device=f.device)]
    return (f + beta[..., None, None] * chosen).to(f.dtype)


def _centroid(f: Float[Tensor, "G D C H W"]) -> Float[Tensor, "D 1 H W"]:
    """Mean over groups and channels."""
    return f.mean(dim=(0, 2)).unsqueeze(1)


def _hardest(f: Float[Tensor, "G D C H W"]) -> Float[Tensor, "D 1 H W"]:
    """The one channel's map farthest from the centroid, the first in (group, channel) order on a tie."""
    away = (f - _centroid(f)).square().sum(dim=(-2, -1))
    index = away.transpose(0, 1).flatten(1).argmax(dim=1)
    maps = f.transpose(0, 1).flatten(1, 2)
    return maps[torch.arange(len(maps), device=f.device), index].unsqueeze(1)


def draw_mixup(groups: int, domains: int, generator: Generator) -> CrossDraws:
    """Draw for `mixup` any permutation of the domains and one alpha ~ Beta(a, a), a ~ U(0.5, 2), for each group."""
    device = generator.device
    partner = torch.rand((groups, domains), generator=generator, device=device).argsort(dim=-1)
    a = 0.5 + 1.5 * torch.rand((groups, 1), generator=generator, device=device)
    return CrossDraws(partner=partner, alpha=symmetric_beta(a, generator).expand(-1, domains))
