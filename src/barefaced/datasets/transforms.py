"""The augmentation of pictures, on uint8 and before the model sees them: the paper's, and the field's stronger set.

K pictures of a group, S their side; RGB uint8. What moves pixels (the flip) is drawn once for the group, so that the
real face and its forgeries stay registered; the rest is drawn for each picture by one law, whatever its label.
Strengths that the paper leaves open are ours and named so. By OpenCV and PyAV, not kornia or torchvision: on a picture
of bytes and one thread they take a fraction of the time (benchmarks/pixels.py).
"""

import io
from typing import cast

import av
import cv2
import numpy as np
from jaxtyping import UInt8

from barefaced.config.pictures import PixelSettings
from barefaced.imaging.colours import shift_hsv, shift_rgb

SHARPEN = (0.2, 0.5)
"""Range of the unsharp mask's weight, uniform; its Gaussian has sigma 1 (ours)."""


SMALLER = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)
LARGER = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4, cv2.INTER_NEAREST)
"""Filters that `resize` is drawn from: nobody knows which one a site used."""


def augment(
    images: UInt8[np.ndarray, "K S S 3"], settings: PixelSettings, generator: np.random.Generator
) -> UInt8[np.ndarray, "K S S 3"]:
    """Flip; then for each picture colour, brightness and contrast, blur, down-scale, resize, sharpen, noise, JPEG,
    H.264, each that is on with chance `chance`: from the lens to the site that it is uploaded to.

    Args:
        images: the pictures of one group, RGB; left as they are.
        settings: which operations, and how strong.
        generator: every draw comes from it.
    """
    if draw_flip(settings, generator):
        images = images[:, :, ::-1]
    return degrade(images, settings, generator)


def draw_flip(settings: PixelSettings, generator: np.random.Generator) -> bool:
    """Draw whether a group is mirrored."""
    return bool(settings.flip and generator.random() < settings.chance)


def degrade(
    images: UInt8[np.ndarray, "K S S 3"], settings: PixelSettings, generator: np.random.Generator
) -> UInt8[np.ndarray, "K S S 3"]:
    """All of `augment` but the flip; with `shared`, the same draws for every picture of the group."""
    if not settings.shared:
        return np.stack([_degrade(image, settings, generator) for image in images])
    seed = int(generator.integers(2**63))
    return np.stack([_degrade(image, settings, np.random.default_rng(seed)) for image in images])


def _degrade(
    image: UInt8[np.ndarray, "S S 3"], settings: PixelSettings, generator: np.random.Generator
) -> UInt8[np.ndarray, "S S 3"]:
    def drawn(share: float = 1.0) -> bool:
        return bool(generator.random() < settings.chance * share)

    image = np.ascontiguousarray(image)
    if settings.rgb_shift > 0 and drawn(settings.colour):
        image = shift_rgb(image, generator.uniform(-1, 1, 3) * settings.rgb_shift)
    if settings.hsv > 0 and drawn(settings.colour):
        image = shift_hsv(image, generator.uniform(-1, 1, 3) * settings.hsv)
    if settings.brightness_contrast > 0 and drawn(settings.colour):
        brightness, contrast = generator.uniform(-1, 1, size=2) * settings.brightness_contrast
        image = brighten(image, float(brightness), float(contrast))
    if settings.blur[1] > 0 and drawn():
        image = blur(image, float(generator.uniform(*settings.blur)))
    if settings.downscale and drawn():
        image = downscale(image, int(generator.choice(settings.downscale)))
    if settings.resize[0] < 1 and drawn():
        filters = int(generator.choice(SMALLER)), int(generator.choice(LARGER))
        image = resize(image, float(generator.uniform(*settings.resize)), *filters)
    if settings.sharpen and drawn():
        image = sharpen(image, float(generator.uniform(*SHARPEN)))
    if settings.noise[1] > 0 and drawn():
        image = noise(image, float(generator.uniform(*settings.noise)), generator)
    if drawn():
        low, high = settings.jpeg
        image = jpeg(image, int(generator.integers(low, high, endpoint=True)))
    if settings.h264[1] > 0 and drawn():
        image = h264(image, int(generator.integers(*settings.h264, endpoint=True)))
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


def resize(image: UInt8[np.ndarray, "S S 3"], factor: float, smaller: int, larger: int) -> UInt8[np.ndarray, "S S 3"]:
    """Shrunk by `factor` in (0, 1] and enlarged again, by OpenCV's filters named."""
    side = image.shape[0]
    small = cv2.resize(image, (max(round(side * factor), 1),) * 2, interpolation=smaller)
    return cast(np.ndarray, cv2.resize(small, (side, side), interpolation=larger))


def blur(image: UInt8[np.ndarray, "S S 3"], sigma: float) -> UInt8[np.ndarray, "S S 3"]:
    """By a Gaussian of `sigma` pixels; 0 leaves it."""
    return image if sigma <= 0 else cast(np.ndarray, cv2.GaussianBlur(image, (0, 0), sigma))


def noise(
    image: UInt8[np.ndarray, "S S 3"], deviation: float, generator: np.random.Generator
) -> UInt8[np.ndarray, "S S 3"]:
    """Gaussian, of `deviation` of 255, drawn for every value."""
    drawn = generator.standard_normal(image.shape, np.float32) * np.float32(deviation)
    return np.rint((image + drawn).clip(0, 255)).astype(np.uint8)


def sharpen(image: UInt8[np.ndarray, "S S 3"], weight: float) -> UInt8[np.ndarray, "S S 3"]:
    """Unsharp mask: the picture plus `weight` times what a Gaussian of sigma 1 takes from it."""
    return cast(np.ndarray, cv2.addWeighted(image, 1 + weight, cv2.GaussianBlur(image, (0, 0), 1.0), -weight, 0))


def jpeg(image: UInt8[np.ndarray, "S S 3"], quality: int) -> UInt8[np.ndarray, "S S 3"]:
    """Through JPEG at `quality` (1 to 100) and back."""
    coded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    decoded = cast(np.ndarray, cv2.imdecode(coded, cv2.IMREAD_COLOR))
    return cast(np.ndarray, cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB))


def h264(image: UInt8[np.ndarray, "S S 3"], crf: int) -> UInt8[np.ndarray, "S S 3"]:
    """Through H.264 (x264, 4:2:0, one coded frame) at `crf`, 1 to 51, and back; an odd side gets a mirrored row."""
    side = image.shape[0]
    even = np.pad(image, ((0, side % 2), (0, side % 2), (0, 0)), mode="reflect")
    stream = io.BytesIO()
    with av.open(stream, "w", format="h264") as container:
        coder = container.add_stream("libx264", rate=25, options={"crf": str(crf), "preset": "veryfast"})
        coder.height, coder.width, coder.pix_fmt = *even.shape[:2], "yuv420p"
        coder.codec_context.thread_count = 1
        for packet in (*coder.encode(av.VideoFrame.from_ndarray(even, format="rgb24")), *coder.encode()):
            container.mux(packet)
    stream.seek(0)
    with av.open(stream, "r", format="h264") as coded:
        coded.streams.video[0].codec_context.thread_count = 1
        frame = next(coded.decode(video=0))
    return frame.to_ndarray(format="rgb24")[:side, :side]
