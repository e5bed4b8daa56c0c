"""What chance decides in the latent augmentations: drawn here, applied in `augment`, so that it can be replayed.

Alphabet: G groups, D forgery domains, C H W feature map, M Gaussians of a mixture, N samples drawn for additive noise.
Every draw comes from the generator given, on that generator's device. A generator on the CPU spares an accelerator
the wait for the number of samples of each operation.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Float32, Int64
from torch import Generator, Tensor

from barefaced.config.recipe import AugmentSettings
from barefaced.errors import BadConfig

OPERATIONS = ("direct", "indirect", "affine", "additive")
"""The within-domain operations; the settings' weights have the same names."""
DIRECT, INDIRECT, AFFINE, ADDITIVE = range(len(OPERATIONS))

_CANDIDATES = 64
"""Permutations tried at once for each group. At least 1 in 3 is a derangement: all fail with chance under 6e-12."""


@dataclass(frozen=True)
class WithinDraws:
    """One operation for each sample, and its factors."""

    operation: Int64[Tensor, "G D"]
    """Index into OPERATIONS."""
    beta: Float32[Tensor, "G D"]
    """Centrifugal factor."""
    theta: Float32[Tensor, "G D"]
    """Rotation in radians."""
    noise: Float32[Tensor, "N C H W"]
    """Of the N samples whose operation is additive, in the order of (group, domain)."""

    def groups(self, start: int, stop: int) -> "WithinDraws":
        """Cut out those of groups `start` to `stop` (excluded): what one of several processes applies."""
        noisy = self.operation == ADDITIVE
        first, count = int(noisy[:start].sum()), int(noisy[start:stop].sum())
        return WithinDraws(
            operation=self.operation[start:stop],
            beta=self.beta[start:stop],
            theta=self.theta[start:stop],
            noise=self.noise[first : first + count],
        )


@dataclass(frozen=True)
class CrossDraws:
    """Whom each sample is blended with, and how much of it stays: alpha of its own, 1 - alpha of the partner."""

    partner: Int64[Tensor, "G D"]
    """Domain of the same group."""
    alpha: Float32[Tensor, "G D"]

    def groups(self, start: int, stop: int) -> "CrossDraws":
        """Cut out those of groups `start` to `stop` (excluded)."""
        return CrossDraws(partner=self.partner[start:stop], alpha=self.alpha[start:stop])


def draw_within(settings: AugmentSettings, shape: tuple[int, ...], generator: Generator) -> WithinDraws:
    """Draw an operation for each sample of features of `shape` (G, D, C, H, W); noise for those alone that need it."""
    groups, domains, *sample = shape
    weights = [settings.direct, settings.indirect, settings.affine, settings.additive]
    operation = _choose(weights, (groups, domains), generator)
    beta = _uniform(*settings.beta, (groups, domains), generator)
    turn = math.radians(settings.degrees)
    theta = _uniform(-turn, turn, (groups, domains), generator)
    noisy = int((operation == ADDITIVE).sum())
    noise = gaussian_mixture(torch.tensor(settings.mixture), torch.tensor(settings.sigmas), (noisy, *sample), generator)
    return WithinDraws(operation=operation, beta=beta, theta=theta, noise=noise)


def draw_cross(
    settings: AugmentSettings,
    groups: int,
    domains: int,
    generator: Generator,
    present: Bool[Tensor, "G D"] | None = None,
) -> CrossDraws:
    """Draw a derangement of the domains of each group, and alpha by the settings' law.

    Raises:
        BadConfig: fewer than two domains.
    """
    partner = derangement(groups, domains, generator, present)
    return CrossDraws(partner=partner, alpha=_alpha(settings, (groups, domains), generator))


