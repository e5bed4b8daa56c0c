"""What happens to pictures on their way: eleven corruptions at five strengths, on the crops of a clip.

The list is DeeperForensics-1.0's (Jiang et al., CVPR 2020), resizing, darkness and something before the face; the
strengths of saturation, contrast and block-wise are its own, the others ours. Only H.264 needs the whole clip: a clip's
crops in order of time are coded as a film by x264 and decoded again. The moments lie further apart than a film's
frames, so that less can be predicted: at one rate factor a crop loses rather less than in the video that it is from.

T crops of a clip in order of time, S side; RGB uint8. A corruption that draws (noise, blocks) draws from `rng` alone.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, cast

import av
import cv2
import numpy as np
from jaxtyping import UInt8

from barefaced.datasets.transforms import jpeg as jpeg_of

Crops = UInt8[np.ndarray, "T S S 3"]
STRENGTHS: dict[str, tuple[float, ...]] = {
    "jpeg": (90.0, 70.0, 50.0, 30.0, 15.0),
    "h264": (23.0, 30.0, 35.0, 40.0, 45.0),
    "resize": (0.75, 0.5, 0.375, 0.25, 0.125),
    "blur": (1.0, 2.0, 3.0, 5.0, 8.0),
    "noise": (2.0, 5.0, 10.0, 20.0, 40.0),
    "saturation": (0.4, 0.3, 0.2, 0.1, 0.0),
    "contrast": (0.85, 0.725, 0.6, 0.475, 0.35),
    "blocks": (16.0, 32.0, 48.0, 64.0, 80.0),
    "pixelation": (2.0, 3.0, 4.0, 6.0, 8.0),
    "dark": (0.5, 0.25, 0.12, 0.06, 0.03),
    "occlusion": (0.15, 0.25, 0.35, 0.5, 0.65),
}
"""From the weakest to the strongest."""
UNITS = {
    "jpeg": "quality",
    "h264": "rate factor (CRF)",
    "resize": "share of the side",
    "blur": "sigma, pixels of 256",
    "noise": "standard deviation, of 255",
    "saturation": "share kept",
    "contrast": "share kept",
    "blocks": "grey blocks of 1/32 of the side",
    "pixelation": "side of a square, pixels",
    "dark": "share of the light",
    "occlusion": "share of the side",
}
NOMINAL = 256
"""Crop side that a blur is given for: it takes the same share of a face whatever the crop's side."""


def corrupt(crops: Crops, name: str, strength: float, rng: np.random.Generator) -> Crops:
    """The crops of one clip, corrupted.

    Args:
        crops: in order of time; left as they are.
        name: one of `CORRUPTIONS`.
        strength: in the unit of `UNITS`.
        rng: every draw comes from it.
    """
    return CORRUPTIONS[name](crops, strength, rng)


def jpeg(crops: Crops, quality: float, _rng: np.random.Generator) -> Crops:
    """Through JPEG and back."""
    return np.stack([jpeg_of(crop, int(quality)) for crop in crops])


def h264(crops: Crops, crf: float, _rng: np.random.Generator) -> Crops:
    """Through x264 at a constant rate factor, as one film of 25 frames a second, and back."""
    side = crops.shape[1]
    even = np.pad(crops, ((0, 0), (0, side % 2), (0, side % 2), (0, 0)), mode="edge")
    coder = cast(Any, av.CodecContext.create("libx264", "w"))
    coder.height = coder.width = even.shape[1]
    coder.pix_fmt, coder.time_base, coder.framerate = "yuv420p", Fraction(1, 25), Fraction(25)
    coder.options = {"crf": str(int(crf)), "threads": "1"}
    decoder = cast(Any, av.CodecContext.create("h264", "r"))
    decoder.thread_count = 1
    packets = []
    for number, crop in enumerate(even):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(crop), format="rgb24")
        frame.pts = number
        packets += coder.encode(frame)
    packets += coder.encode(None)
    frames = [frame for packet in packets for frame in decoder.decode(packet)] + list(decoder.decode(None))
    return np.stack([frame.to_ndarray(format="rgb24") for frame in frames])[:, :side, :side]


