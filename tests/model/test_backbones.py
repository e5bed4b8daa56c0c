"""Any timm network gives its last map, from the weights that were named and no others."""

import socket

import pytest
import safetensors.torch
import torch

from barefaced.config.recipe import StudentSettings
from barefaced.errors import BadConfig, CheckpointError, MissingWeights, UntrustedWeights
from barefaced.model import backbones
from barefaced.model.backbones import Encoder, build
from barefaced.runtime import model_packages

CAT = {281, 282, 283, 284, 285, 287}
ESPRESSO = 967


@pytest.mark.parametrize(
    ("name", "side", "features", "height"),
    [
        ("tf_efficientnet_lite0", 64, 1280, 2),
        ("mobilenetv3_small_050", 64, 288, 2),
        ("resnet18", 64, 512, 2),
        ("vit_tiny_patch16_224", 64, 192, 4),
        ("swin_tiny_patch4_window7_224", 224, 768, 7),
    ],
)
def test_the_last_map_is_channels_first_and_every_parameter_gets_a_gradient(name, side, features, height):
    with torch.device("meta"):
        network, width = build(name, "random", side)
        maps = network(torch.randn(2, 3, side, side))
    assert maps.shape == (2, width, height, height)
    assert width == features
    maps.square().sum().backward()
    assert all(p.grad is not None for p in network.parameters())


def test_the_papers_backbone_gives_the_papers_map():
    with torch.device("meta"):
        network, width = build("tf_efficientnet_b4", "random", 256)
        assert network(torch.zeros(1, 3, 256, 256)).shape == (1, 1792, 8, 8)
    assert width == 1792
    assert sum(p.numel() for p in network.parameters()) == 17_548_616


def test_an_encoder_has_the_channels_asked_for():
    encoder = Encoder(StudentSettings(backbone="mobilenetv3_small_050", weights="random", input_size=64, channels=17))
    assert encoder(torch.zeros(3, 3, 64, 64)).shape == (3, 17, 2, 2)


def test_a_misspelt_name_is_answered_with_near_ones():
    with pytest.raises(BadConfig, match="tf_efficientnet_lite0"):
        build("tf_eficientnet_lite0", "random", 64)


def test_a_side_that_breaks_a_transformers_patches_is_refused():
    with pytest.raises(BadConfig, match="multiple"):
        build("vit_tiny_patch16_224", "random", 70)


def test_weights_that_no_package_has_are_not_fetched(monkeypatch):
    monkeypatch.setattr(socket, "socket", lambda *_, **__: pytest.fail("went to the network"))
    with pytest.raises(MissingWeights, match="safetensors"):
        build("resnet18", "imagenet", 64)


def test_weights_from_a_file_are_those_of_the_file(tmp_path):
    path = tmp_path / "net.safetensors"
    whole = backbones.timm.create_model("mobilenetv3_small_050", num_classes=7)
    safetensors.torch.save_file(whole.state_dict(), path)
    network, _ = build("mobilenetv3_small_050", str(path), 64)
    images = torch.randn(2, 3, 64, 64)
    assert torch.allclose(network.eval()(images), whole.eval().forward_features(images), atol=1e-5)


def test_a_transformers_file_of_another_side_is_taken(tmp_path):
    path = tmp_path / "net.safetensors"
    safetensors.torch.save_file(backbones.timm.create_model("vit_tiny_patch16_224").state_dict(), path)
    network, _ = build("vit_tiny_patch16_224", str(path), 64)
    assert network(torch.zeros(1, 3, 64, 64)).shape == (1, 192, 4, 4)


def test_weights_of_another_network_are_refused(tmp_path):
    path = tmp_path / "net.safetensors"
    safetensors.torch.save_file(backbones.timm.create_model("resnet18").state_dict(), path)
    with pytest.raises(CheckpointError, match=r"no conv_stem\.weight"):
        build("mobilenetv3_small_050", str(path), 64)


def test_a_pickle_is_refused_before_it_is_opened(tmp_path):
    with pytest.raises(UntrustedWeights, match="Convert"):
        build("resnet18", str(tmp_path / "net.pth"), 64)


def test_the_packaged_weights_know_a_cat_and_an_espresso():
    data = pytest.importorskip("skimage.data")
    try:
        model_packages.locate("tf_efficientnet_lite0")
    except MissingWeights as e:
        pytest.skip(str(e))
    network = backbones._with_classifier("tf_efficientnet_lite0", "imagenet").eval()
    pictures = []
    for rgb in (data.chelsea(), data.coffee()):
        side = min(rgb.shape[:2])
        top, left = (rgb.shape[0] - side) // 2, (rgb.shape[1] - side) // 2
        square = torch.tensor(rgb[top : top + side, left : left + side]).permute(2, 0, 1)[None].float()
        pictures.append(torch.nn.functional.interpolate(square, (224, 224), mode="bilinear", antialias=True))
    with torch.inference_mode():
        logits = network((torch.cat(pictures) - 127) / 128)
    assert set(logits[0].topk(3).indices.tolist()) <= CAT
    assert logits[1].argmax() == ESPRESSO
