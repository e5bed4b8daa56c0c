"""The latent augmentations: invariants, identities, symmetries, and a plain loop as oracle."""

from dataclasses import replace

import pytest
import torch

from barefaced.config.recipe import AugmentSettings
from barefaced.errors import BadConfig
from barefaced.model.augment import (
    DomainStatistics,
    additive,
    centrifugal_direct,
    centrifugal_indirect,
    centroid,
    hardest,
    mixup,
    spread,
    within_domain,
)
from barefaced.model.augment_draws import WithinDraws, draw_cross, draw_within
from barefaced.model.warp import affine, rotation

SETTINGS = AugmentSettings()
ALL_HOLES = torch.zeros(4, 3, dtype=torch.bool)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def features(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(shape or (4, 3, 17, 5, 9), generator=seeded(seed), dtype=dtype)


def shares(seed: int = 0) -> torch.Tensor:
    return torch.rand(4, 3, generator=seeded(seed))


def away(z: torch.Tensor, anchor: torch.Tensor) -> torch.Tensor:
    return (z - anchor).flatten(2).norm(dim=-1)


def everyone(z: torch.Tensor) -> torch.Tensor:
    return torch.ones(z.shape[:2], dtype=torch.bool)


def mean(z: torch.Tensor) -> torch.Tensor:
    return centroid(z, everyone(z))


def statistics(z: torch.Tensor, present: torch.Tensor | None = None) -> DomainStatistics:
    present = everyone(z) if present is None else present
    centre = centroid(z, present)
    return DomainStatistics(centre, hardest(z, centre, present), spread(z, present))


def moved_within(z: torch.Tensor, settings: AugmentSettings = SETTINGS) -> torch.Tensor:
    draws = draw_within(settings, tuple(z.shape), seeded())
    return within_domain(z, draws, statistics(z), relative=settings.relative)


def mixed_across(z: torch.Tensor, present: torch.Tensor | None = None) -> torch.Tensor:
    draws = draw_cross(SETTINGS, z.shape[0], z.shape[1], seeded(), present)
    return mixup(z, draws.partner, draws.alpha)


# Statistics


def test_the_centroid_is_a_mean_over_groups_and_nothing_else() -> None:
    z = features()
    torch.testing.assert_close(mean(z), torch.stack([z[:, d].mean(0) for d in range(3)]))


def test_the_hard_example_is_a_whole_sample_the_farthest() -> None:
    z = features()
    z[2, 0] *= 3
    z[1, 1] *= 3
    found = hardest(z, mean(z), everyone(z))
    assert torch.equal(found[0], z[2, 0])
    assert torch.equal(found[1], z[1, 1])


def test_on_a_tie_the_first_group_is_the_hard_example() -> None:
    z = torch.zeros(4, 1, 2, 1, 1)
    z[1, 0, 0], z[2, 0, 1], z[3, 0, 0] = 1, 1, -1
    assert torch.equal(hardest(z, torch.zeros(1, 2, 1, 1), everyone(z))[0], z[1, 0])


def test_holes_count_for_nothing() -> None:
    z, present = features(), torch.rand(4, 3, generator=seeded(3)) > 0.4
    present[0] = True
    spoilt = torch.where(present[..., None, None, None], z, torch.nan)
    for d in range(3):
        alone = z[present[:, d], d : d + 1]
        known = statistics(alone)
        torch.testing.assert_close(centroid(spoilt, present)[d], known.centre[0])
        torch.testing.assert_close(hardest(spoilt, centroid(spoilt, present), present)[d], known.hard[0])
        torch.testing.assert_close(spread(spoilt, present)[d], known.spread[0])
        torch.testing.assert_close(known.spread[0], alone.std(correction=0))


def test_a_domain_with_no_sample_gives_no_nan() -> None:
    known = statistics(torch.full((4, 3, 2, 2, 2), torch.nan), ALL_HOLES)
    assert not known.centre.any()
    assert not known.hard.any()
    assert not known.spread.any()


@pytest.mark.parametrize(
    ("dtype", "wanted"),
    [(torch.bfloat16, torch.float32), (torch.float32, torch.float32), (torch.float64, torch.float64)],
)
def test_statistics_are_detached_and_never_of_less_than_float32(dtype: torch.dtype, wanted: torch.dtype) -> None:
    known = statistics(features(dtype=dtype).requires_grad_())
    for value in (known.centre, known.hard, known.spread):
        assert value.dtype == wanted
        assert not value.requires_grad


# Operations


def test_direct_lengthens_the_distance_from_the_centre_by_beta() -> None:
    z, beta = features(), shares()
    moved = centrifugal_direct(z, mean(z), beta)
    torch.testing.assert_close(away(moved, mean(z)), (1 + beta) * away(z, mean(z)), rtol=1e-5, atol=1e-5)


def test_indirect_shortens_the_distance_from_the_hard_example_by_beta() -> None:
    z, beta = features(), shares()
    hard = hardest(z, mean(z), everyone(z))
    moved = centrifugal_indirect(z, hard, beta)
    torch.testing.assert_close(away(moved, hard), (1 - beta) * away(z, hard), rtol=1e-5, atol=1e-5)


def test_nothing_happens_at_beta_zero_no_turn_no_noise_and_alpha_one() -> None:
    z, zero = features(), torch.zeros(4, 3)
    known = statistics(z)
    assert torch.equal(centrifugal_direct(z, known.centre, zero), z)
    assert torch.equal(centrifugal_indirect(z, known.hard, zero), z)
    assert torch.equal(additive(z, torch.zeros_like(z)), z)
    assert torch.equal(mixup(z, torch.tensor([[1, 2, 0]] * 4), zero + 1), z)
    still = replace(SETTINGS, beta=(0.0, 0.0), degrees=0.0, sigmas=(0.0, 0.0, 0.0))
    assert torch.equal(moved_within(z, still), z)


def test_mixup_is_the_stated_blend_and_stays_in_the_convex_hull() -> None:
    z, draws = features(), draw_cross(SETTINGS, 4, 3, seeded())
    mixed = mixup(z, draws.partner, draws.alpha)
    for g in range(4):
        for d in range(3):
            k, alpha = int(draws.partner[g, d]), draws.alpha[g, d]
            torch.testing.assert_close(mixed[g, d], alpha * z[g, d] + (1 - alpha) * z[g, k])
            assert (mixed[g, d] <= torch.maximum(z[g, d], z[g, k]) + 1e-6).all()
            assert (mixed[g, d] >= torch.minimum(z[g, d], z[g, k]) - 1e-6).all()


def test_all_samples_at_once_are_each_sample_alone() -> None:
    z = features()
    known = statistics(z)
    draws = draw_within(SETTINGS, tuple(z.shape), seeded(2))
    assert draws.operation.unique().tolist() == [0, 1, 2, 3]
    out = within_domain(z, draws, known, relative=True)
    noise = iter(draws.noise)
    for g in range(4):
        for d in range(3):
            f, beta = z[g, d], draws.beta[g, d]
            alone = {
                0: lambda f=f, beta=beta, d=d: f + beta * (f - known.centre[d]),
                1: lambda f=f, beta=beta, d=d: f + beta * (known.hard[d] - f),
                2: lambda f=f, g=g, d=d: affine(f, rotation(draws.theta[g, d], *f.shape[-2:])),
                3: lambda f=f, d=d: f + known.spread[d] * next(noise),
            }[int(draws.operation[g, d])]()
            torch.testing.assert_close(out[g, d], alone)
    assert next(noise, None) is None


def test_absolute_noise_ignores_the_spread() -> None:
    z, only = features(), replace(SETTINGS, direct=0.0, indirect=0.0, affine=0.0)
    draws = draw_within(only, tuple(z.shape), seeded())
    absolute = within_domain(z, draws, statistics(z), relative=False)
    torch.testing.assert_close(absolute, additive(z, draws.noise.view_as(z)))
    relative = within_domain(10 * z, draws, statistics(10 * z), relative=True)
    torch.testing.assert_close(relative, 10 * within_domain(z, draws, statistics(z), relative=True))


# The two branches


@pytest.mark.parametrize("domains", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("channels", [1, 17, 512])
@pytest.mark.parametrize("size", [(1, 1), (7, 7), (8, 8), (5, 9)])
def test_any_number_of_domains_channels_and_any_map_size(domains: int, channels: int, size: tuple[int, int]) -> None:
    z = features(2, domains, channels, *size)
    within = moved_within(z)
    assert within.shape == z.shape
    assert within.isfinite().all()
    if domains > 1:
        across = mixed_across(z)
        assert across.shape == z.shape
        assert across.isfinite().all()
    else:
        with pytest.raises(BadConfig, match="two forgery domains"):
            mixed_across(z)


def test_a_lone_sample_crosses_with_itself() -> None:
    z, present = features(), torch.tensor([[True, False, False]] * 4)
    torch.testing.assert_close(mixed_across(z, present)[:, 0], z[:, 0])


def pinned(z: torch.Tensor) -> tuple[WithinDraws, DomainStatistics]:
    return draw_within(SETTINGS, tuple(z.shape), seeded(2)), statistics(z)


def test_permuting_channels_commutes_with_everything() -> None:
    z, order = features(), torch.randperm(17, generator=seeded(5))
    draws, cross = pinned(z)[0], draw_cross(SETTINGS, 4, 3, seeded())
    moved = replace(draws, noise=draws.noise[:, order])
    swapped = z[:, :, order]
    torch.testing.assert_close(
        within_domain(swapped, moved, statistics(swapped), relative=True),
        within_domain(z, draws, statistics(z), relative=True)[:, :, order],
    )
    torch.testing.assert_close(
        mixup(swapped, cross.partner, cross.alpha), mixup(z, cross.partner, cross.alpha)[:, :, order]
    )


def test_permuting_groups_commutes_with_everything() -> None:
    z, order = features(), torch.tensor([2, 0, 3, 1])
    draws, cross = pinned(z)[0], draw_cross(SETTINGS, 4, 3, seeded())
    noise = torch.cat([draws.groups(int(g), int(g) + 1).noise for g in order])
    moved = WithinDraws(draws.operation[order], draws.beta[order], draws.theta[order], noise)
    torch.testing.assert_close(
        within_domain(z[order], moved, statistics(z[order]), relative=True),
        within_domain(z, draws, statistics(z), relative=True)[order],
    )
    torch.testing.assert_close(
        mixup(z[order], cross.partner[order], cross.alpha[order]), mixup(z, cross.partner, cross.alpha)[order]
    )


def test_half_the_groups_with_their_draws_give_half_of_the_whole() -> None:
    z = features()
    draws, known = pinned(z)
    cross = draw_cross(SETTINGS, 4, 3, seeded())
    halves = [slice(0, 2), slice(2, 4)]
    within = [within_domain(z[h], draws.groups(h.start, h.stop), known, relative=True) for h in halves]
    torch.testing.assert_close(torch.cat(within), within_domain(z, draws, known, relative=True))
    parts = [cross.groups(h.start, h.stop) for h in halves]
    mixed = [mixup(z[h], part.partner, part.alpha) for h, part in zip(halves, parts, strict=True)]
    torch.testing.assert_close(torch.cat(mixed), mixup(z, cross.partner, cross.alpha))


def test_gradients_are_right() -> None:
    z = features(3, 3, 2, 2, 3, dtype=torch.float64).requires_grad_()
    draws, cross = draw_within(SETTINGS, tuple(z.shape), seeded(2)), draw_cross(SETTINGS, 3, 3, seeded())
    known = statistics(z)
    assert draws.operation.unique().tolist() == [0, 1, 2, 3]
    beta = torch.rand(3, 3, generator=seeded(), dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda z: within_domain(z, draws, known, relative=True), z)
    assert torch.autograd.gradcheck(lambda z: mixup(z, cross.partner, cross.alpha), z)
    assert torch.autograd.gradcheck(lambda z: centrifugal_direct(z, known.centre, beta), z)
    assert torch.autograd.gradcheck(lambda z: centrifugal_indirect(z, known.hard, beta), z)


def test_bfloat16_features_stay_bfloat16_and_close_to_float32() -> None:
    z = features().bfloat16()
    half, exact = moved_within(z), moved_within(z.float())
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(half.float(), exact, rtol=2**-7, atol=1e-2)
    assert mixed_across(z).dtype == torch.bfloat16


def test_the_features_given_are_not_written_to() -> None:
    z = features()
    before = z.clone()
    moved_within(z)
    mixed_across(z)
    assert torch.equal(z, before)


def test_features_need_not_lie_contiguously() -> None:
    z = features(3, 4, 17, 5, 9).transpose(0, 1)
    torch.testing.assert_close(moved_within(z), moved_within(z.contiguous()))
    torch.testing.assert_close(mixed_across(z), mixed_across(z.contiguous()))


def operator_calls(*shape: int) -> int:
    z = features(*shape)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        moved_within(z)
        mixed_across(z)
    return sum(event.count for event in profile.key_averages())


def test_operator_calls_do_not_grow_with_groups_domains_or_channels() -> None:
    assert operator_calls(4, 4, 2, 4, 4) == operator_calls(16, 4, 2, 4, 4) == operator_calls(6, 12, 32, 4, 4)
