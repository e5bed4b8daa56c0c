"""Pictures, known by their content. H W are height and width as shown, the camera's orientation applied.

Of pictures that lie side by side in a file (TIFF pages, the several JPEGs of a phone's portrait) the largest counts. Of
an animation every frame does. What is transparent is shown on grey, as much as it is: nobody sees what lies beneath.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float64, UInt8
from PIL import Image, ImageFile, ImageOps, MpoImagePlugin, TiffImagePlugin

from barefaced.errors import UnreadableMedia
from barefaced.faces.file_kinds import CONVERT, not_taken, taken_picture
from barefaced.faces.limits import MAX_PIXELS, check_length, too_large
from barefaced.faces.picture_parts import USUAL_DELAY, Page, animation_delays, tiff_pages
from barefaced.values.geometry import GREY

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")
ORIENTATION = 0x0112
"""The EXIF tag; from 5 on, height and width change places."""
LEAST_OF_16_BITS = 1 << 14
"""A picture of 16 bits that stays under this has fewer bits than it says, or is all but black."""

DAMAGED = (OSError, SyntaxError, ValueError, EOFError, struct.error)
"""What Pillow's readers raise over damaged files."""


@dataclass(frozen=True)
class Picture:
    """What a picture's header says."""

    codec: str
    height: int
    width: int
    times: Float64[np.ndarray, " N"]
    """When each frame is shown, in seconds; 0 for a still picture."""
    seconds: float
    """How long all of them are shown; 0 for a still picture."""
    first: int
    """The file's picture that is looked at, or an animation's first one."""
    pictures: int
    """In the file; those of an animation count as one."""
    size: int
    """Bytes of what is looked at, as far as they can be told from the others'."""


def read_header(path: Path) -> Picture | None:
    """The header, or None where the content is no picture of a known format.

    Raises:
        UnreadableMedia: it is damaged, or of a kind that is not taken.
        TooLarge: more than `limits` allow.
    """
    try:
        with Image.open(path, formats=FORMATS) as picture:
            delays, first, pictures, size = _parts(path, picture)
            picture.seek(first)
            width, height = picture.size
            codec = "jpeg" if picture.format == "MPO" else (picture.format or "").lower()
            if width * height > MAX_PIXELS:
                raise too_large(path, f"{width} x {height}")
            turned = picture.getexif().get(ORIENTATION, 1) in (5, 6, 7, 8)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as e:
        raise too_large(path, "more than 89 million pixels") from e
    except DAMAGED as e:
        if kind := taken_picture(path):
            if kind.startswith("TIFF"):
                _pages(path)
            raise _damaged(path, kind, e) from e
        return None
    seconds = sum(delays)
    check_length(path, seconds, len(delays), width * height)
    return Picture(
        codec=codec,
        height=width if turned else height,
        width=height if turned else width,
        times=np.cumsum([0.0, *delays[:-1]]),
        seconds=seconds,
        first=first,
        pictures=pictures,
        size=size,
    )


def read_pixels(path: Path, header: Picture | None = None) -> Iterator[tuple[UInt8[np.ndarray, "H W 3"], bool]]:
    """Every frame of the picture as shown, RGB; and whether some of it cannot be seen.

    Args:
        header: of the picture, where it has been read.

    Raises:
        UnreadableMedia: the pixels do not decode, or hold no levels of 8 or 16 bits.
    """
    header = header or read_header(path)
    if header is None:
        raise _damaged(path, "picture", ValueError("not a picture"))
    try:
        with Image.open(path, formats=FORMATS) as picture:
            for number in range(header.first, header.first + len(header.times)):
                picture.seek(number)
                yield _shown(path, picture)
    except DAMAGED as e:
        raise _damaged(path, f"{header.codec.upper()} picture", e) from e


