"""Pictures as the bytes of a file, and back. RGB uint8 [H W 3]."""

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import UInt8


def encode(rgb: UInt8[np.ndarray, "H W 3"], suffix: str, options: Sequence[int] = ()) -> bytes:
    """Encode a picture as a file of this suffix (`.png`), with OpenCV's options."""
    return cv2.imencode(suffix, cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), options)[1].tobytes()


def encode_jpeg(rgb: UInt8[np.ndarray, "H W 3"], quality: int) -> bytes:
    """Encode a picture as a JPEG of this quality, 1 to 100."""
    return encode(rgb, ".jpg", [cv2.IMWRITE_JPEG_QUALITY, quality])


def decode(data: bytes) -> UInt8[np.ndarray, "H W 3"] | None:
    """Decode the bytes of a picture that this project wrote; None where they are none."""
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    return None if bgr is None else np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
