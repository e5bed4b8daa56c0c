"""Heat maps of a student's opinion (Grad-CAM), and whether they matter (deletion).

Alphabet: B crops, S crop side, C H W a layer's map, J other places. Crops are RGB uint8; heat lies in [0, 1].

Grad-CAM (Selvaraju et al., ICCV 2017) of the logit difference fake minus real: where the layer's channels that push it
up are active. The layer is the deepest with at least `CELLS` cells a side, where a network of stride 32 on a small crop
has but 4 in its last map: coarser than a mouth (experiments/evidence.py compares the two).

A map can look convincing and mean nothing (Adebayo et al., NeurIPS 2018). So each is put to a test: its hottest pixels
are blurred away, and so is the same shape at other places; only where the opinion falls more than there does the map
matter (deletion after Petsiuk et al., BMVC 2018).
"""

from collections.abc import Callable

import cv2
import numpy as np
import torch
from captum.attr import LayerGradCam
from einops import rearrange
from jaxtyping import Bool, Float, Float32, Float64, UInt8
from torch import Tensor, nn
from torch.nn.functional import interpolate

from barefaced.model.student import Student
from barefaced.values.scores import Deletion

CELLS = 8
"""Least side of the layer's map."""
SHARE = 0.2
"""Of the pixels, at most, that deletion blurs."""
PLACES = 14
"""Other places that the shape is moved to; with the crop itself and its deletion, two whole batches."""
BLUR = 1 / 10
"""Standard deviation of the blur, in crop sides: no feature finer than an eye is left."""
BATCH = 8
"""Crops at once, always filled up: see `Student.look`."""


def layer_of(student: Student, cells: int = CELLS) -> nn.Module:
    """The last module, in order of computation, whose map has at least `cells` cells a side; or the last map's own."""
    found: list[nn.Module] = [student.encoder.project]
    deepest: list[nn.Module] = []

    def seen(module: nn.Module, _inputs: object, out: object) -> None:
        if isinstance(out, Tensor) and out.ndim == 4 and cells <= min(out.shape[2:]) and out.shape[1] > 3:
            deepest.append(module)

    hooks: list[Callable[[], None]] = []
    for module in student.encoder.backbone.modules():
        if not list(module.children()):
            continue  # blocks, not the convolutions within: a block's end is where its parts have been added up
        hooks.append(module.register_forward_hook(seen).remove)
    try:
        side = student.settings.input_size
        with torch.inference_mode():
            device = next(student.parameters()).device
            student.encoder(torch.zeros(1, 3, side, side, device=device))
    finally:
        for remove in hooks:
            remove()
    last = deepest[-1:] if deepest else []
    return (last or found)[-1]


def heat_maps(student: Student, crops: UInt8[np.ndarray, "B S S 3"], layer: nn.Module) -> Float32[np.ndarray, "B S S"]:
    """Where each crop speaks for a forgery: 1 the hottest pixel, all zeros where nothing does.

    Args:
        layer: of the student: `layer_of`.
    """
    side = crops.shape[1]
    cam = LayerGradCam(lambda images: _margin(student, images), layer)
    images = rearrange(torch.from_numpy(crops.copy()), "b h w c -> b c h w").to(next(student.parameters()).device)
    maps = cam.attribute(images, relu_attributions=True)
    assert isinstance(maps, Tensor)
    large = interpolate(maps.detach().float(), (side, side), mode="bicubic", align_corners=False).clamp(min=0)
    top = large.amax(dim=(1, 2, 3), keepdim=True)
    return (large / top.clamp(min=1e-12))[:, 0].cpu().numpy()


def altered_maps(student: Student, crops: UInt8[np.ndarray, "B S S 3"]) -> Float32[np.ndarray, "B S S"]:
    """Where the student's head says that each crop was altered, 0 to 1: its own values, not stretched.

    Raises:
        BadConfig: a student without that head.
    """
    side = crops.shape[1]
    cells = torch.from_numpy(student.locate(crops, BATCH))[:, None]
    return interpolate(cells, (side, side), mode="bilinear", align_corners=False)[:, 0].numpy()


def deletion(
    student: Student, crop: UInt8[np.ndarray, "S S 3"], heat: Float32[np.ndarray, "S S"], rng: np.random.Generator
) -> Deletion:
    """What the opinion loses with the hottest `SHARE` of the pixels, against the same shape at other places."""
    if not heat.any():
        return Deletion(0.0, 0.0, 0.0, 0.0)
    hot = (heat >= np.quantile(heat, 1 - SHARE)) & (heat > 0)
    side = len(crop)
    moves = rng.integers(side // 8, side - side // 8 + 1, (PLACES, 2))
    masks = np.stack([hot, *(np.roll(hot, tuple(move), (0, 1)) for move in moves.tolist())])
    blurred = cv2.GaussianBlur(crop, (0, 0), BLUR * side, borderType=cv2.BORDER_REFLECT_101)
    margins = margins_of(student, np.concatenate([crop[None], _replaced(crop, np.asarray(blurred), masks)]))
    drops = margins[0] - margins[1:]
    return Deletion(
        share=float(hot.mean()),
        drop=float(drops[0]),
        elsewhere=float(drops[1:].mean()),
        beats=float((drops[1:] < drops[0]).mean()),
    )


def _replaced(
    crop: UInt8[np.ndarray, "S S 3"], other: UInt8[np.ndarray, "S S 3"], masks: Bool[np.ndarray, "B S S"]
) -> UInt8[np.ndarray, "B S S 3"]:
    """`other` under each mask, its edge feathered: a sharp edge would be an artefact of its own."""
    soft = np.stack([cv2.GaussianBlur(mask.astype(np.float32), (0, 0), len(crop) / 64) for mask in masks])[..., None]
    return np.rint(crop * (1 - soft) + other * soft).astype(np.uint8)


def margins_of(student: Student, crops: UInt8[np.ndarray, "B S S 3"]) -> Float64[np.ndarray, " B"]:
    """The logit difference, fake minus real, of each crop; uncalibrated."""
    device = next(student.parameters()).device
    found = []
    with torch.inference_mode():
        for start in range(0, len(crops), BATCH):
            some = crops[start : start + BATCH]
            filled = np.pad(some, ((0, BATCH - len(some)), (0, 0), (0, 0), (0, 0)))
            images = rearrange(torch.from_numpy(filled), "b h w c -> b c h w").to(device)
            found.append(_margin(student, images)[: len(some)].double().cpu().numpy())
    return np.concatenate(found)


def _margin(student: Student, images: UInt8[Tensor, "B 3 S S"]) -> Float[Tensor, " B"]:
    logits = student(images).logits
    return logits[:, 1] - logits[:, 0]
