"""The teacher's networks: holes are unseen, the frozen encoder stays frozen, the template is cut exactly."""

from dataclasses import replace

import pytest
import safetensors.torch
import torch

from barefaced.config.recipe import StudentSettings, TeacherSettings
from barefaced.errors import BadConfig, DataError, MissingWeights, UntrustedWeights
from barefaced.model.iresnet import IResNet
from barefaced.model.preprocess import Template
from barefaced.model.real_encoder import RealEncoder
from barefaced.model.teacher import DomainHead, ForgeryEncoders, Fusion

SMALL = StudentSettings(backbone="test_efficientnet", weights="random", input_size=64, channels=24)


@pytest.fixture
def encoders() -> ForgeryEncoders:
    torch.manual_seed(0)
    return ForgeryEncoders(SMALL, domains=3)


@pytest.fixture(scope="module")
def arcface(tmp_path_factory) -> str:
    """A weights file of an iResNet-18 with its embedding layer, as the public ones are."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("arcface") / "r18.safetensors"
    safetensors.torch.save_file(IResNet("iresnet18", embeds=True).state_dict(), path)
    return str(path)


def pictures(count: int, side: int = 80) -> torch.Tensor:
    return torch.randint(0, 256, (count, 3, side, side), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_each_image_goes_through_its_own_domains_encoder(encoders):
    encoders.eval()
    images = torch.randn(2, 3, 3, 64, 64)
    found = encoders(images, torch.ones(2, 3, dtype=torch.bool))
    for d, encoder in enumerate(encoders.encoders):
        assert torch.allclose(found[:, d], encoder(images[:, d]), atol=1e-5)


def test_through_all_holds_own_on_its_diagonal(encoders):
    encoders.eval()
    images = torch.randn(2, 4, 3, 64, 64)
    present = torch.tensor([[True, True, False, True], [True, False, True, True]])
    every = encoders.through_all(images, present)
    own = encoders(images[:, 1:], present[:, 1:])
    assert every.shape == (2, 3, 4, *own.shape[2:])
    for d in range(3):
        assert torch.allclose(every[:, d, d + 1], own[:, d], atol=1e-5)
    assert not every[0, :, 2].any()


def test_no_encoder_sees_a_hole(encoders):
    """What lies in a hole moves neither the maps nor the batch-norm statistics nor a gradient."""
    present = torch.tensor([[True, False, True], [True, False, False]])
    images = torch.randn(2, 3, 3, 64, 64)
    start = {name: value.clone() for name, value in encoders.state_dict().items()}
    seen = []
    for filling in (0.0, 1e6):
        encoders.load_state_dict(start)
        encoders.train().zero_grad()
        found = encoders(images.masked_fill(~present[..., None, None, None], filling), present)
        found.square().sum().backward()
        gradients = {name: p.grad.clone() for name, p in encoders.named_parameters() if p.grad is not None}
        seen.append((found.detach(), {k: v.clone() for k, v in encoders.state_dict().items()}, gradients))
    (maps, state, gradients), (maps_too, state_too, gradients_too) = seen
    assert not maps[~present].any()
    assert torch.equal(maps, maps_too)
    assert all(torch.equal(value, state_too[name]) for name, value in state.items())
    assert gradients.keys() == gradients_too.keys()
    assert not any(name.startswith("encoders.1.") for name in gradients)
    assert all(torch.equal(state[name], start[name]) for name in state if name.startswith("encoders.1."))


def test_a_batch_of_holes_is_refused(encoders):
    with pytest.raises(DataError, match="at least one image"):
        encoders(torch.zeros(2, 3, 3, 64, 64), torch.zeros(2, 3, dtype=torch.bool))


@pytest.mark.parametrize(("domains", "channels", "size"), [(1, 1, (1, 1)), (4, 17, (5, 9)), (2, 512, (7, 7))])
def test_fusion_and_domain_head_take_any_shape(domains, channels, size):
    within, across = torch.randn(2, 2, domains, channels, *size)
    found = Fusion(channels)(within, across)
    assert found.shape == within.shape
    assert DomainHead(channels, domains + 1)(found[:, 0]).shape == (2, domains + 1)


def test_fusion_treats_every_group_and_domain_alike():
    fusion = Fusion(6)
    within, across = torch.randn(2, 3, 2, 6, 4, 4)
    found = fusion(within, across)
    assert torch.allclose(fusion(within[1:2, 1:], across[1:2, 1:])[0, 0], found[1, 1], atol=1e-6)


@pytest.mark.parametrize(("height", "width"), [(112, 112), (128, 128), (112, 96)])
def test_the_template_is_cut_at_its_exact_edges(height, width):
    """A smooth picture drawn at margin 1.3 and cut equals the same picture drawn straight into the template."""

    def drawn(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Of positions in units of the template's side, 0 in its middle."""
        return 127.5 + 60 * torch.sin(4 * x + 1)[None, :] * torch.cos(3 * y)[:, None] + 20 * x[None, :]

    side, margin = 250, 1.3
    whole = ((torch.arange(side) + 0.5) / side - 0.5) * margin
    crop = drawn(whole, whole).round().to(torch.uint8).expand(1, 3, -1, -1)
    x = (torch.arange(width) + 0.5 - width / 2) / height
    y = (torch.arange(height) + 0.5) / height - 0.5
    found = Template(margin, height, width, scale=127.5)(crop)[0, 0] * 127.5 + 127.5
    error = found - drawn(x, y)
    # An error of half a crop pixel in position would be 0.5 here; rounding to uint8 leaves about 0.2 and no bias.
    assert error.abs().max() < 0.6
    assert error.mean().abs() < 0.02
    slope = torch.linalg.lstsq(
        torch.stack(torch.gradient(drawn(x, y)), -1).reshape(-1, 2), error.reshape(-1, 1)
    ).solution
    assert slope.abs().max() < 0.01


