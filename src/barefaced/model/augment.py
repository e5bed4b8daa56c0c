"""The latent augmentations (LSDA, CVPR 2024): pure functions, every sample of a batch at once.

    statistics      centroid, hardest, spread                                      of each domain
    within-domain   centrifugal_direct, centrifugal_indirect, warp.affine, additive    one drawn for each sample
    cross-domain    mixup                                                          with another domain of the group

Alphabet: G groups, D forgery domains, C H W feature map, N = G D samples.
A sample is one [C H W] map and a domain is one d. `present` is False at holes. Statistics are at least float32
and detached whatever the features are; everything is differentiable in the features. No loop over samples or channels:
the number of operator calls does not depend on any of the sizes. What chance decides is drawn in `augment_draws`.

Of several processes each has groups of its own. A statistic of all of them is told how to join what each one knows:
`reduce` gives the sum over the processes, `gather` their rows one after the other. Without, it is of this process.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from barefaced.model.augment_draws import ADDITIVE, AFFINE, DIRECT, INDIRECT, OPERATIONS, WithinDraws
from barefaced.model.warp import affine, rotation
from barefaced.values.tensors import at_least_float32

Join = Callable[[Tensor], Tensor]


def _of_this_process(value: Tensor) -> Tensor:
    return value


@dataclass(frozen=True)
class DomainStatistics:
    """What the within-domain operations know of each domain. Detached; float32, or wider where the features are."""

    centre: Float[Tensor, "D C H W"]
    hard: Float[Tensor, "D C H W"]
    """The challenging example: the sample farthest from the centre."""
    spread: Float[Tensor, " D"]
    """Standard deviation of the domain's feature values."""


def centroid(
    z: Float[Tensor, "G D C H W"], present: Bool[Tensor, "G D"], reduce: Join = _of_this_process
) -> Float[Tensor, "D C H W"]:
    """Average each domain's samples; zeros for a domain that has none."""
    total = reduce(torch.where(present[..., None, None, None], at_least_float32(z.detach()), 0).sum(dim=0))
    return total / _per_sample(reduce(present.sum(dim=0)).clamp(min=1))


def hardest(
    z: Float[Tensor, "G D C H W"],
    centre: Float[Tensor, "D C H W"],
    present: Bool[Tensor, "G D"],
    gather: Join = _of_this_process,
) -> Float[Tensor, "D C H W"]:
    """Pick each domain's sample farthest from `centre`, the first on a tie; `centre` for a domain that has none."""
    z, domains = at_least_float32(z.detach()), torch.arange(z.shape[1], device=z.device)
    away = torch.linalg.vector_norm((z - centre).flatten(2), dim=-1).masked_fill(~present, -1)
    distance, group = away.max(dim=0)
    farthest = torch.where(_per_sample(distance) < 0, centre, z[group, domains])
    # Of each process only its farthest travels.
    distances, candidates = gather(distance[None]), gather(farthest[None])
    return candidates[distances.argmax(dim=0), domains]


def spread(
    z: Float[Tensor, "G D C H W"], present: Bool[Tensor, "G D"], reduce: Join = _of_this_process
) -> Float[Tensor, " D"]:
    """Take the standard deviation of all values of a domain, over samples, channels and positions; 0 without any.

    One number a domain, so that isotropic noise stays isotropic; about the mean value, not about the centroid, so that
    it is not 0 where a domain has one sample. Two passes: the mean square less the squared mean would cancel.
    """
    values = at_least_float32(z.detach()).flatten(2)
    count = (reduce(present.sum(dim=0)) * values.shape[-1]).clamp(min=1)
    mean = reduce(values.sum(dim=-1).masked_fill(~present, 0).sum(dim=0)) / count
    away = torch.linalg.vector_norm(values - mean[:, None], dim=-1).masked_fill(~present, 0)
    return (reduce(away.square().sum(dim=0)) / count).sqrt()


def centrifugal_direct(
    z: Float[Tensor, "*samples C H W"], centre: Float[Tensor, "*#samples C H W"], beta: Float[Tensor, "*samples"]
) -> Float[Tensor, "*samples C H W"]:
    """z + beta (z - centre): away from the centre. ||z' - centre|| = (1 + beta) ||z - centre||."""
    return z + _per_sample(beta) * (z - centre)


def centrifugal_indirect(
    z: Float[Tensor, "*samples C H W"], hard: Float[Tensor, "*#samples C H W"], beta: Float[Tensor, "*samples"]
) -> Float[Tensor, "*samples C H W"]:
    """z + beta (hard - z): toward the challenging example. ||z' - hard|| = (1 - beta) ||z - hard||."""
    return z + _per_sample(beta) * (hard - z)


def additive(
    z: Float[Tensor, "*samples C H W"], noise: Float[Tensor, "*samples C H W"]
) -> Float[Tensor, "*samples C H W"]:
    """z + noise."""
    return z + noise


def within_domain(
    z: Float[Tensor, "G D C H W"], draws: WithinDraws, statistics: DomainStatistics, *, relative: bool
) -> Float[Tensor, "G D C H W"]:
    """Apply to each sample the operation drawn for it.

    The samples of each operation are brought together, moved, and put back where they were.

    Args:
        relative: noise in units of the domain's `spread`.
    """
    operation = draws.operation.flatten()
    order = operation.argsort(stable=True)
    counts = operation.bincount(minlength=len(OPERATIONS)).tolist()
    beta, theta = (factor.flatten()[order].to(z.device).split(counts) for factor in (draws.beta, draws.theta))
    order = order.to(z.device)
    samples = at_least_float32(z).flatten(0, 1).index_select(0, order).split(counts)
    domain = (order % z.shape[1]).split(counts)

    noise = draws.noise.to(samples[ADDITIVE])
    if relative:
        noise = noise * _per_sample(statistics.spread[domain[ADDITIVE]])
    moved = {
        DIRECT: centrifugal_direct(samples[DIRECT], statistics.centre[domain[DIRECT]], beta[DIRECT]),
        INDIRECT: centrifugal_indirect(samples[INDIRECT], statistics.hard[domain[INDIRECT]], beta[INDIRECT]),
        AFFINE: affine(samples[AFFINE], rotation(theta[AFFINE], *z.shape[-2:])),
        ADDITIVE: additive(samples[ADDITIVE], noise),
    }
    inverse = order.argsort()
    return torch.cat([moved[number] for number in range(len(OPERATIONS))])[inverse].to(z.dtype).view_as(z)


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


def _per_sample(value: Float[Tensor, "*samples"] | Int64[Tensor, "*samples"]) -> Tensor:
    """One number a sample, to be taken with its map."""
    return value[..., None, None, None]
