"""Mirror images of a picture's own parts, such as a border that was filled by reflection.

Who forges a face after its crop was filled leaves the copies in the border real: a forged crop is then known by its
copies that differ. Where the copies lie is looked for in the real picture, of which they are exact.

A reflection about a line is found as a self-convolution along the direction across it: turned by the right angle, every
row of the picture is symmetrical about one column d, and the convolution of the row with itself peaks at 2 d.
Alphabet: W picture side, N side of the small copy that is searched, L = 2 N lags, A angles. Grey pictures.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import scipy.fft
from jaxtyping import Bool, Float32, Float64, UInt8

SMALL, FINE = 64, 128
"""Sides of the copies that are searched, first every degree, then around what was found."""
TILT = 20
"""Degrees that a border may lean: faces are turned upright."""
NARROWEST = 0.08
"""Width of a mirrored strip under which it is not looked for, as a share of the side."""
ALIKE = 0.9
"""Correlation of a strip with its mirror image, from which it counts. Of 200 photographs filled by reflection 196 have
two such sides and more; of 400 others 25 have one, a straight edge or a plain wall across the border, mostly."""
HOPEFUL = 0.6
"""The same in the small copy."""
QUIET = 0.5
"""Levels of detail under which there is nothing to compare."""


@dataclass(frozen=True)
class Mirror:
    """A strip along one side of a picture that repeats what lies beside it."""

    matrix: Float64[np.ndarray, "2 3"]
    """Maps a pixel (x, y) to the one it mirrors, and back."""
    strip: Bool[np.ndarray, "W W"]
    """The pixels beyond the mirror line, on the border's side."""


def find_mirrors(grey: UInt8[np.ndarray, "W W"], inside: Bool[np.ndarray, "W W"]) -> tuple[Mirror, ...]:
    """Find the borders of a picture that mirror it, at most one at each of the four sides.

    Args:
        grey: the picture.
        inside: its pixels that count; others are not compared.
    """
    likely = _peaks(*_banded(grey, inside, SMALL), np.arange(-TILT, TILT + 1, 2.0))
    likeness, angle, _ = max(likely.values())
    if likeness < HOPEFUL:
        return ()
    # A photograph's four sides lean alike.
    found = _peaks(*_banded(grey, inside, FINE), angle + np.arange(-1.5, 1.6, 0.25))
    return tuple(
        _mirror(side, angle, at, len(grey)) for side, (likeness, angle, at) in found.items() if likeness >= ALIKE
    )


def reflect(picture: Float32[np.ndarray, "W W *C"], mirror: Mirror) -> Float32[np.ndarray, "W W *C"]:
    """Give at each pixel what the mirror says should be there."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(picture, mirror.matrix, picture.shape[1::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE),
        np.float32,
    )


def _banded(
    grey: UInt8[np.ndarray, "W W"], inside: Bool[np.ndarray, "W W"], side: int
) -> tuple[Float32[np.ndarray, "N N"], Float32[np.ndarray, "N N"]]:
    """The picture without its coarsest and finest detail, and its weights: 0 where it does not count."""
    weights = cv2.erode(inside.astype(np.float32), np.ones((3, 3), np.uint8))
    weights = cv2.resize(weights, (side, side), interpolation=cv2.INTER_AREA)
    small = cv2.resize(grey.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA)
    near, far = (cv2.GaussianBlur(small, (0, 0), sigma) for sigma in (side / 96, side / 24))
    kept = (weights > 0.99).astype(np.float32)
    return (near - far) * kept, kept


Side = tuple[int, bool]
"""Across which axis of the array it is mirrored, and whether at its far end."""


def _peaks(
    band: Float32[np.ndarray, "N N"], weights: Float32[np.ndarray, "N N"], angles: Float64[np.ndarray, " A"]
) -> dict[Side, tuple[float, float, float]]:
    """Of each side the best likeness, the angle in degrees, and the line's place in the turned picture."""
    side = len(band)
    least, middle = round(NARROWEST * side), round(0.4 * side)
    stretches = {False: slice(2 * least, 2 * middle), True: slice(2 * (side - middle) - 1, 2 * (side - least) - 1)}
    turns = [cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), float(angle), 1.0) for angle in angles]
    there = np.stack([cv2.warpAffine(weights, turn, (side, side)) > 0.99 for turn in turns]).astype(np.float32)
    turned = np.stack([cv2.warpAffine(band, turn, (side, side)) for turn in turns]).astype(np.float32) * there
    best: dict[Side, tuple[float, float, float]] = {}
    for axis in (0, 1):
        likeness = _likeness(turned, there, axis)
        for far, stretch in stretches.items():
            tops = likeness[:, stretch]
            row, column = np.unravel_index(int(np.argmax(tops)), tops.shape)
            at = stretch.start + int(column)
            place = at / 2 + _between(likeness[row], at) / 2
            best[axis, far] = (float(likeness[row, at]), float(angles[row]), place)
    return best


def _likeness(
    band: Float32[np.ndarray, "A N N"], weights: Float32[np.ndarray, "A N N"], axis: int
) -> Float64[np.ndarray, "A L"]:
    """Correlation of each picture with its mirror image about the line at half of each lag, where the two overlap."""
    lags, along, across = 2 * band.shape[1], 1 + axis, 2 - axis
    of_band, of_energy, of_weights = (scipy.fft.rfft(one, lags, axis=along) for one in (band, band**2, weights))
    product, energy, overlap = (
        scipy.fft.irfft(one.sum(across), lags) for one in (of_band**2, of_energy * of_weights, of_weights**2)
    )
    enough = (overlap >= NARROWEST * band[0].size) & (energy >= QUIET**2 * overlap) & (energy >= 0.01 * energy.max())
    return np.where(enough, product / np.maximum(energy, 1e-9), 0.0).astype(np.float64)


def _between(likeness: Float64[np.ndarray, " L"], at: int) -> float:
    """How far the top of the parabola through three lags is from the middle one."""
    before, top, after = likeness[at - 1 : at + 2]
    bend = before - 2 * top + after
    return float(np.clip((before - after) / (2 * bend), -0.5, 0.5)) if bend < 0 else 0.0


def _mirror(side: Side, angle: float, at: float, wanted: int) -> Mirror:
    axis, far = side
    turn, flip = np.eye(3), np.eye(3)
    turn[:2] = cv2.getRotationMatrix2D(((wanted - 1) / 2, (wanted - 1) / 2), angle, 1.0)
    column = 1 - axis
    # From the small copy's pixels to the picture's: centres of pixels lie at whole numbers in both.
    line = (at + 0.5) * wanted / FINE - 0.5
    flip[column, column], flip[column, 2] = -1.0, 2 * line
    whole = np.linalg.inv(turn) @ flip @ turn
    y, x = np.mgrid[:wanted, :wanted]
    across = turn[column, 0] * x + turn[column, 1] * y + turn[column, 2]
    return Mirror(whole[:2], across > line if far else across < line)
