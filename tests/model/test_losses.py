"""Each loss term against numbers worked out by hand, torch's own, and what must not change it."""

import math
from typing import Literal

import pytest
import torch
import torch.nn.functional as F

from barefaced.errors import NonFiniteLoss
from barefaced.model.augment_draws import CrossDraws
from barefaced.model.losses import (
    binary,
    check_finite,
    distill,
    domain,
    fused_labels,
    logit,
    one_against_rest,
    real_identity,
    real_or_fake,
)
from barefaced.values.tensors import LossTerms

Distance = Literal["mse", "smooth_l1", "cosine"]


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


# Real against fake


def test_binary_is_the_mean_cross_entropy() -> None:
    logits, labels = normal(7, 2), torch.tensor([0, 1, 1, 0, 1, 1, 1])
    torch.testing.assert_close(binary(logits, labels), F.cross_entropy(logits, labels))


def test_balanced_binary_weighs_both_classes_alike() -> None:
    logits, labels = normal(5, 2), torch.tensor([0, 1, 1, 1, 1])
    both = F.cross_entropy(logits[:1], labels[:1]) + F.cross_entropy(logits[1:], labels[1:])
    torch.testing.assert_close(binary(logits, labels, balanced=True), both / 2)
    again = torch.cat([logits, logits[:1].repeat(3, 1)])
    more = torch.cat([labels, torch.zeros(3, dtype=torch.int64)])
    torch.testing.assert_close(binary(again, more, balanced=True), both / 2)


def test_balanced_binary_of_one_class_is_that_classs_mean() -> None:
    logits, labels = normal(4, 2), torch.ones(4, dtype=torch.int64)
    torch.testing.assert_close(binary(logits, labels, balanced=True), F.cross_entropy(logits, labels))


def test_an_empty_batch_costs_nothing() -> None:
    none = torch.zeros(0, dtype=torch.int64)
    assert binary(torch.zeros(0, 2), none) == binary(torch.zeros(0, 2), none, balanced=True) == 0
    assert domain(torch.zeros(0, 5), none) == 0
    assert distill(normal(2, 3, 1, 1), normal(2, 3, 1, 1), present=torch.zeros(2, dtype=torch.bool)) == 0


# Domains


def test_domain_is_the_mean_cross_entropy_over_domains() -> None:
    logits, labels = normal(6, 5), torch.tensor([0, 1, 2, 3, 4, 0])
    torch.testing.assert_close(domain(logits, labels), F.cross_entropy(logits, labels))
    torch.testing.assert_close(domain(logits, F.one_hot(labels, 5).float()), domain(logits, labels))


def test_a_mixed_label_costs_the_mix_of_the_two_hard_labels() -> None:
    logits = normal(1, 3)
    mixed = domain(logits, torch.tensor([[0.0, 0.7, 0.3]]))
    one, two = (domain(logits, torch.tensor([k])) for k in (1, 2))
    torch.testing.assert_close(mixed, 0.7 * one + 0.3 * two)


def test_fused_labels_are_the_mean_of_what_the_two_branches_are() -> None:
    draws = CrossDraws(partner=torch.tensor([[1, 2, 0]]), alpha=torch.tensor([[0.5, 1.0, 0.0]]))
    for inputs in ("wd+cd", "cd"):
        expected = torch.tensor([[[0, 0.75, 0.25, 0], [0, 0, 1.0, 0], [0, 0.5, 0, 0.5]]])
        torch.testing.assert_close(fused_labels(draws, 1, 3, inputs), expected)
    hard = F.one_hot(torch.tensor([[1, 2, 3]]), 4).float()
    assert torch.equal(fused_labels(draws, 1, 3, "wd"), hard)
    assert torch.equal(fused_labels(None, 1, 3, "none"), hard)


def test_a_sample_blended_with_itself_keeps_its_hard_label() -> None:
    draws = CrossDraws(partner=torch.tensor([[0, 1]]), alpha=torch.tensor([[0.2, 0.9]]))
    torch.testing.assert_close(fused_labels(draws, 1, 2, "wd+cd"), F.one_hot(torch.tensor([[1, 2]]), 3).float())


def test_one_against_rest_is_a_balanced_binary_loss_of_each_encoder() -> None:
    logits, present = normal(2, 4, 3, 4), torch.tensor([[True] * 4, [True, False, True, True]])
    positive, negative = [], []
    for g in range(2):
        for k in range(4):
            for d in range(3):
                p = logits[g, k, d].softmax(-1)[d + 1]
                if present[g, k]:
                    (positive if k == d + 1 else negative).append(-(p if k == d + 1 else 1 - p).log())
    expected = (torch.stack(positive).mean() + torch.stack(negative).mean()) / 2
    torch.testing.assert_close(one_against_rest(logits, present), expected)


