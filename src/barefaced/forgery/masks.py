"""Where on a face a forgery is blended in: a family's polygon, pulled about, with a soft edge.

Alphabet: H W crop sides, h w the part that is worked on, 468 points as in `mesh`. Masks are float32 in [0, 1].
Drawn numbers come first and are always as many: a clip's frames get the same ones whatever they show.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

from barefaced.forgery import mesh

FAMILIES = ("hull", "brows", "oval", "parts")
"""hull: of all points; brows: from the brows down; oval: the silhouette; parts: eyes, nose and mouth."""

GRID = 6
"""Nodes a side of the coarse field that deforms a mask."""
WORK = 80
"""Pixels of the longest side at which a mask is deformed and blurred: its edges are softer than that anyway."""
BORDER = 0.02
"""Share of the crop's side at its border that no mask covers."""
LEAST = 1 / 255
"""Weights under it change no pixel, so they are none."""


@dataclass(frozen=True)
class Shape:
    """What is drawn of a mask."""

    family: str
    field: Float64[np.ndarray, "2 6 6"]
    """Shift of the coarse grid's nodes in units of the face's width."""
    blurs: tuple[float, float]
    """Widths of the two blurs, in face widths."""


def draw(families: tuple[str, ...], generator: np.random.Generator) -> Shape:
    """A family, a deformation and two blurs (SBI's get_blend_mask: kernels of 5 to 25 px at about 224 px)."""
    return Shape(
        families[int(generator.integers(len(families)))],
        generator.normal(size=(2, GRID, GRID)) * generator.uniform(0.0, 0.035),
        (float(generator.uniform(0.006, 0.025)), float(generator.uniform(0.006, 0.04))),
    )


def polygons(landmarks: Float32[np.ndarray, "468 3"], family: str) -> list[Float32[np.ndarray, "_ 2"]]:
    """The outlines of a family, in crop pixels."""
    points = np.ascontiguousarray(landmarks[:, :2])
    if family == "hull":
        return [mesh.hull(points)]
    if family == "oval":
        return [points[list(mesh.OVAL)]]
    if family == "brows":
        ring = (*mesh.LEFT_BROW, *mesh.RIGHT_BROW, *mesh.JAW, 234, 454, 93, 323)
        return [mesh.hull(points[list(ring)])]
    eyes = [mesh.hull(points[list(eye + brow)]) for eye, brow in _EYES]
    return [*eyes, mesh.hull(points[list(mesh.NOSE)]), mesh.hull(points[list(mesh.LIPS)])]


_EYES = ((mesh.LEFT_EYE, mesh.LEFT_BROW), (mesh.RIGHT_EYE, mesh.RIGHT_BROW))


def soft(
    outlines: list[Float32[np.ndarray, "_ 2"]], shape: Shape, height: int, width: int
) -> Float32[np.ndarray, "{height} {width}"]:
    """The outlines filled, deformed and blurred twice: the first blur is kept only where it is full, so the mask
    shrinks, and the second softens the edge (SBI, section 3.2). Zero at the crop's border.
    """
    points = np.concatenate(outlines)
    size = float(np.ptp(points[:, 0]))
    rows, columns = mesh.box(points, 0.12 * size, height, width)
    high, wide = rows.stop - rows.start, columns.stop - columns.start
    scale = min(WORK / max(high, wide), 1.0)
    small = (max(round(wide * scale), 2), max(round(high * scale), 2))
    ratio = np.array([small[0] / wide, small[1] / high])
    filled = np.zeros((small[1], small[0]), np.uint8)
    corner = np.array([columns.start, rows.start])
    for outline in outlines:
        cv2.fillPoly(filled, [np.rint(((outline - corner + 0.5) * ratio - 0.5) * 16).astype(np.int32)], 255, 16, 4)
    mask = deformed(filled, shape.field * size * scale)
    first, second = (max(blur * size * scale, 0.4) for blur in shape.blurs)
    inner = (cv2.GaussianBlur(mask, (0, 0), first) > 0.98).astype(np.float32)
    return in_picture(np.asarray(cv2.GaussianBlur(inner, (0, 0), second)), rows, columns, height, width)


def in_picture(
    mask: Float32[np.ndarray, "h w"], rows: slice, columns: slice, height: int, width: int
) -> Float32[np.ndarray, "{height} {width}"]:
    """A mask of any size brought to these rows and columns of the crop; zero elsewhere and at the crop's border."""
    size = (columns.stop - columns.start, rows.stop - rows.start)
    whole = np.zeros((height, width), np.float32)
    mask = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR), np.float32)
    whole[rows, columns] = mask * _off_border(rows, height)[:, None] * _off_border(columns, width)
    whole[whole < LEAST] = 0
    return np.clip(whole, 0, 1)


def blended(
    under: UInt8[np.ndarray, "H W 3"], over: UInt8[np.ndarray, "H W 3"], mask: Float32[np.ndarray, "H W"]
) -> UInt8[np.ndarray, "H W 3"]:
    """`over` on `under` by the mask's weight; where the mask is 0, `under` to the bit."""
    weight = mask[..., None]
    return np.rint(under + (over.astype(np.float32) - under) * weight).astype(np.uint8)


def placed(
    face: UInt8[np.ndarray, "H W 3"],
    part: UInt8[np.ndarray, "h w 3"],
    mask: Float32[np.ndarray, "H W"],
    rows: slice,
    columns: slice,
) -> UInt8[np.ndarray, "H W 3"]:
    """The face with `part` blended into these rows and columns; the mask must be 0 elsewhere."""
    made = face.copy()
    made[rows, columns] = blended(face[rows, columns], part, mask[rows, columns])
    return made


def window(mask: Float32[np.ndarray, "H W"]) -> tuple[slice, slice]:
    """The rows and columns that the mask touches; two by two pixels where it touches none."""
    height, width = mask.shape
    x, y, wide, high = cv2.boundingRect((mask > 0).astype(np.uint8))
    points = np.array([[x, y], [x + max(wide, 1) - 1, y + max(high, 1) - 1]], np.float32)
    return mesh.box(points, 0.0, height, width)


def deformed(mask: UInt8[np.ndarray, "h w"], field: Float64[np.ndarray, "2 N N"]) -> Float32[np.ndarray, "h w"]:
    """The mask bent by a coarse field of shifts in its own pixels, as weights in [0, 1]."""
    height, width = mask.shape
    dx, dy = (cv2.resize(f.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC) for f in field)
    xs, ys = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(mask, xs + dx, ys + dy, cv2.INTER_LINEAR).astype(np.float32) / 255


def _off_border(span: slice, side: int) -> Float32[np.ndarray, " _"]:
    at = np.arange(span.start, span.stop)
    return np.clip((np.minimum(at, side - 1 - at)) / (BORDER * side) - 0.5, 0, 1).astype(np.float32)
