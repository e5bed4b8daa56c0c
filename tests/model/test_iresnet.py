"""ArcFace's network, by its public numbers and key names."""

import pytest
import torch

from barefaced.model.iresnet import UNITS, IResNet

PARAMETERS = {"iresnet18": 24.03, "iresnet34": 34.14, "iresnet50": 43.59, "iresnet100": 65.16}
"""Millions, with the embedding layer, as published with the weights."""


@pytest.mark.parametrize("depth", UNITS)
def test_the_parameters_are_as_many_as_published(depth):
    with torch.device("meta"):
        network = IResNet(depth, embeds=True)
    assert sum(p.numel() for p in network.parameters()) / 1e6 == pytest.approx(PARAMETERS[depth], abs=0.005)


def test_the_keys_are_those_of_the_public_weights():
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    want = {"conv1.weight", "prelu.weight", "fc.weight", "fc.bias"}
    want |= {f"{name}.{part}" for name in ("bn1", "bn2", "features") for part in norm}
    for layer in range(1, 5):
        for unit in range(2):
            at = f"layer{layer}.{unit}"
            want |= {f"{at}.conv1.weight", f"{at}.conv2.weight", f"{at}.prelu.weight"}
            want |= {f"{at}.bn{n}.{part}" for n in (1, 2, 3) for part in norm}
        want |= {f"layer{layer}.0.downsample.0.weight"} | {f"layer{layer}.0.downsample.1.{part}" for part in norm}
    with torch.device("meta"):
        assert set(IResNet("iresnet18", embeds=True).state_dict()) == want


@pytest.mark.parametrize(("side", "height"), [(112, 7), (128, 8)])
def test_the_last_map_is_a_sixteenth_of_the_picture(side, height):
    with torch.device("meta"):
        assert IResNet("iresnet18")(torch.zeros(2, 3, side, side)).shape == (2, 512, height, height)


def test_the_embedding_is_512_wide():
    with torch.device("meta"):
        network = IResNet("iresnet18", embeds=True).eval()
        assert network.embed(network(torch.zeros(1, 3, 112, 112))).shape == (1, 512)


def test_a_unit_with_silent_convolutions_is_its_shortcut():
    network = IResNet("iresnet18").eval()
    unit = network.layer1[1]
    torch.nn.init.zeros_(unit.conv2.weight)
    x = torch.randn(1, 64, 5, 5)
    assert torch.equal(unit(x), x)