def resize(crops: Crops, share: float, _rng: np.random.Generator) -> Crops:
    """Shrunk by the mean of the pixels, enlarged again linearly."""
    side = crops.shape[1]
    small = max(1, round(share * side))
    return np.stack([_sized(_sized(crop, small, cv2.INTER_AREA), side, cv2.INTER_LINEAR) for crop in crops])


def blur(crops: Crops, sigma: float, _rng: np.random.Generator) -> Crops:
    """A Gaussian."""
    scaled = sigma * crops.shape[1] / NOMINAL
    return np.stack([cast(np.ndarray, cv2.GaussianBlur(crop, (0, 0), scaled)) for crop in crops])


def noise(crops: Crops, deviation: float, rng: np.random.Generator) -> Crops:
    """Gaussian, of each pixel and channel by itself."""
    noisy = crops + rng.normal(0, deviation, crops.shape).astype(np.float32)
    return np.rint(noisy.clip(0, 255)).astype(np.uint8)


def saturation(crops: Crops, share: float, _rng: np.random.Generator) -> Crops:
    """Each pixel towards its own grey (ITU-R BT.601)."""
    grey = (crops @ np.array([0.299, 0.587, 0.114], np.float32))[..., None]
    return np.rint((grey + share * (crops - grey)).clip(0, 255)).astype(np.uint8)


def contrast(crops: Crops, share: float, _rng: np.random.Generator) -> Crops:
    """Each crop towards its mean grey."""
    mean = crops.mean(axis=(1, 2, 3), keepdims=True, dtype=np.float32)
    return np.rint((mean + share * (crops - mean)).clip(0, 255)).astype(np.uint8)


def blocks(crops: Crops, count: float, rng: np.random.Generator) -> Crops:
    """Grey squares of 1/32 of the side at places drawn for each crop; they may overlap."""
    side, changed = crops.shape[1], crops.copy()
    edge = max(1, side // 32)
    for crop in changed:
        for top, left in rng.integers(0, side - edge + 1, (int(count), 2)):
            crop[top : top + edge, left : left + edge] = 128
    return changed


def pixelation(crops: Crops, edge: float, _rng: np.random.Generator) -> Crops:
    """Shrunk by the mean of the pixels, enlarged again in squares."""
    side = crops.shape[1]
    small = max(1, round(side / edge))
    return np.stack([_sized(_sized(crop, small, cv2.INTER_AREA), side, cv2.INTER_NEAREST) for crop in crops])


def dark(crops: Crops, share: float, _rng: np.random.Generator) -> Crops:
    """Less light, in the numbers of a camera (sRGB, IEC 61966-2-1): what is lost in eight bits is lost."""
    coded = np.arange(256) / 255
    light = share * np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    darker = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(255 * darker).astype(np.uint8)[crops]


def occlusion(crops: Crops, share: float, rng: np.random.Generator) -> Crops:
    """A grey square before the face, where it was drawn for the clip."""
    side, changed = crops.shape[1], crops.copy()
    edge = max(1, round(share * side))
    top, left = rng.integers(0, side - edge + 1, 2)
    changed[:, top : top + edge, left : left + edge] = 128
    return changed


def _sized(crop: UInt8[np.ndarray, "A A 3"], side: int, how: int) -> UInt8[np.ndarray, "B B 3"]:
    return cast(np.ndarray, cv2.resize(crop, (side, side), interpolation=how))


CORRUPTIONS: dict[str, Callable[[Crops, float, np.random.Generator], Crops]] = {
    "jpeg": jpeg,
    "h264": h264,
    "resize": resize,
    "blur": blur,
    "noise": noise,
    "saturation": saturation,
    "contrast": contrast,
    "blocks": blocks,
    "pixelation": pixelation,
    "dark": dark,
    "occlusion": occlusion,
}
