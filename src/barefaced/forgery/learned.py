"""What the methods with a trained network share: the window a network sees, the way back, and its weights file.

Alphabet: H W the crop's height and width, V side of the window's picture in pixels, P polygon points, N faces.
Pictures are RGB uint8, masks lie in [0, 1], points are (x, y) with a pixel's centre at a whole number, landmarks are
FaceMesh's 468 points in crop pixels. torch is not loaded here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import safetensors.numpy
from jaxtyping import Float, Float32, Float64, UInt8
from safetensors import SafetensorError

from barefaced.errors import CheckpointError, MissingWeights
from barefaced.forgery.forged import Forged

Step = Callable[[str], None]
"""Called once a training step with a note for the person who waits."""


@dataclass(frozen=True)
class Learned:
    """A method whose network is trained on real faces before it can forge."""

    fit: Callable[..., dict[str, np.ndarray]]
    """(faces UInt8 [N S S 3], landmarks Float32 [N 468 3], seed, steps, step: Step) to weights."""
    load: Callable[[Path], Callable[..., Forged]]
    """(a safetensors file of those weights) to a picklable `methods.Method`."""


def window(centre: Float[np.ndarray, "2"], extent: float, side: int) -> Float64[np.ndarray, "2 3"]:
    """The matrix from crop pixels to a picture of `side` pixels that shows the square of `extent` around `centre`."""
    scale = side / extent
    return np.concatenate([np.eye(2) * scale, ((side - 1) / 2 - scale * centre.astype(np.float64))[:, None]], axis=1)


def scale_of(matrix: Float64[np.ndarray, "2 3"]) -> float:
    """The window's pixels in one of the crop's; at least a hundredth, for landmarks that fall together."""
    return max(float(np.sqrt(abs(np.linalg.det(matrix[:, :2])))), 0.01)


def cut(face: UInt8[np.ndarray, "H W 3"], matrix: Float64[np.ndarray, "2 3"], side: int) -> UInt8[np.ndarray, "V V 3"]:
    """The window's picture; where it shrinks, the face is smoothed first, so that it does not alias."""
    shrink = 1 / scale_of(matrix)
    if shrink > 1:
        face = np.asarray(cv2.GaussianBlur(face, (0, 0), 0.5 * shrink), np.uint8)
    warped = cv2.warpAffine(face, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(warped, np.uint8)


def filled(points: Float[np.ndarray, "P 2"], height: int, width: int) -> Float32[np.ndarray, "H W"]:
    """A polygon, 1 inside, its edge smoothed over a pixel."""
    canvas = np.zeros((height, width), np.uint8)
    # OpenCV's sub-pixel polygon points: 4 binary digits after the point.
    cv2.fillPoly(canvas, [np.round(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return canvas.astype(np.float32) / 255


def feathered(mask: Float32[np.ndarray, "H W"], feather: float) -> Float32[np.ndarray, "H W"]:
    """A mask that fades to 0 within `feather` pixels inside its own edge, and at the picture's border."""
    inside = np.pad((mask > 0.5).astype(np.uint8), 1)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 3)[1:-1, 1:-1]
    ramp = np.clip(depth / max(feather, 1), 0, 1)
    return (ramp * ramp * (3 - 2 * ramp)).astype(np.float32)


def pasted(
    face: UInt8[np.ndarray, "H W 3"],
    made: Float32[np.ndarray, "V V 3"],
    matrix: Float64[np.ndarray, "2 3"],
    mask: Float32[np.ndarray, "H W"],
) -> UInt8[np.ndarray, "H W 3"]:
    """The network's picture (0 to 255) back in its place, under the mask; the other pixels stay byte for byte."""
    height, width = face.shape[:2]
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    back = cv2.warpAffine(made, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    mixed = face + mask[..., None] * (back - face)
    return np.where(mask[..., None] > 0, np.clip(np.rint(mixed), 0, 255), face).astype(np.uint8)


def checked_weights(path: Path, shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """The tensors of a weights file, if they are those of the network.

    Raises:
        MissingWeights: there is no such file.
        CheckpointError: damaged, another network's, or not finite.
    """
    if not path.is_file():
        raise MissingWeights(expected=f"a method's weights at {path}", got="no file", fix="Run the forging again.")
    try:
        tensors: dict[str, Any] = safetensors.numpy.load_file(path)
    except SafetensorError as e:
        raise CheckpointError(
            expected=f"{path} to be a whole safetensors file", got=str(e), fix="Delete it and forge again."
        ) from e
    found = {name: tensor.shape for name, tensor in tensors.items() if tensor.dtype == np.float32}
    if len(found) < len(tensors) or found != shapes:
        raise CheckpointError(
            expected=f"the tensors of this method in {path}",
            got=f"{len(tensors)} tensors of other names or shapes, or of other types than float32",
            fix="Delete it and forge again.",
        )
    if not all(np.isfinite(tensor).all() for tensor in tensors.values()):
        raise CheckpointError(
            expected=f"finite weights in {path}", got="numbers that are not", fix="Delete it and forge again."
        )
    return tensors
