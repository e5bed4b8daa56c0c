"""THE latent augmentations (LSDA, CVPR 2024): pure functions, every sample of a batch at once.

Alphabet: G groups, D forgery domains, C H W feature map, N = G D samples.
A sample is one [C H W] map and a domain is one d. `present` is False at holes. Statistics are at least float32
and detached whatever the features are; everything is differentiable in the features. No loop over samples or channels:
the number of operator calls does not depend on any of the sizes.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int64
from torch import Generator, Tensor

from barefaced.config.recipe import AugmentSettings
from barefaced.model.augment_draws import (
    ADDITIVE,
    AFFINE,
    DIRECT,
    INDIRECT,
    OPERATIONS,
    CrossDraws,
    WithinDraws,
    derangement,
    draw_cross,
    draw_within,
    gaussian_mixture,
)
from barefaced.model.warp import affine, reflection, rotation, scaling, shear, translation
from barefaced.values.tensors import wide

__all__ = [
    "OPERATIONS",
    "CrossDraws",
    "DomainStatistics",
    "WithinDraws",
    "additive",
    "affine",
    "apply_within",
    "batch_statistics",
    "centrifugal_direct",
    "centrifugal_indirect",
    "centroid",
    "cross_domain",
    "derangement",
    "draw_cross",
    "draw_within",
    "gaussian_mixture",
    "hardest",
    "mixup",
    "reflection",
    "rotation",
    "scaling",
    "shear",
    "spread",
    "translation",
    "within_domain",
]


@dataclass(frozen=True)
class DomainStatistics:
    """What the within-domain operations know of each domain. Detached; float32, or wider where the features are."""

    centre: Float[Tensor, "D C H W"]
    hard: Float[Tensor, "D C H W"]
    """The challenging example: the sample farthest from the centre."""
    spread: Float[Tensor, " D"]
    """Standard deviation of the domain's feature values."""


def centroid(z: Float[Tensor, "G D C H W"], present: Bool[Tensor, "G D"] | None = None) -> Float[Tensor, "D C H W"]:
    """Mean of each domain's samples; zeros for a domain that has none."""
    z = wide(z.detach())
    if present is None:
        return z.mean(dim=0)
    total = torch.where(present[..., None, None, None], z, 0).sum(dim=0)
    return total / present.sum(dim=0).clamp(min=1)[:, None, None, None]


def distances(
    z: Float[Tensor, "G D C H W"], centre: Float[Tensor, "D C H W"], present: Bool[Tensor, "G D"] | None = None
) -> Float[Tensor, "G D"]:
    """Euclidean distance of each flattened sample from its domain's centre; -1 at holes."""
    away = torch.linalg.vector_norm((wide(z.detach()) - centre.detach()).flatten(2), dim=-1)
    return away if present is None else away.masked_fill(~present, -1)


def hardest(
    z: Float[Tensor, "G D C H W"], centre: Float[Tensor, "D C H W"], present: Bool[Tensor, "G D"] | None = None
) -> Float[Tensor, "D C H W"]:
    """The sample of each domain farthest from `centre`, the first on a tie; `centre` for a domain that has none."""
    farthest, index = distances(z, centre, present).max(dim=0)
    picked = z.detach()[index, torch.arange(z.shape[1], device=z.device)]
    return torch.where(farthest[:, None, None, None] < 0, centre.detach(), picked.to(centre.dtype))


def spread(z: Float[Tensor, "G D C H W"], present: Bool[Tensor, "G D"] | None = None) -> Float[Tensor, " D"]:
    """Standard deviation of all values of a domain, over samples, channels and positions; 0 for a domain without any.

    One number a domain, so that isotropic noise stays isotropic; about the mean value, not about the centroid, so that
    it is not 0 where a domain has one sample.
    """
    z = wide(z.detach()).flatten(2)
    here = torch.ones(z.shape[:2], dtype=torch.bool, device=z.device) if present is None else present
    count = here.sum(dim=0).clamp(min=1)
    mean = z.mean(dim=-1).masked_fill(~here, 0).sum(dim=0) / count
    away = torch.linalg.vector_norm(z - mean[:, None], dim=-1).masked_fill(~here, 0)
    return (away.square().sum(dim=0) / (count * z.shape[-1])).sqrt()


def batch_statistics(z: Float[Tensor, "G D C H W"], present: Bool[Tensor, "G D"] | None = None) -> DomainStatistics:
    """Of the batch alone, in this process alone; `centre.CentreMemory` remembers, and joins processes."""
    centre = centroid(z, present)
    return DomainStatistics(centre=centre, hard=hardest(z, centre, present), spread=spread(z, present))


def centrifugal_direct(
    z: Float[Tensor, "G D C H W"], centre: Float[Tensor, "D C H W"], beta: Float[Tensor, "G D"]
) -> Float[Tensor, "G D C H W"]:
    """z + beta (z - centre): away from the centre. ||z' - centre|| = (1 + beta) ||z - centre||."""
    return (z + _per_sample(beta, z.device) * (z - centre)).to(z.dtype)