def derangement(
    groups: int, domains: int, generator: Generator, present: Bool[Tensor, "G D"] | None = None
) -> Int64[Tensor, "G D"]:
    """Draw for each group a permutation of its present domains that moves every one, all such equally likely.

    A hole stays itself, and so does the one sample of a group that has no other.

    Raises:
        BadConfig: fewer than two domains.
    """
    if domains < 2:
        raise BadConfig(
            expected="at least two forgery domains to blend across",
            got=f"{domains}",
            fix="Add a domain to data.domains, or set augment.inputs to wd or none.",
        )
    device = generator.device
    here = torch.ones(groups, domains, dtype=torch.bool, device=device) if present is None else present.to(device)
    own = torch.arange(domains, device=device)
    # Present domains first, then the holes, each in order; a hole's key is its own place, so it is matched with itself.
    slots = here.long().argsort(dim=-1, descending=True, stable=True)
    stays = ~here | (here.sum(dim=-1, keepdim=True) < 2)
    while True:
        keys = torch.rand(_CANDIDATES, groups, domains, generator=generator, device=device)
        order = torch.where(here, keys, 1.0 + own).argsort(dim=-1)
        partner = torch.empty_like(order).scatter_(-1, slots.expand_as(order), order)
        valid = ((partner != own) | stays).all(dim=-1)
        if bool(valid.any(dim=0).all()):
            first = valid.long().argmax(dim=0)
            return partner[first, torch.arange(groups, device=device)]


def gaussian_mixture(
    weights: Float[Tensor, " M"],
    sigmas: Float[Tensor, " M"] | Float[Tensor, "M C"],
    shape: tuple[int, ...],
    generator: Generator,
) -> Float32[Tensor, "*samples C H W"]:
    """Noise eps ~ sum_k weights_k N(0, Sigma_k), zero mean (LSDA, within-domain, additive).

    The mixture is over the whole vector eps: one Gaussian is drawn for each sample, and all C H W values of the sample
    come from it. Drawn value by value it would be another law, with the same variance but nearly the same norm for
    every sample.

    Args:
        weights: not negative; divided by their sum.
        sigmas: standard deviations. [M] is isotropic, Sigma_k = sigma_k^2 I; [M C] is diagonal, one for each channel.
        shape: any sample axes, then C, H, W.
    """
    *samples, channels, _, _ = shape
    device = generator.device
    component = _choose(weights.tolist(), tuple(samples), generator)
    spread = sigmas.to(device, torch.float32).reshape(len(weights), -1).expand(-1, channels)[component]
    noise = torch.randn(shape, generator=generator, device=device)
    return noise.mul_(spread[..., None, None])


def symmetric_beta(a: Float[Tensor, "*shape"], generator: Generator) -> Float32[Tensor, "*shape"]:
    """Beta(a, a), exact for every a > 0, from two uniform draws.

    Bailey's polar method gives Student's t with 2a degrees of freedom, and 1/2 + t / (2 sqrt(2a + t^2)) is Beta(a, a)
    (R. W. Bailey, Math. Comp. 62, 1994; L. Devroye, "Random variate generation in one line of code", WSC 1996). Here
    numerator and denominator are both multiplied by U^(1 / 2a), so that nothing overflows for small a.
    torch.distributions cannot be given a generator.
    """
    u, v = torch.rand((2, *a.shape), generator=generator, device=generator.device, dtype=torch.float64)
    q = u ** (1 / a.to(u))
    cosine = torch.cos(2 * math.pi * v)
    ratio = (1 - q).sqrt() * cosine / (q + (1 - q) * cosine.square()).sqrt()
    return (0.5 + 0.5 * ratio).float()


def _alpha(settings: AugmentSettings, shape: tuple[int, ...], generator: Generator) -> Float32[Tensor, "G D"]:
    low, high = settings.a
    if settings.alpha == "uniform":
        return _uniform(0.0, 1.0, shape, generator)
    if settings.alpha == "fixed":
        return torch.full(shape, low, device=generator.device)
    return symmetric_beta(_uniform(low, high, shape, generator), generator)


def _uniform(low: float, high: float, shape: tuple[int, ...], generator: Generator) -> Float32[Tensor, "*shape"]:
    return torch.rand(shape, generator=generator, device=generator.device) * (high - low) + low


def _choose(weights: list[float], shape: tuple[int, ...], generator: Generator) -> Int64[Tensor, "*shape"]:
    """Indices with chances in proportion to `weights`; an index of weight 0 is never drawn."""
    edges = torch.tensor(weights, dtype=torch.float64, device=generator.device).cumsum(0)
    u = torch.rand(shape, generator=generator, device=generator.device, dtype=torch.float64)
    return torch.bucketize(u, (edges / edges[-1])[:-1], right=True)
