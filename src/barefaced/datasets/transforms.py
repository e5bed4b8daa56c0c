"""The paper's augmentation of pictures, on uint8 and before the model sees them.

K pictures of a group, S their side; RGB uint8. What moves pixels (the flip) is drawn once for the group, so that the
real face and its forgeries stay registered; the rest is drawn for each picture by one law, whatever its label.
Strengths that the paper leaves open are ours and named so.
"""

from typing import cast

import cv2
import numpy as np
from jaxtyping import UInt8

from barefaced.config import PixelSettings

SHARPEN = (0.2, 0.5)
"""Range of the unsharp mask's weight, uniform; its Gaussian has sigma 1 (ours)."""


def augment(
    images: UInt8[np.ndarray, "K S S 3"], settings: PixelSettings, generator: np.random.Generator
) -> UInt8[np.ndarray, "K S S 3"]:
    """Flip; then for each picture brightness and contrast, down-scale, sharpen, JPEG, each with chance `chance`.

    Args:
        images: the pictures of one group, RGB; left as they are.
        settings: which operations, and how strong.
        generator: every draw comes from it.
    """
    if settings.flip and generator.random() < settings.chance:
        images = images[:, :, ::-1]
    return np.stack([_degrade(image, settings, generator) for image in images])


def _degrade(
    image: UInt8[np.ndarray, "S S 3"], settings: PixelSettings, generator: np.random.Generator
) -> UInt8[np.ndarray, "S S 3"]:
    def drawn() -> bool:
        return bool(generator.random() < settings.chance)

    image = np.ascontiguousarray(image)
    if settings.brightness_contrast > 0 and drawn():
        brightness, contrast = generator.uniform(-1, 1, size=2) * settings.brightness_contrast
        image = brighten(image, float(brightness), float(contrast))
    if settings.downscale and drawn():
        image = downscale(image, int(generator.choice(settings.downscale)))
    if settings.sharpen and drawn():
        image = sharpen(image, float(generator.uniform(*SHARPEN)))
    if drawn():
        low, high = settings.jpeg
        image = jpeg(image, int(generator.integers(low, high, endpoint=True)))
    return image


def brighten(image: UInt8[np.ndarray, "S S 3"], brightness: float, contrast: float) -> UInt8[np.ndarray, "S S 3"]:
    """Contrast about mid grey times (1 + contrast), then brightness added as a share of the whole range."""
    levels = np.arange(256) / 255
    levels = (levels - 0.5) * (1 + contrast) + 0.5 + brightness
    return cast(np.ndarray, cv2.LUT(image, np.rint(levels.clip(0, 1) * 255).astype(np.uint8)))


def downscale(image: UInt8[np.ndarray, "S S 3"], factor: int) -> UInt8[np.ndarray, "S S 3"]:
    """Shrunk by the mean of the pixels, enlarged again linearly."""
    side = image.shape[0]
    small = cv2.resize(image, (max(side // factor, 1),) * 2, interpolation=cv2.INTER_AREA)
    return cast(np.ndarray, cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR))


def sharpen(image: UInt8[np.ndarray, "S S 3"], weight: float) -> UInt8[np.ndarray, "S S 3"]:
    """Unsharp mask: the picture plus `weight` times what a Gaussian of sigma 1 takes from it."""
    return cast(np.ndarray, cv2.addWeighted(image, 1 + weight, cv2.GaussianBlur(image, (0, 0), 1.0), -weight, 0))


def jpeg(image: UInt8[np.ndarray, "S S 3"], quality: int) -> UInt8[np.ndarray, "S S 3"]:
    """Through JPEG at `quality` (1 to 100) and back."""
    coded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    decoded = cast(np.ndarray, cv2.imdecode(coded, cv2.IMREAD_COLOR))
    return cast(np.ndarray, cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB))
