"""The loss terms of LSDA, each a pure function giving one scalar; weights are the caller's.

Alphabet: B flat batch, G groups, D forgery domains, K = D + 1 domains with real (0 is real, forgery domain d is d + 1),
N samples, C H W feature map, h w cells of a map half-way.
Logits of the binary head are (real, fake). `present` is False at holes; they add nothing to a term, and a term over no
sample at all is 0. Under several processes each gives its share of the mean: its own sum over the count of all.
Whether a target is detached is the caller's choice (`LossSettings.targets`).
"""

from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from barefaced.errors import NonFiniteLoss
from barefaced.model.augment_draws import CrossDraws
from barefaced.model.distributed import all_reduce_
from barefaced.values.tensors import LossTerms, at_least_float32

Inputs = Literal["wd+cd", "wd", "cd", "none"]


def binary(logits: Float[Tensor, "B 2"], labels: Int64[Tensor, " B"], *, balanced: bool = False) -> Float[Tensor, ""]:
    """Cross-entropy of real (0) against fake (1).

    Args:
        balanced: the mean of the mean over the real and the mean over the fake, whatever their counts.
    """
    losses = F.cross_entropy(at_least_float32(logits), labels, reduction="none")
    if not balanced:
        return losses.sum() / _everywhere(len(labels), losses)
    count = all_reduce_(torch.bincount(labels, minlength=2))
    return (losses / count[labels]).sum() / (count > 0).sum().clamp(min=1)


def domain(logits: Float[Tensor, "N K"], labels: Int64[Tensor, " N"] | Float[Tensor, "N K"]) -> Float[Tensor, ""]:
    """K-way cross-entropy: of which domain a teacher feature is. Labels are indices, or shares that sum to 1."""
    return F.cross_entropy(at_least_float32(logits), labels, reduction="sum") / _everywhere(len(labels), logits)


def fused_labels(draws: CrossDraws | None, groups: int, domains: int, inputs: Inputs) -> Float[Tensor, "G D K"]:
    """Shares of the domains in the fused feature F, for `domain`.

    F's within-domain half is of domain d alone; its cross-domain half is alpha of d and 1 - alpha of the partner. Both
    halves enter the fusion alike, so with both, F's label is the mean of theirs: (1 + alpha) / 2 and (1 - alpha) / 2.
    With `cd` it is (1 + alpha) / 2 too, for the half that is missing is f itself; with `wd` and `none` it is d.
    Our reading: the paper does not say.

    Args:
        draws: of the cross-domain augmentation, on whose device the labels are; not read for `wd` and `none`.
    """
    own = F.one_hot(torch.arange(1, domains + 1), domains + 1).float().expand(groups, -1, -1)
    if draws is None or inputs in ("wd", "none"):
        return own
    own = own.to(draws.alpha.device)
    partner = F.one_hot(draws.partner + 1, domains + 1)
    other = (1 - draws.alpha.unsqueeze(-1)) / 2
    return (1 - other) * own + other * partner


def one_against_rest(logits: Float[Tensor, "G K D K"], present: Bool[Tensor, "G K"] | None = None) -> Float[Tensor, ""]:
    """Score, for `domain_inputs = all`, every image k through every forgery encoder d.

    `logits[g, k, d]` are those of the K-way domain head on that encoder's pooled map.

    Encoder d is to tell its own domain's image from all the others: binary cross-entropy of the head's probability of
    domain d + 1, against that of the rest together. The encoder an image went through then says nothing of its domain,
    which it does where each image meets only its own (there pure noise is told apart perfectly). Real and fused
    features still go through `domain`. Each encoder sees one own image to K - 1 others; the two are weighed alike, or
    answering "not mine" to everything would be good.
    """
    groups, kinds, domains, _ = logits.shape
    log_p = at_least_float32(logits).log_softmax(dim=-1)
    mine = F.one_hot(torch.arange(1, kinds, device=logits.device), kinds).bool()
    own = log_p.masked_fill(~mine, -torch.inf).logsumexp(dim=-1)
    rest = log_p.masked_fill(mine, -torch.inf).logsumexp(dim=-1)
    is_own = mine.T
    here = torch.ones(groups, kinds, dtype=torch.bool, device=logits.device) if present is None else present
    here = here[:, :, None].expand(-1, -1, domains)
    positive = _mean_over(-own, here & is_own)
    negative = _mean_over(-rest, here & ~is_own)
    return (positive + negative) / 2


def distill(
    student: Float[Tensor, "*samples C H W"],
    target: Float[Tensor, "*samples C H W"],
    distance: Literal["mse", "smooth_l1", "cosine"] = "mse",
    present: Bool[Tensor, "*samples"] | None = None,
) -> Float[Tensor, ""]:
    """Take the mean over the present samples of a distance between feature maps.

    `mse` and `smooth_l1` are means over C H W; `cosine` is 1 - cos between the channel vectors of a position, averaged
    over the positions.
    """
    losses = _DISTANCES[distance](at_least_float32(student), at_least_float32(target))
    here = torch.ones_like(losses, dtype=torch.bool) if present is None else present
    return _mean_over(losses, here)


