"""Still pictures, known by their content. H W are height and width as shown, the camera's orientation applied.

Of an animated picture the first frame counts. Transparency is dropped: the colour beneath is what the file holds.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps

from barefaced.errors import UnreadableMedia
from barefaced.faces.limits import MAX_PIXELS, too_large

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")
ORIENTATION = 0x0112
"""The EXIF tag; from 5 on, height and width change places."""

DAMAGED = (OSError, SyntaxError, ValueError, EOFError, struct.error)
"""What Pillow's readers raise over damaged files."""


@dataclass(frozen=True)
class Picture:
    """What a picture's header says."""

    codec: str
    height: int
    width: int


def read_header(path: Path) -> Picture | None:
    """The header, or None where the content is no picture of a known format.

    Raises:
        TooLarge: more than `MAX_PIXELS`.
    """
    try:
        with Image.open(path, formats=FORMATS) as picture:
            width, height = picture.size
            codec = (picture.format or "").lower()
            turned = picture.getexif().get(ORIENTATION, 1) in (5, 6, 7, 8)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as e:
        raise too_large(path, "more than 89 million pixels") from e
    except DAMAGED:
        return None
    if width * height > MAX_PIXELS:
        raise too_large(path, f"{width} x {height}")
    return Picture(codec=codec, height=width if turned else height, width=height if turned else width)


def read_pixels(path: Path) -> UInt8[np.ndarray, "H W 3"]:
    """The picture as shown, RGB.

    Raises:
        UnreadableMedia: the header is that of a picture, but the pixels do not decode.
    """
    try:
        with Image.open(path, formats=FORMATS) as picture:
            shown = ImageOps.exif_transpose(picture)
            if shown.mode.startswith("I"):
                # Pillow clips 16-bit grey instead of scaling it.
                grey = np.clip(np.asarray(shown).astype(np.int64) >> 8, 0, 255).astype(np.uint8)
                return np.repeat(grey[..., None], 3, axis=-1)
            return np.array(shown.convert("RGB"))
    except DAMAGED as e:
        raise UnreadableMedia(
            expected=f"a picture that decodes at {path}",
            got=f"a damaged or truncated one ({e})",
            fix="Get the file again.",
        ) from e
