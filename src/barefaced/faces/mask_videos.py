"""Mask videos: what a data set says was forged, beside its clips frame by frame.

Alphabet: T moments asked for, N frames of the clip, H W its frames' height and width.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float64, UInt8

from barefaced.errors import InputError
from barefaced.faces.media_file import MediaFile
from barefaced.faces.video import positions

LEVEL = 128
"""Brightness from which a pixel counts as forged: codecs leave a shimmer in the black."""


def forged_pixels(
    path: Path,
    times: Float64[np.ndarray, " N"],
    asked: Float64[np.ndarray, " T"],
    size: tuple[int, int],
    warnings: list[str],
) -> Iterator[tuple[int, UInt8[np.ndarray, "H W"]]]:
    """(moment, forged pixels: 255, others: 0), for every moment that the mask has a frame of.

    Frames are matched by their number, not their time: a mask written at another rate is still frame by frame.

    Args:
        path: the mask video.
        times: of the clip's frames.
        asked: the moments, times in seconds.
        size: of the clip's frames; a mask of another size is brought to it.
        warnings: what is wrong with the mask is added here.
    """
    try:
        media = MediaFile(path)
        own = media.times
        wanted = positions(times, asked)
        inside = sorted(index for index in wanted if index < len(own))
        short = sum(len(moments) for index, moments in wanted.items() if index >= len(own))
        for position, frame in media.frames_at(own[inside]):
            grey = cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2GRAY)
            if grey.shape != size:
                grey = cv2.resize(grey, size[::-1], interpolation=cv2.INTER_LINEAR)
            drawn = np.where(grey >= LEVEL, np.uint8(255), np.uint8(0))
            for moment in wanted[inside[position]]:
                yield moment, drawn
    except InputError as e:
        warnings.append(f"the mask cannot be read: {e}")
        return
    if short:
        warnings.append(f"the mask ends before {short} of {len(asked)} moments")