def real_identity(
    real: Float[Tensor, "G C H W"],
    forged: Float[Tensor, "G D C H W"],
    keeps: Bool[Tensor, " D"],
    replaces: Bool[Tensor, " D"],
    present: Bool[Tensor, "G D"] | None = None,
    *,
    summed: bool = False,
) -> Float[Tensor, ""]:
    """Compare identities in the real encoder's space.

    The distance from the real frame to forgeries that keep the target's identity, less that to those that replace it.
    Distance = 1 - cos between the channel vectors of a position.

    Args:
        real, forged: the real encoder's maps of the real and of the forged images.
        keeps, replaces: which forgery domains do; a set that is empty counts 0.
        present: of the forged images, in groups whose real one is there.
        summed: over the positions, as published, and not averaged.
    """
    away = 1 - F.cosine_similarity(at_least_float32(real).unsqueeze(1), at_least_float32(forged), dim=2)
    losses = away.sum(dim=(-2, -1)) if summed else away.mean(dim=(-2, -1))
    here = torch.ones_like(losses, dtype=torch.bool) if present is None else present
    return _mean_over(losses, here & keeps) - _mean_over(losses, here & replaces)


def real_or_fake(logits: Float[Tensor, "N K"]) -> Float[Tensor, "N 2"]:
    """Two-way logits of a domain teacher's K-way ones: softmax gives p(real) and the sum of p over the forgeries."""
    return torch.stack([logits[:, 0], logits[:, 1:].logsumexp(dim=-1)], dim=-1)


def logit(student: Float[Tensor, "N 2"], teacher: Float[Tensor, "N K"], temperature: float) -> Float[Tensor, ""]:
    """tau^2 KL(softmax(p_T / tau) || softmax(p_S / tau)) (Hinton, Vinyals, Dean, 2015).

    Hinton's other half, the cross-entropy with the labels, is `binary`; the weights of the two terms stand for a and
    1 - a. The teacher's domains are joined before the softening: softened one by one, D forgeries would lean every
    answer toward fake.
    """
    target = (real_or_fake(at_least_float32(teacher)) / temperature).log_softmax(dim=-1)
    answer = (at_least_float32(student) / temperature).log_softmax(dim=-1)
    divergence = F.kl_div(answer, target, log_target=True, reduction="sum") / _everywhere(len(student), student)
    return temperature**2 * divergence


def locate(
    logits: Float[Tensor, "B h w"], targets: Float[Tensor, "B h w"], known: Bool[Tensor, " B"]
) -> Float[Tensor, ""]:
    """Binary cross-entropy of the cells, those altered and those not weighing alike however many they are.

    The mean over the altered cells (each by its share) and the mean over the others, halved; where the images of all
    processes have one kind only, its mean.

    Args:
        targets: altered share of each cell, 0 to 1.
        known: of which images that is known; the others add nothing.
    """
    sides = []
    for answer, share in ((logits, targets), (-logits, 1 - targets)):
        weight = torch.where(known[:, None, None], at_least_float32(share), 0)
        whole = all_reduce_(weight.sum())
        summed = (F.softplus(-at_least_float32(answer)) * weight).sum()
        sides.append((summed / torch.where(whole > 0, whole, 1), whole > 0))
    (altered, any_altered), (untouched, any_untouched) = sides
    return (altered + untouched) / (any_altered.long() + any_untouched.long()).clamp(min=1)


def check_finite(losses: LossTerms, step: int) -> None:
    """Stop a run whose loss is no number, before it moves a weight.

    Raises:
        NonFiniteLoss: names the first such term.
    """
    for name, value in losses.terms.items():
        if not bool(value.isfinite()):
            raise NonFiniteLoss(
                expected=f"a finite loss term `{name}` at step {step}",
                got=f"{value.item()}",
                fix="Lower optim.lr or set optim.clip, and begin a new run; the last states and the best student stay.",
            )


def _mean_over(losses: Float[Tensor, "*samples"], here: Bool[Tensor, "*samples"]) -> Float[Tensor, ""]:
    return torch.where(here, losses, 0).sum() / all_reduce_(here.sum()).clamp(min=1)


def _everywhere(count: int, like: Tensor) -> Int64[Tensor, ""]:
    return all_reduce_(torch.tensor(count, device=like.device)).clamp(min=1)


def _mse(a: Float[Tensor, "*samples C H W"], b: Float[Tensor, "*samples C H W"]) -> Float[Tensor, "*samples"]:
    return (a - b).square().mean(dim=(-3, -2, -1))


def _smooth_l1(a: Float[Tensor, "*samples C H W"], b: Float[Tensor, "*samples C H W"]) -> Float[Tensor, "*samples"]:
    return F.smooth_l1_loss(a, b, reduction="none").mean(dim=(-3, -2, -1))


def _cosine(a: Float[Tensor, "*samples C H W"], b: Float[Tensor, "*samples C H W"]) -> Float[Tensor, "*samples"]:
    return 1 - F.cosine_similarity(a, b, dim=-3).mean(dim=(-2, -1))


_DISTANCES = {"mse": _mse, "smooth_l1": _smooth_l1, "cosine": _cosine}