def on_grey(rgba: UInt8[np.ndarray, "H W 4"]) -> tuple[UInt8[np.ndarray, "H W 3"], bool]:
    """The colours as they are seen on grey; and whether some are not seen at all. Opaque ones stay as they are."""
    alpha = rgba[..., 3:].astype(np.uint32)
    if (alpha == 255).all():
        return np.ascontiguousarray(rgba[..., :3]), False
    mixed = (rgba[..., :3] * alpha + GREY * (255 - alpha) + 127) // 255
    return mixed.astype(np.uint8), bool((alpha == 0).any())


def _parts(path: Path, picture: Image.Image) -> tuple[list[float], int, int, int]:
    """Seconds of each frame of an animation (one 0 for a still picture), the first frame, how many pictures lie side by
    side, and the bytes of the one looked at."""
    size, count = path.stat().st_size, getattr(picture, "n_frames", 1)
    if picture.format == "TIFF":
        pages = _pages(path)[:count]
        return [0.0], max(range(len(pages)), key=lambda n: _rank(pages[n])), len(pages), size
    if isinstance(picture, MpoImagePlugin.MpoImageFile):
        pixels = []
        for number in range(min(count, 100)):
            picture.seek(number)
            pixels.append(picture.width * picture.height)
        best = int(np.argmax(pixels))
        return [0.0], best, count, min(size, (picture.mpinfo or {})[0xB002][best]["Size"])
    if count == 1:
        return [0.0], 0, 1, size
    with path.open("rb") as file:
        delays = animation_delays(file) or [USUAL_DELAY] * count
    # A PNG's first picture may be for those alone who show no animations.
    return delays[:count], max(0, count - len(delays)), 1, size


def _pages(path: Path) -> list[Page]:
    """The pages of a TIFF file that is no raw picture."""
    try:
        with path.open("rb") as file:
            found = tiff_pages(file)
    except struct.error:
        return []
    pages = [page for page in found if not page.inner]
    largest = max(map(_rank, pages), default=(False, 0))[1]
    if any(page.raw or (not page.reduced and page.pixels > largest) for page in found):
        raise not_taken(path, "a camera's raw picture (DNG and its like)", CONVERT)
    return pages


def _rank(page: Page) -> tuple[bool, int]:
    return not page.reduced, page.pixels


def _shown(path: Path, picture: Image.Image) -> tuple[UInt8[np.ndarray, "H W 3"], bool]:
    deep = ";16" in str(picture.tile[0][3]) if isinstance(picture, ImageFile.ImageFile) and picture.tile else False
    tiff = isinstance(picture, TiffImagePlugin.TiffImageFile)
    kind = picture.tag_v2.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) if tiff else None
    shown = ImageOps.exif_transpose(picture)
    if shown.mode == "F" or shown.mode == "I" or (kind == 0 and shown.mode != "1"):
        name = {"F": "floating point", "I": "32 bits"}.get(shown.mode, "white as zero")
        raise not_taken(path, f"a picture of {name}", "Save it with 8 bits a channel, black as zero.")
    if shown.mode.startswith("I;16"):
        # Pillow clips 16-bit grey instead of scaling it.
        levels = np.asarray(shown).astype(np.int64)
        rgb, highest, clear = np.repeat((levels >> 8).astype(np.uint8)[..., None], 3, axis=-1), levels.max(), False
    elif shown.has_transparency_data:
        rgb, clear = on_grey(np.array(shown.convert("RGBA")))
        highest = int(rgb.max()) << 8
    else:
        rgb, clear = np.array(shown.convert("RGB")), False
        highest = int(rgb.max()) << 8
    if deep and highest < LEAST_OF_16_BITS:
        raise not_taken(
            path, f"a picture of 16 bits that uses {int(highest).bit_length()}", "Save it with 8 bits a channel."
        )
    return rgb, clear


def _damaged(path: Path, kind: str, error: Exception) -> UnreadableMedia:
    return UnreadableMedia(
        expected=f"a picture that decodes at {path}",
        got=f"a damaged or truncated {kind} ({error})",
        fix="Get the file again.",
    )