def test_one_against_rest_cannot_be_solved_by_knowing_the_encoder_alone() -> None:
    """Each encoder always answers with its own domain, whatever the image: perfect for `own`, chance here."""
    always_own = F.one_hot(torch.arange(1, 4), 4).float().expand(2, 4, -1, -1)
    assert domain(20 * always_own[0, 0], torch.arange(1, 4)) < 1e-6
    sharpness = torch.linspace(-3, 6, 40)
    assert min(one_against_rest(s * always_own) for s in sharpness) >= math.log(2) - 1e-3


# Distillation


@pytest.mark.parametrize("distance", ["mse", "smooth_l1", "cosine"])
def test_each_distance_is_torchs(distance: Distance) -> None:
    a, b = normal(3, 2, 5, 4, 3), normal(3, 2, 5, 4, 3, seed=1)
    expected = {
        "mse": F.mse_loss(a, b),
        "smooth_l1": F.smooth_l1_loss(a, b),
        "cosine": 1 - F.cosine_similarity(a, b, dim=2).mean(),
    }[distance]
    torch.testing.assert_close(distill(a, b, distance), expected)
    torch.testing.assert_close(distill(b, b, distance), torch.tensor(0.0), atol=1e-6, rtol=0)


@pytest.mark.parametrize("distance", ["mse", "smooth_l1", "cosine"])
def test_groups_with_holes_cost_what_each_alone_would_weighted_by_counts(distance: Distance) -> None:
    a, b = normal(3, 4, 5, 2, 2), normal(3, 4, 5, 2, 2, seed=1)
    present = torch.tensor([[True, True, False, True], [False, False, True, False], [True] * 4])
    alone = [distill(a[g][present[g]], b[g][present[g]], distance) for g in range(3)]
    expected = sum(n * loss for n, loss in zip((3, 1, 4), alone, strict=True)) / 8
    spoilt = torch.where(present[..., None, None, None], a, torch.inf)
    torch.testing.assert_close(distill(spoilt, b, distance, present), expected)


def test_holes_get_no_gradient() -> None:
    a, present = normal(2, 3, 1, 1).requires_grad_(), torch.tensor([True, False])
    distill(a, normal(2, 3, 1, 1, seed=1), present=present).backward()
    assert a.grad is not None
    assert a.grad[0].any()
    assert not a.grad[1].any()


# Identity


def toy_identity() -> tuple[torch.Tensor, ...]:
    """One group at 2 positions: domain 0 equals the real frame, 1 is at right angles to it, 2 is its opposite."""
    real = torch.tensor([1.0, 0.0])[None, :, None, None].expand(1, 2, 1, 2)
    forged = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])[None, :, :, None, None].expand(1, 3, 2, 1, 2)
    return real, forged


def test_identity_is_kept_less_replaced() -> None:
    real, forged = toy_identity()
    keeps, replaces = torch.tensor([True, True, False]), torch.tensor([False, False, True])
    assert real_identity(real, forged, keeps, replaces) == pytest.approx(0.5 - 2.0)
    assert real_identity(real, forged, keeps, replaces, summed=True) == pytest.approx(2 * (0.5 - 2.0))
    present = torch.tensor([[True, False, True]])
    assert real_identity(real, forged, keeps, replaces, present) == pytest.approx(0.0 - 2.0)
    nobody = torch.zeros(3, dtype=torch.bool)
    assert real_identity(real, forged, nobody, replaces) == pytest.approx(-2.0)


# Logits


def test_the_teachers_probability_of_fake_is_the_sum_over_its_forgeries() -> None:
    teacher = normal(6, 5)
    p = teacher.softmax(-1)
    expected = torch.stack([p[:, 0], p[:, 1:].sum(-1)], -1)
    torch.testing.assert_close(real_or_fake(teacher).softmax(-1), expected)


def test_logit_is_hintons_softened_divergence() -> None:
    student, teacher, tau = normal(4, 2), normal(4, 5, seed=1), 3.0
    p, q = (real_or_fake(teacher) / tau).softmax(-1), (student / tau).softmax(-1)
    torch.testing.assert_close(logit(student, teacher, tau), tau**2 * (p * (p / q).log()).sum(-1).mean())
    torch.testing.assert_close(logit(real_or_fake(teacher), teacher, tau), torch.tensor(0.0), atol=1e-6, rtol=0)


def test_the_gradient_of_logit_keeps_its_size_as_the_temperature_grows() -> None:
    sizes = []
    for tau in (20.0, 80.0):
        student = normal(4, 2).requires_grad_()
        logit(student, normal(4, 2, seed=1), tau).backward()
        assert student.grad is not None
        sizes.append(float(student.grad.norm()))
    assert sizes[0] == pytest.approx(sizes[1], rel=0.02)


# Not a number


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_term_that_is_no_number_stops_the_run_and_is_named(value: float) -> None:
    fine = LossTerms({"binary": torch.tensor(1.0), "domain": torch.tensor(0.0)})
    check_finite(fine, step=3)
    with pytest.raises(NonFiniteLoss, match="`distill` at step 7"):
        check_finite(LossTerms({**fine.terms, "distill": torch.tensor(value)}), step=7)
