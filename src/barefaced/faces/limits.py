"""How much of a stranger's file is looked at: beyond these it is refused, from its header or while decoding."""

from pathlib import Path

from barefaced.errors import TooLarge

MAX_PIXELS = 64_000_000
"""Larger pictures and video frames are refused before they are decoded: 8K video has 33 million."""
MAX_SECONDS = 12 * 3600.0
MAX_FRAMES = 2_000_000
"""12 hours at 46 frames a second."""
MAX_VOLUME = 4_000_000_000_000
"""Pixels x frames: 2.7 hours of 4K at 50 frames a second."""
MAX_FACES = 64
"""The surest faces of a frame that are looked at: a crowd's picture must not fill the memory with crops."""


def too_large(path: Path, size: str, most: str = "") -> TooLarge:
    """The refusal of `path`, which is `size`, where `most` (by default the pixels a frame) is allowed."""
    return TooLarge(
        expected=f"at most {most or f'{MAX_PIXELS // 1_000_000} million pixels a frame'}",
        got=f"{size} in {path}",
        fix="Shrink or shorten it first.",
    )


def check_length(path: Path, seconds: float, frames: int, pixels: int) -> None:
    """Raises TooLarge where a video is too long; `frames` and `seconds` as far as they are known, else 0."""
    if seconds > MAX_SECONDS:
        raise too_large(path, f"{seconds / 3600:.1f} hours", f"{MAX_SECONDS / 3600:g} hours")
    if frames > MAX_FRAMES:
        raise too_large(path, f"{frames} frames", f"{MAX_FRAMES} frames")
    if frames * pixels > MAX_VOLUME:
        raise too_large(path, f"{frames} frames of {pixels} pixels", f"{MAX_VOLUME:g} pixels in all")