def centrifugal_indirect(
    z: Float[Tensor, "G D C H W"], hard: Float[Tensor, "D C H W"], beta: Float[Tensor, "G D"]
) -> Float[Tensor, "G D C H W"]:
    """z + beta (hard - z): toward the challenging example. ||z' - hard|| = (1 - beta) ||z - hard||."""
    return (z + _per_sample(beta, z.device) * (hard - z)).to(z.dtype)


def additive(
    z: Float[Tensor, "*samples C H W"], noise: Float[Tensor, "*samples C H W"]
) -> Float[Tensor, "*samples C H W"]:
    """z + noise."""
    return z + noise.to(z)


def mixup(
    z: Float[Tensor, "G D C H W"], partner: Int64[Tensor, "G D"], alpha: Float[Tensor, "G D"]
) -> Float[Tensor, "G D C H W"]:
    """alpha z[d] + (1 - alpha) z[partner], both of the same group (LSDA, cross-domain).

    One product of a [D D] mixing matrix with each group: forward and backward take a third of the time of picking the
    partners out first.
    """
    work = torch.promote_types(z.dtype, torch.float32)
    partner, alpha = partner.to(z.device), alpha.to(z.device, work)
    # Under autocast a product in bfloat16 would round the samples, and alpha = 1 would not be the identity.
    with torch.autocast(z.device.type, enabled=False):
        chosen = partner.unsqueeze(-1) == torch.arange(z.shape[1], device=z.device)
        mixing = torch.diag_embed(alpha) + (1 - alpha).unsqueeze(-1) * chosen
        return (mixing @ z.flatten(2).to(work)).to(z.dtype).view_as(z)


def apply_within(
    z: Float[Tensor, "G D C H W"], draws: WithinDraws, statistics: DomainStatistics, *, relative: bool
) -> Float[Tensor, "G D C H W"]:
    """The operation drawn for each sample.

    Every sample becomes keep z + shift: both centrifugal forms are keep z + from_centre centre + to_hard hard, noise is
    the shift of keep = 1, and a turned map is added where keep = 0. So few maps are held at a time.

    Args:
        relative: noise in units of the domain's `spread`.
    """
    work, device = torch.promote_types(z.dtype, torch.float32), z.device
    operation, beta = draws.operation, draws.beta
    from_centre = -beta * (operation == DIRECT)
    to_hard = beta * (operation == INDIRECT)
    keep = (1 - from_centre - to_hard) * (operation != AFFINE)
    noisy = (operation == ADDITIVE).flatten().nonzero().squeeze(1).to(device)
    turned = (operation == AFFINE).flatten().nonzero().squeeze(1)
    matrix = rotation(draws.theta.flatten()[turned], *z.shape[-2:]).to(device)
    turned = turned.to(device)

    noise = draws.noise.to(device, statistics.centre.dtype)
    if relative:
        noise = noise * statistics.spread[noisy % z.shape[1]][:, None, None, None]
    shift = _per_sample(from_centre, device) * statistics.centre
    shift = shift.addcmul_(_per_sample(to_hard, device), statistics.hard).flatten(0, 1).index_add_(0, noisy, noise)

    flat = z.flatten(0, 1).to(work)
    moved = torch.addcmul(shift.to(work), flat, _per_sample(keep.flatten(), device).to(work))
    return moved.index_add_(0, turned, affine(flat.index_select(0, turned), matrix)).to(z.dtype).view_as(z)


def _per_sample(value: Float[Tensor, "*samples"], device: torch.device) -> Float[Tensor, "*samples 1 1 1"]:
    return value.to(device)[..., None, None, None]


def within_domain(
    z: Float[Tensor, "G D C H W"],
    settings: AugmentSettings,
    generator: Generator,
    statistics: DomainStatistics | None = None,
    present: Bool[Tensor, "G D"] | None = None,
) -> Float[Tensor, "G D C H W"]:
    """Draw one operation for each (group, domain) and apply it.

    Args:
        statistics: from the centre memory; None takes the batch's own.
        present: only for the batch's own statistics. Holes are moved like the rest, and mean nothing afterwards.

    Raises:
        BadConfig: no operation has a weight, or a range or mixture is impossible.
    """
    draws = draw_within(settings, tuple(z.shape), generator)
    known = batch_statistics(z, present) if statistics is None else statistics
    return apply_within(z, draws, known, relative=settings.relative)


def cross_domain(
    z: Float[Tensor, "G D C H W"],
    settings: AugmentSettings,
    generator: Generator,
    present: Bool[Tensor, "G D"] | None = None,
) -> tuple[Float[Tensor, "G D C H W"], CrossDraws]:
    """Blend each sample with another domain's of its group, and tell with which and how much (the mixed labels).

    A partner is never a hole. A sample without any other present in its group stays itself.

    Raises:
        BadConfig: fewer than two domains, or an impossible law of alpha.
    """
    draws = draw_cross(settings, z.shape[0], z.shape[1], generator, present)
    return mixup(z, draws.partner, draws.alpha), draws
