"""MobileFaceNet: shapes, and the public weights where they are at hand."""

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from barefaced.model.load_tensors import fill, read_tensors
from barefaced.model.mobilefacenet import MobileFaceNet
from beside import draw_pictures, find_beside


def test_the_map_and_the_embedding_have_their_shapes():
    network = MobileFaceNet(embeds=True).eval()
    maps = network(torch.zeros(2, 3, 112, 96))
    assert maps.shape == (2, 512, 7, 6)
    assert network.embed(maps).shape == (2, 128)


def test_the_public_weights_fit_and_their_statistics_are_of_this_very_network():
    """Batch norm's stored statistics are those of what comes in only if all layers before are as they were trained."""
    weights = find_beside("data/weights/mobilefacenet_arcface_casia.safetensors")
    faces = draw_pictures("data/utkface", 40)
    network = MobileFaceNet(embeds=True).eval()
    fill(network, read_tensors(weights), "the file")
    shifts: list[float] = []
    scales: list[float] = []

    def compare(norm: nn.Module, inputs: tuple[Tensor]) -> None:
        mean, variance = inputs[0].mean((0, 2, 3)), inputs[0].var((0, 2, 3))
        shifts.append(float(((mean - norm.running_mean) / norm.running_var.sqrt()).abs().mean()))
        scales.append(float((variance / norm.running_var).median()))

    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_pre_hook(compare)
    # Aligned at 200 px; the middle 112 x 96 after a resize to 128 is near enough to the template for averages.
    shrunk = np.stack([cv2.resize(cv2.imread(str(face))[..., ::-1], (128, 128)) for face in faces])
    pictures = torch.from_numpy(shrunk[:, 8:120, 16:112].copy()).permute(0, 3, 1, 2)
    with torch.inference_mode():
        network.embed(network((pictures - 127.5) / 128))
    assert len(shifts) == 50
    # Five samples of 40 and five of 100: 0.11 to 0.12, 0.53 to 0.56, 0.45 to 0.51 and 1.2 to 1.3. Without any one of
    # the shortcuts or of the bottlenecks' PReLUs, one of the four is out of bounds.
    assert np.median(shifts) < 0.13
    assert max(shifts) < 1
    assert 0.3 < min(scales) <= max(scales) < 1.5