@pytest.mark.parametrize("kind", ["backbone", "iresnet18"])
def test_the_frozen_encoder_neither_learns_nor_moves(kind, arcface):
    weights = "" if kind == "backbone" else arcface
    real = RealEncoder(TeacherSettings(real_encoder=kind, real_weights=weights), SMALL, margin=1.3)
    real.train()
    before = {name: value.clone() for name, value in real.network.state_dict().items()}
    found = real(pictures(3), (2, 2))
    assert found.shape == (3, 24, 2, 2)
    found.square().sum().backward()
    assert all(p.grad is None for p in real.network.parameters())
    assert all(torch.equal(value, before[name]) for name, value in real.network.state_dict().items())
    assert [name for name, p in real.named_parameters() if p.grad is not None] == ["project.weight"]


def test_where_width_and_size_fit_nothing_is_done_to_the_maps(arcface):
    settings = TeacherSettings(real_encoder="iresnet18", real_weights=arcface)
    real = RealEncoder(settings, replace(SMALL, channels=512), margin=1.3)
    images = pictures(1)
    assert torch.equal(real(images, (7, 7)), real.maps(images))
    assert not [p for p in real.parameters() if p.requires_grad]


def test_the_projection_keeps_lengths_where_it_can(arcface):
    real = RealEncoder(TeacherSettings(), SMALL, margin=1.3)
    rows = real.project.weight.flatten(1)
    assert torch.allclose(rows @ rows.T, torch.eye(24), atol=1e-5)


def test_a_trained_encoder_learns_and_embeds(arcface):
    settings = TeacherSettings(real_encoder="iresnet18", real_frozen=False)
    real = RealEncoder(settings, SMALL, margin=1.3, embeds=True)
    found = real.embed(pictures(2))
    assert found.shape == (2, 512)
    found.sum().backward()
    assert all(p.grad is not None for p in real.network.parameters())


def test_without_an_embedding_layer_the_map_is_averaged(arcface):
    real = RealEncoder(TeacherSettings(), SMALL, margin=1.3)
    images = pictures(2)
    assert torch.equal(real.embed(images), real.maps(images).mean((-1, -2)))


def test_at_128_px_the_map_is_8_by_8_and_there_is_no_embedding_layer(arcface):
    settings = TeacherSettings(real_encoder="iresnet18", real_weights=arcface, real_side=128)
    real = RealEncoder(settings, SMALL, margin=1.3, embeds=True)
    assert real.maps(pictures(1)).shape == (1, 512, 8, 8)
    assert real.embed(pictures(1)).shape == (1, 512)
    assert not real.network.embeds


def test_mobilefacenet_sees_the_middle_columns():
    real = RealEncoder(TeacherSettings(real_encoder="mobilefacenet", real_frozen=False), SMALL, margin=1.3, embeds=True)
    assert real.prepare(pictures(1)).shape == (1, 3, 112, 96)
    assert real(pictures(2), (2, 2)).shape == (2, 24, 2, 2)
    assert real.embed(pictures(2)).shape == (2, 128)


def test_a_frozen_face_network_needs_weights():
    with pytest.raises(MissingWeights, match="iresnet100"):
        RealEncoder(TeacherSettings(real_encoder="iresnet100"), SMALL, margin=1.3)


def test_a_backbone_takes_the_students_weights_only(arcface):
    with pytest.raises(BadConfig, match="real_weights"):
        RealEncoder(TeacherSettings(real_weights=arcface), SMALL, margin=1.3)


def test_a_pickle_is_read_only_where_it_is_trusted(tmp_path):
    torch.manual_seed(0)
    path = tmp_path / "r18.pth"
    torch.save(IResNet("iresnet18", embeds=True).state_dict(), path)
    settings = TeacherSettings(real_encoder="iresnet18", real_weights=str(path))
    with pytest.raises(UntrustedWeights, match="Convert"):
        RealEncoder(settings, SMALL, margin=1.3)
    assert RealEncoder(replace(settings, trust_pickle=True), SMALL, margin=1.3).frozen


def test_a_pickle_that_holds_more_than_tensors_is_refused_even_then(tmp_path):
    path = tmp_path / "whole.pth"
    torch.save(torch.nn.Linear(1, 1), path)
    settings = TeacherSettings(real_encoder="iresnet18", real_weights=str(path))
    with pytest.raises(UntrustedWeights):
        RealEncoder(replace(settings, trust_pickle=True), SMALL, margin=1.3)
