"""What every picture goes through on its way to a platform: shrunk, enlarged, compressed.

A real face and its forgeries go through it with the same draws, after forging, so that neither resolution nor codec is
the label: a forged face must not be told by being the one that was resampled or compressed once more.
Alphabet: K pictures of one face, S their side; RGB uint8.
"""

import cv2
import numpy as np
from jaxtyping import UInt8

from barefaced.config.pictures import ForgeSettings

INTERPOLATIONS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)
"""To shrink by; it is enlarged again by the linear or the cubic one."""


def chained(
    pictures: UInt8[np.ndarray, "K S S 3"], settings: ForgeSettings, generator: np.random.Generator
) -> UInt8[np.ndarray, "K S S 3"]:
    """The pictures through one drawn resize and one drawn JPEG quality."""
    side = pictures.shape[1]
    small = max(round(side * generator.uniform(*settings.downscale)), 8)
    down, up = INTERPOLATIONS[generator.integers(3)], INTERPOLATIONS[1 + generator.integers(2)]
    low, high = settings.jpeg
    quality = int(generator.integers(low, high, endpoint=True))
    return np.stack([_through(picture, small, down, up, quality) for picture in pictures])


def _through(
    picture: UInt8[np.ndarray, "S S 3"], small: int, down: int, up: int, quality: int
) -> UInt8[np.ndarray, "S S 3"]:
    side = picture.shape[0]
    if small < side:
        picture = np.asarray(cv2.resize(picture, (small, small), interpolation=down))
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    # 4:4:4: half the colour resolution would be taken from a face that the camera's own JPEG took it from already.
    sampling = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, *sampling]
    decoded = cv2.imdecode(cv2.imencode(".jpg", bgr, options)[1], cv2.IMREAD_COLOR)
    assert decoded is not None
    rgb = cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    return np.asarray(rgb if small >= side else cv2.resize(rgb, (side, side), interpolation=up), np.uint8)
