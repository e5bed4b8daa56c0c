"""The laws of chance of the latent augmentations."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from barefaced.config.recipe import AugmentSettings
from barefaced.errors import BadConfig
from barefaced.model.augment_draws import (
    OPERATIONS,
    derangement,
    draw_cross,
    draw_within,
    gaussian_mixture,
    symmetric_beta,
)

SETTINGS = AugmentSettings()


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("domains", [2, 3, 4, 6])
def test_a_derangement_is_a_permutation_that_moves_everyone(domains: int) -> None:
    partner = derangement(500, domains, seeded())
    assert torch.equal(partner.sort(dim=-1).values, torch.arange(domains).expand(500, -1))
    assert not (partner == torch.arange(domains)).any()


def test_all_nine_derangements_of_four_are_equally_likely() -> None:
    partner = derangement(18_000, 4, seeded())
    kinds, counts = partner.unique(dim=0, return_counts=True)
    assert len(kinds) == 9
    assert stats.chisquare(counts.numpy()).pvalue > 1e-3


def test_a_hole_is_nobodys_partner_and_all_derangements_of_the_rest_are_equally_likely() -> None:
    present = torch.tensor([True, False, True, True, True]).expand(9_000, -1)
    partner = derangement(9_000, 5, seeded(), present)
    assert (partner[:, 1] == 1).all()
    moved = partner[:, [0, 2, 3, 4]]
    assert not (moved == torch.tensor([0, 2, 3, 4])).any()
    assert torch.equal(moved.sort(dim=-1).values, torch.tensor([0, 2, 3, 4]).expand(9_000, -1))
    counts = moved.unique(dim=0, return_counts=True)[1]
    assert len(counts) == 9
    assert stats.chisquare(counts.numpy()).pvalue > 1e-3


def test_who_is_alone_or_a_hole_stays_itself() -> None:
    present = torch.tensor([[False, False, True], [False, False, False], [True, False, True], [True, True, True]])
    partner = derangement(4, 3, seeded(), present)
    assert partner[0].tolist() == [0, 1, 2]
    assert partner[1].tolist() == [0, 1, 2]
    assert partner[2].tolist() == [2, 1, 0]
    assert (partner[3] != torch.arange(3)).all()


def test_one_domain_cannot_be_blended_across() -> None:
    with pytest.raises(BadConfig, match="two forgery domains"):
        derangement(3, 1, seeded())


@pytest.mark.parametrize("a", [0.3, 0.5, 1.0, 2.0, 7.5])
def test_symmetric_beta_has_scipys_law(a: float) -> None:
    drawn = symmetric_beta(torch.full((4_000,), a, dtype=torch.float64), seeded()).double().numpy()
    assert stats.kstest(drawn, stats.beta(a, a).cdf).pvalue > 1e-3


def test_symmetric_beta_of_a_tiny_parameter_does_not_overflow() -> None:
    drawn = symmetric_beta(torch.full((4_000,), 1e-4), seeded())
    assert ((drawn >= 0) & (drawn <= 1)).all()
    assert stats.binomtest(int((drawn > 0.5).sum()), 4_000).pvalue > 1e-3


def test_alpha_follows_the_law_of_the_settings() -> None:
    default = draw_cross(SETTINGS, 2_000, 2, seeded()).alpha.flatten().double().numpy()
    a = np.random.default_rng(0).uniform(0.5, 2.0, 4_000)
    expected = np.random.default_rng(1).beta(a, a)
    assert stats.ks_2samp(default, expected).pvalue > 1e-3
    uniform = draw_cross(replace(SETTINGS, alpha="uniform"), 2_000, 2, seeded()).alpha.flatten().numpy()
    assert stats.kstest(uniform, "uniform").pvalue > 1e-3
    fixed = draw_cross(replace(SETTINGS, alpha="fixed", a=(0.25, 2.0)), 3, 2, seeded()).alpha
    assert (fixed == 0.25).all()


@pytest.mark.parametrize("diagonal", [False, True])
def test_noise_has_mean_zero_and_the_mixtures_variance(diagonal: bool) -> None:
    weights, sigmas = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.1, 0.25, 0.5])
    if diagonal:
        sigmas = sigmas[:, None] * torch.tensor([1.0, 2.0, 0.0])
    noise = gaussian_mixture(weights, sigmas, (20_000, 3, 2, 2), seeded())
    expected = (weights[:, None] * sigmas.reshape(3, -1).expand(-1, 3).square()).sum(0)
    torch.testing.assert_close(noise.square().mean((0, 2, 3)), expected, rtol=0.05, atol=1e-9)
    assert (noise.mean((0, 2, 3)).abs() <= 4 * (expected / 80_000).sqrt() + 1e-9).all()


def test_the_mixture_is_over_whole_samples_not_over_values() -> None:
    weights, sigmas = torch.tensor([0.7, 0.3]), torch.tensor([0.1, 1.0])
    size = gaussian_mixture(weights, sigmas, (2_000, 64, 4, 4), seeded()).square().mean((1, 2, 3)).sqrt()
    small, large = size < 0.2, size > 0.8
    assert (small | large).all()
    assert stats.binomtest(int(small.sum()), 2_000, 0.7).pvalue > 1e-3


def test_operations_are_drawn_with_their_weights() -> None:
    settings = replace(SETTINGS, direct=3.0, indirect=0.0, affine=1.0, additive=0.0)
    operation = draw_within(settings, (1_000, 4, 1, 1, 1), seeded()).operation
    counts = torch.bincount(operation.flatten(), minlength=len(OPERATIONS)).tolist()
    assert counts[1] == counts[3] == 0
    assert stats.chisquare(counts[::2], [3_000, 1_000]).pvalue > 1e-3


def test_factors_lie_in_their_ranges_and_fill_them() -> None:
    draws = draw_within(replace(SETTINGS, beta=(0.2, 0.6)), (1_000, 3, 1, 1, 1), seeded())
    assert stats.kstest(draws.beta.flatten().numpy(), stats.uniform(0.2, 0.4).cdf).pvalue > 1e-3
    limit = math.radians(30)
    assert stats.kstest(draws.theta.flatten().numpy(), stats.uniform(-limit, 2 * limit).cdf).pvalue > 1e-3


def test_the_same_generator_state_draws_the_same() -> None:
    a, b = (draw_within(SETTINGS, (4, 3, 5, 2, 2), seeded(7)) for _ in range(2))
    assert torch.equal(a.operation, b.operation)
    assert torch.equal(a.noise, b.noise)
    assert not torch.equal(a.beta, draw_within(SETTINGS, (4, 3, 5, 2, 2), seeded(8)).beta)
