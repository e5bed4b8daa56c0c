"""The rate of a step, the moving average, and SAM's step uphill."""

import contextlib

import pytest
import torch
from torch import nn

from barefaced.config.training import OptimSettings
from barefaced.pipelines.train.optimization import adam, learning_rate, looks_back_too_far, make_average, uphill


def test_the_learning_rate_warms_up_and_then_stays_or_falls_to_nothing() -> None:
    constant = OptimSettings(lr=1.0, warmup=4)
    assert [learning_rate(constant, step, 10) for step in (0, 1, 3, 4, 9)] == [0.25, 0.5, 1.0, 1.0, 1.0]
    cosine = OptimSettings(lr=1.0, schedule="cosine")
    assert learning_rate(cosine, 0, 10) == 1.0
    assert learning_rate(cosine, 5, 10) == pytest.approx(0.5)
    assert learning_rate(cosine, 10, 10) == pytest.approx(0.0)


def test_uphill_is_one_radius_along_the_gradient_and_leaves_everything_where_it_was() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)).to(memory_format=torch.channels_last)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    for parameter in net.parameters():
        parameter.grad = torch.randn_like(parameter)
    norm = torch.cat([p.grad.flatten() for p in net.parameters()]).norm()
    with uphill(net, 0.5):
        moved = torch.cat([(p - before[name]).flatten() for name, p in net.named_parameters()])
        expected = torch.cat([p.grad.flatten() for p in net.parameters()]) * 0.5 / norm
        torch.testing.assert_close(moved, expected, rtol=1e-4, atol=1e-6)
        net(torch.randn(2, 3, 2, 2))  # moves batch norm's statistics
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_on_a_parabola_sam_takes_the_slope_one_radius_out() -> None:
    x = nn.Linear(1, 1, bias=False).double()
    for at in (-2.0, 0.5):
        nn.init.constant_(x.weight, at)
        for place in (at, at + 0.3 * (1 if at > 0 else -1)):  # first pass, second pass: f = 3 x^2, slope 6 x
            with uphill(x, 0.3) if place != at else contextlib.nullcontext():
                x.zero_grad()
                (3 * x.weight.square().sum()).backward()
            assert float(x.weight.grad) == pytest.approx(6 * place)
        assert float(x.weight.detach()) == at


def test_the_average_is_the_exponential_one_of_weights_and_statistics() -> None:
    net = nn.BatchNorm1d(2)
    mean = make_average(net, 0.9)
    expected = None
    for step in range(4):
        with torch.no_grad():
            net.weight.fill_(float(step))
            net.running_mean.fill_(float(-step))
        mean.update_parameters(net)
        expected = float(step) if expected is None else 0.9 * expected + 0.1 * step
    torch.testing.assert_close(mean.module.weight.detach(), torch.full((2,), expected))
    torch.testing.assert_close(mean.module.running_mean, torch.full((2,), -expected))


def test_an_average_that_a_run_is_too_short_for_is_told_with_one_that_fits() -> None:
    net, decay, steps = nn.Linear(1, 1, bias=False), 0.998, 635
    average = make_average(net, decay)
    for step in range(steps):
        nn.init.constant_(net.weight, float(step == 0))
        average.update_parameters(net)
    told = looks_back_too_far(decay, steps)
    assert f"{average.module.weight.item():.0%} of the averaged student" in told
    assert "take 0.996 or less" in told
    assert not looks_back_too_far(0.996, steps)
    assert not looks_back_too_far(decay, 2530)
    assert not looks_back_too_far(0.0, 635)
    assert not looks_back_too_far(decay, 1)


def test_fused_adam_is_adam_also_on_channels_last_weights() -> None:
    torch.manual_seed(0)
    nets = [nn.Conv2d(8, 6, 3).to(memory_format=torch.channels_last) for _ in range(2)]
    nets[1].load_state_dict(nets[0].state_dict())
    settings, x = OptimSettings(lr=0.01, weight_decay=0.1), torch.randn(2, 8, 5, 5)
    for net, fused in zip(nets, (True, False), strict=True):
        optimizer = adam(net, settings, fused=fused)
        for _ in range(5):
            optimizer.zero_grad()
            net(x.to(memory_format=torch.channels_last)).square().sum().backward()
            optimizer.step()
    torch.testing.assert_close(nets[0].weight, nets[1].weight, rtol=1e-5, atol=1e-6)
