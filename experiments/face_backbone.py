"""A MobileNet trained on faces as a backbone: from its folded tensors to a file that `student.weights` takes.

Run: python experiments/face_backbone.py FOLDED.safetensors STORE --out mobilenetv1_faces.safetensors
     barefaced train RECIPE --student.backbone mobilenetv1_100 --student.weights mobilenetv1_faces.safetensors

FOLDED holds `body.N.c.weight` and `.bias`, N from 0 to 26: a 3x3 convolution, then 13 depthwise-separable blocks, batch
norms folded into them, for RGB from 0 to 255. timm's network has the norms, so each gets the mean and variance that the
convolution gives on crops of STORE: then the network computes what the folded one does, and can be fine-tuned as any.
TensorFlow pads strided convolutions on one side where torch pads both: the maps lie a pixel aside.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn

from barefaced.config.recipe import StudentSettings
from barefaced.datasets.store import Store
from barefaced.model.backbones import build
from barefaced.runtime.files import write_bytes

NAME, SIDE = "mobilenetv1_100", 224
CROPS = 64
"""Whose mean and variance the norms get."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folded", type=Path)
    parser.add_argument("store", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    folded = {name: value.float() for name, value in safetensors.torch.load_file(asked.folded).items()}
    store = Store.open(asked.store)
    crops = [crop for crop in store.crops() if crop.subject]
    chosen = [crops[n] for n in np.linspace(0, len(crops) - 1, min(CROPS, len(crops))).astype(int)]
    pictures = torch.from_numpy(np.stack([store.load(crop) for crop in chosen])).movedim(-1, 1).float()
    pictures = nn.functional.interpolate(pictures, (SIDE, SIDE), mode="bilinear", antialias=True)
    network = unfold(folded, pictures / 127.5 - 1)
    write_bytes(asked.out, safetensors.torch.save(network.state_dict()))
    print(f"{asked.out}: {sum(p.numel() for p in network.parameters()) / 1e6:.1f} M parameters")
    return 0


def unfold(folded: dict[str, Tensor], pictures: Tensor) -> nn.Module:
    """timm's network with the folded one's function.

    Args:
        folded: weights and biases by the file's names, for pictures of 0 to 255.
        pictures: [N 3 224 224] in -1 to 1, whose statistics the norms get.
    """
    settings = StudentSettings(backbone=NAME, weights="random", input_size=SIDE)
    network = build(settings.backbone, settings.weights, settings.input_size)[0].network.eval()
    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    for number, (convolution, norm) in enumerate(zip(convolutions, norms, strict=True)):
        weight, bias = folded[f"body.{number}.c.weight"], folded[f"body.{number}.c.bias"]
        if number == 0:  # x = 127.5 (n + 1) for pictures n in -1 to 1
            weight, bias = weight * 127.5, bias + 127.5 * weight.sum((1, 2, 3))
        with torch.no_grad():
            convolution.weight.copy_(weight)
            out = _output_of(network, convolution, pictures)
            mean, variance = out.mean((0, 2, 3)), out.var((0, 2, 3), unbiased=False)
            assert norm.running_mean is not None
            assert norm.running_var is not None
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)
            norm.weight.copy_((variance + norm.eps).sqrt())
            norm.bias.copy_(bias + mean)
    return network


def _output_of(network: nn.Module, module: nn.Module, pictures: Tensor) -> Tensor:
    seen: list[Tensor] = []

    def keep(_module: nn.Module, _inputs: object, out: object) -> None:
        assert isinstance(out, Tensor)
        seen.append(out)

    hook = module.register_forward_hook(keep)
    try:
        for part in pictures.split(32):
            network.forward_features(part)  # pyright: ignore[reportCallIssue]
    finally:
        hook.remove()
    return torch.cat(seen)


if __name__ == "__main__":
    sys.exit(main())
