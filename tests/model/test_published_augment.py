"""The published arithmetic: recorded vectors, and a plain loop written from its description."""

import numpy as np
import pytest
import torch
from scipy import stats

from barefaced.errors import BadConfig
from barefaced.model.augment import mixup
from barefaced.model.published_augment import OPERATIONS, draw, draw_mixup, within_domain
from beside import find_beside


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def looped(
    f: torch.Tensor, op: torch.Tensor, beta: torch.Tensor, sigma: torch.Tensor, noise: torch.Tensor
) -> np.ndarray:
    out = f.clone()
    groups, domains, channels = f.shape[:3]
    for d in range(domains):
        maps = [f[g, d, c] for g in range(groups) for c in range(channels)]
        centre = torch.stack(maps).mean(0)
        hard = max(maps, key=lambda m: float((m - centre).norm()))
        for g in range(groups):
            for c in range(channels):
                x, b = f[g, d, c], beta[g, d, c]
                out[g, d, c] = {
                    "indirect": x + b * (hard - x),
                    "direct": x + b * (x - centre),
                    "additive": x + b * (sigma[g, d, c] * noise[g, d, c]),
                    "difference": x + b * (f[g, d, 0] - f[g, d, 1]),
                }[OPERATIONS[int(op[g, d])]]
    return out.numpy()


@pytest.mark.parametrize("name", ["small", "wide"])
def test_it_reproduces_the_recorded_vectors(name: str) -> None:
    recorded = np.load(find_beside(f"reference/official_wd_{name}.npz"))
    assert tuple(recorded["op_names"]) == OPERATIONS
    f, op, beta, sigma, noise = (torch.from_numpy(recorded[key]) for key in ("f", "op", "beta", "sigma", "noise"))
    np.testing.assert_allclose(within_domain(f, op, beta, sigma, noise).numpy(), recorded["out"], rtol=0, atol=1e-6)


@pytest.mark.parametrize("shape", [(4, 3, 5, 2, 3), (1, 1, 2, 1, 1), (3, 6, 4, 5, 2)])
def test_it_is_the_plain_loop(shape: tuple[int, int, int, int, int]) -> None:
    f = torch.randn(shape, generator=seeded())
    draws = draw(*shape, seeded(1))
    drawn = (draws.op, draws.beta, draws.sigma, draws.noise)
    np.testing.assert_allclose(within_domain(f, *drawn).numpy(), looped(f, *drawn), rtol=0, atol=1e-6)


def test_gradients_flow_through_centroid_and_hard_example_too() -> None:
    f = torch.randn((3, 2, 3, 2, 2), generator=seeded(), dtype=torch.float64, requires_grad=True)
    draws = draw(3, 2, 3, 2, 2, seeded(2))
    doubles = [value.double() for value in (draws.beta, draws.sigma, draws.noise)]
    assert torch.autograd.gradcheck(lambda f: within_domain(f, draws.op, *doubles), f)


def test_one_channel_is_refused_with_a_reason() -> None:
    draws = draw(2, 2, 1, 3, 3, seeded())
    with pytest.raises(BadConfig, match="two channels"):
        within_domain(torch.zeros(2, 2, 1, 3, 3), draws.op, draws.beta, draws.sigma, draws.noise)


def test_a_quarter_of_the_mixup_slots_of_four_domains_mix_with_themselves() -> None:
    draws = draw_mixup(5_000, 4, seeded())
    assert torch.equal(draws.partner.sort(dim=-1).values, torch.arange(4).expand(5_000, -1))
    own = int((draws.partner[:, 0] == 0).sum())
    assert stats.binomtest(own, 5_000, 0.25).pvalue > 1e-3
    assert (draws.alpha == draws.alpha[:, :1]).all()
    assert stats.kstest(draws.alpha[:, 0].numpy(), draw_mixup(5_000, 2, seeded(1)).alpha[:, 0].numpy()).pvalue > 1e-3
    assert mixup(torch.zeros(5_000, 4, 1, 1, 1), draws.partner, draws.alpha).shape == (5_000, 4, 1, 1, 1)


def test_draws_can_be_cut_by_group() -> None:
    draws = draw(4, 2, 3, 2, 2, seeded())
    part = draws.groups(1, 3)
    assert torch.equal(part.noise, draws.noise[1:3])
    assert torch.equal(part.op, draws.op[1:3])
