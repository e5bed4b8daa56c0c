"""A decoded frame as it is shown: RGB, what is transparent on grey, pixels made square, turned as its metadata says.

Alphabet: H W height and width as shown, C channels.
"""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from jaxtyping import UInt8

from barefaced.faces.limits import MAX_PIXELS, too_large
from barefaced.faces.opening import unreadable
from barefaced.faces.pictures import on_grey


def to_rgb(
    path: Path, frame: VideoFrame, aspect: Fraction, convert: VideoReformatter
) -> tuple[UInt8[np.ndarray, "H W 3"], bool]:
    """The frame as it is shown, and whether some of it cannot be seen (transparent).

    Raises:
        UnreadableMedia: pixels that cannot be made RGB.
        TooLarge: stretched to square pixels it is.
    """
    alpha = frame.format.has_palette or any(part.is_alpha for part in frame.format.components)
    try:
        stored = convert.reformat(frame, format="rgba" if alpha else "rgb24").to_ndarray()
    except (FFmpegError, ValueError) as e:
        raise unreadable(path, f"pixels that cannot be made RGB ({frame.format.name})") from e
    rgb, clear = on_grey(stored) if alpha else (stored, False)
    height, width = _stretched(path, frame, aspect)
    if (height, width) != rgb.shape[:2]:
        rgb = np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
    return _as_shown(frame, rgb), clear


def shown_size(path: Path, frame: VideoFrame, aspect: Fraction) -> tuple[int, int]:
    """Height and width of the frame as it is shown.

    Raises:
        TooLarge: stretched to square pixels it is.
    """
    height, width = _as_shown(frame, np.zeros((*_stretched(path, frame, aspect), 0), np.uint8)).shape[:2]
    return height, width


def _stretched(path: Path, frame: VideoFrame, aspect: Fraction) -> tuple[int, int]:
    """Height and width of the stored frame with square pixels: the short side is made longer."""
    height, width = frame.height, frame.width
    if aspect > 1:
        width = round(width * aspect)
    elif 0 < aspect < 1:
        height = round(height / aspect)
    if height * width > MAX_PIXELS:
        raise too_large(path, f"{width} x {height} with square pixels")
    return height, width


def _as_shown(frame: VideoFrame, stored: UInt8[np.ndarray, "_ _ C"]) -> UInt8[np.ndarray, "_ _ C"]:
    """Pixels turned and mirrored by the display matrix: x' = a x + c y, y' = b x + d y (libavutil/display.h)."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return stored
    a, b, _, c, d = np.frombuffer(bytes(matrix), np.int32)[:5].tolist()
    turned = abs(b) > abs(a)
    shown = stored.transpose(1, 0, 2) if turned else stored
    across, down = (c, b) if turned else (a, d)
    return np.ascontiguousarray(shown[:: -1 if down < 0 else 1, :: -1 if across < 0 else 1])
