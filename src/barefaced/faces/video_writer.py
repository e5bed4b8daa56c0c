"""Frames into a video file: for demonstrations and forged clips. RGB uint8 in, H.264 in mp4 out."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from jaxtyping import UInt8


def write_clip(path: Path, frames: Iterable[UInt8[np.ndarray, "H W 3"]], fps: float, crf: int = 23) -> None:
    """Write `frames` at `fps` a second, whole or not at all.

    Args:
        frames: all of one size, both sides even.
        crf: x264's constant rate factor; FaceForensics++ calls 23 c23 and 40 c40.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with av.open(str(part), "w", format="mp4") as container:
        stream = container.add_stream(
            "libx264", rate=Fraction(fps).limit_denominator(1001), options={"crf": str(crf), "threads": "1"}
        )
        stream.pix_fmt = "yuv420p"
        for number, rgb in enumerate(frames):
            if number == 0:
                stream.height, stream.width = rgb.shape[:2]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")))
        container.mux(stream.encode(None))
    part.replace(path)
