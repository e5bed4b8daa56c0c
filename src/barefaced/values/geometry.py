"""Where a crop lies in the picture it was cut from, and which of its pixels the picture really has.

Alphabet: S crop side. Coordinates are (x, y), a pixel's centre at a whole number; matrices [2 3] map frame pixels to
crop pixels. numpy only.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt8

BORDER = "grey"
"""How crops show what lies outside the picture; a model's card says which border it learnt. Before 0.2.0: `mirror`."""
GREY = 128
"""Every channel of every pixel outside the picture: 0 for a network whose input is centred on .5. A mirror there would
repeat parts of the face, and whoever forges the face afterwards leaves them real (docs/experiments.md)."""
MUCH = 0.15
"""Share outside, of the median crop, from which preparing and forging warn."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """The similarity that made a crop, and the size of the picture it was cut from."""

    to_crop: tuple[float, float, float, float, float, float]
    """Maps frame pixels to crop pixels: the two rows of the matrix, one behind the other."""
    height: int
    """Of the picture, pixels."""
    width: int

    @property
    def matrix(self) -> Float[np.ndarray, "2 3"]:
        """The matrix [2 3]."""
        return np.array(self.to_crop, np.float64).reshape(2, 3)

    def inside(self, size: int) -> Bool[np.ndarray, "{size} {size}"]:
        """Tell which pixels of a crop of side `size` have their centre on the picture."""
        (a, b, x), (c, d, y) = self.matrix
        scale = a * d - b * c
        across, down = np.arange(size, dtype=np.float64) - x, (np.arange(size, dtype=np.float64) - y)[:, None]
        of_frame = (d * across - b * down) / scale, (a * down - c * across) / scale
        return (
            (of_frame[0] >= -0.5)
            & (of_frame[0] <= self.width - 0.5)
            & (of_frame[1] >= -0.5)
            & (of_frame[1] <= self.height - 0.5)
        )

    def share_outside(self, size: int) -> float:
        """Give the share of a crop of side `size` that lies outside the picture, 0 to 1."""
        return 1.0 - float(self.inside(size).mean())

    def through(self, matrix: Float[np.ndarray, "2 3"]) -> "Geometry":
        """Give the geometry of what `matrix` makes of the crop (it maps crop pixels to new crop pixels)."""
        both = matrix[:, :2] @ self.matrix
        both[:, 2] += matrix[:, 2]
        return Geometry(flat(both), self.height, self.width)


def flat(matrix: Float[np.ndarray, "2 3"]) -> tuple[float, float, float, float, float, float]:
    """The six numbers of a matrix, row by row."""
    a, b, x, c, d, y = (float(value) for value in matrix.reshape(6))
    return a, b, x, c, d, y


def whole(size: int) -> Geometry:
    """The geometry of a crop of which nothing is known but its side: all of it counts as inside."""
    return Geometry((1.0, 0.0, 0.0, 0.0, 1.0, 0.0), size, size)


def with_border(rgb: UInt8[np.ndarray, "S S 3"], inside: Bool[np.ndarray, "S S"]) -> UInt8[np.ndarray, "S S 3"]:
    """Give the crop with every pixel outside the picture set to `GREY`; the same array where all lie inside."""
    if inside.all():
        return rgb
    return np.where(inside[..., None], rgb, np.uint8(GREY))
