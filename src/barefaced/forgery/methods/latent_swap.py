"""Diffusion models' kind: the inner face drawn anew by the decoder of a public autoencoder of their latents.

Face swaps by latent networks leave that decoder's traces, whatever made the latents. Here they are those of another
person's face, warped onto this one as in `face_swap`, or of a moved and recoloured copy of this one. The weights are
given by a path, `forge.autoencoder`; none come with the package. All is done at the crop's own pixels.
Alphabet: H W crop sides, h w the face's part of it, 468 points as in `mesh`. RGB uint8. torch is loaded only when the
network is needed.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import safetensors.numpy
from jaxtyping import Float32, Float64, Int, UInt8
from safetensors import SafetensorError

from barefaced.errors import BadConfig, CheckpointError, MissingWeights
from barefaced.forgery import mesh
from barefaced.forgery.colour import transferred
from barefaced.forgery.donor import Donor, required
from barefaced.forgery.forged import Forged
from barefaced.forgery.masks import FAMILIES, GRID, Shape, draw, placed, polygons, soft, window
from barefaced.forgery.methods.self_blend import recoloured

PARTS = ("encoder", "decoder")
STEM = "taef2"
"""Of the files in a folder: taef2_encoder.safetensors and taef2_decoder.safetensors."""
STEP = 8
"""Pixels to a place of the latent."""
AROUND = 8
"""Pixels around the mask that the networks see, too."""
COLOUR = 0.4
"""Share of the colour moves of `self_blend`: the decoder's trace is to tell, not the colour."""


@dataclass(frozen=True)
class LatentSwap:
    """A `methods.Method`; the networks are read once in each process that calls it."""

    weights: Path
    """As `files_of` takes it."""
    masks: tuple[str, ...] = FAMILIES

    def __call__(
        self,
        face: UInt8[np.ndarray, "H W 3"],
        landmarks: Float32[np.ndarray, "468 3"],
        generator: np.random.Generator,
        donor: Donor | None = None,
    ) -> Forged:
        """Forge one face: of the donor, or of itself, as drawn.

        Raises:
            BadConfig: no donor.
            MissingWeights, CheckpointError: as `read`.
        """
        other = required(donor, "latent_swap")
        height, width, _ = face.shape
        shape = draw(self.masks, generator)
        own = bool(generator.random() < 0.5)
        colour, moves = COLOUR * generator.uniform(-1, 1, 7), generator.uniform(-1, 1, 3)
        from barefaced.forgery.methods.latent_swap_network import rebuilt

        reach = soft([landmarks[list(mesh.OVAL), :2]], _UNDEFORMED, height, width)
        mask = np.minimum(soft(polygons(landmarks, shape.family), shape, height, width), reach)
        rows, columns = (_grown(span, side) for span, side in zip(window(mask), mask.shape, strict=True))
        if own:
            source = recoloured(_moved(face, landmarks, moves), colour)
        else:
            onto, points = (np.ascontiguousarray(some[:, :2]) for some in (landmarks, other.landmarks))
            lent = mesh.warp(other.rgb, points, onto, rows, columns)
            lent = transferred(lent, face[rows, columns], mask[rows, columns])
            source = placed(face, lent, reach, rows, columns)
        made = rebuilt(_networks(self.weights), source[_whole(rows, height)[:, None], _whole(columns, width)])
        part = made[: rows.stop - rows.start, : columns.stop - columns.start]
        return Forged(placed(face, part, mask, rows, columns), mask)


_UNDEFORMED = Shape("oval", np.zeros((2, GRID, GRID)), (0.006, 0.015))


def files_of(weights: Path) -> tuple[Path, Path]:
    """The encoder's and the decoder's file, of a folder that holds them or of the beginning of their names."""
    start = weights / STEM if weights.is_dir() else weights
    encoder, decoder = (start.with_name(f"{start.name}_{part}.safetensors") for part in PARTS)
    return encoder, decoder


def check(weights: str) -> None:
    """Refuse, before any work, what cannot forge.

    Raises:
        BadConfig: no path.
        MissingWeights, CheckpointError: as `read`.
    """
    if not weights:
        raise BadConfig(
            expected="the weights of an autoencoder for latent_swap: a path in forge.autoencoder (forge --autoencoder)",
            got="none",
            fix=f"Give the folder of {STEM}_encoder.safetensors and {STEM}_decoder.safetensors, or leave it out.",
        )
    read(Path(weights))


def fingerprint(weights: str) -> str:
    """sha256 over both files: what a store was forged with, wherever it lies.

    Raises:
        OSError: a file cannot be read.
    """
    return hashlib.sha256(b"".join(file.read_bytes() for file in files_of(Path(weights)))).hexdigest()


def read(weights: Path) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The tensors of both files, float32.

    Raises:
        MissingWeights: a file is not there.
        CheckpointError: damaged, another network's, or not finite.
    """
    from barefaced.forgery.methods.latent_swap_network import decoder, encoder
    from barefaced.forgery.network_training import shapes

    encoding, decoding = files_of(weights)
    return _tensors(encoding, shapes(encoder)), _tensors(decoding, shapes(decoder))


def _tensors(file: Path, shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    fix = "Correct forge.autoencoder, or leave latent_swap out of forge.methods."
    if not file.is_file():
        raise MissingWeights(expected=f"an autoencoder's weights at {file}", got="no file", fix=fix)
    try:
        tensors: dict[str, Any] = safetensors.numpy.load_file(file)
    except SafetensorError as e:
        raise CheckpointError(expected=f"{file} to be a whole safetensors file", got=str(e), fix=fix) from e
    found = {name: tensor.shape for name, tensor in tensors.items()}
    for name in sorted({*found, *shapes}):
        if found.get(name) != shapes.get(name):
            raise CheckpointError(
                expected=f"the autoencoder with 32 latent channels in {file}: {_said(name, shapes)}",
                got=_said(name, found),
                fix=fix,
            )
    if not all(np.isfinite(tensor).all() for tensor in tensors.values()):
        raise CheckpointError(expected=f"finite weights in {file}", got="numbers that are not", fix=fix)
    return {name: tensor.astype(np.float32) for name, tensor in tensors.items()}


def _said(name: str, shapes: dict[str, tuple[int, ...]]) -> str:
    return f"{name} of {' x '.join(map(str, shapes[name]))}" if name in shapes else f"no tensor {name}"


@cache
def _networks(weights: Path) -> Any:
    from barefaced.forgery.methods.latent_swap_network import ready

    return ready(*read(weights))


def _grown(span: slice, side: int) -> slice:
    return slice(max(span.start - AROUND, 0), min(span.stop + AROUND, side))


def _whole(span: slice, side: int) -> Int[np.ndarray, " _"]:
    """The rows (or columns) of the span and as many behind it as make a multiple of `STEP`, mirrored at the border."""
    count = -(-(span.stop - span.start) // STEP) * STEP
    at = np.arange(span.start, span.start + count)
    return np.where(at < side, at, np.maximum(2 * (side - 1) - at, 0))


def _moved(
    face: UInt8[np.ndarray, "H W 3"], landmarks: Float32[np.ndarray, "468 3"], draws: Float64[np.ndarray, "3"]
) -> UInt8[np.ndarray, "H W 3"]:
    """As in `self_blend`: by up to 3 and 1.5 % of the crop's sides, and scaled by up to 1 / 0.95, about the face."""
    height, width, _ = face.shape
    middle = landmarks[:, :2].mean(0).astype(np.float64)
    scale = float(np.exp(draws[2] * np.log(1 / 0.95)))
    shift = draws[:2] * (0.03 * width, 0.015 * height)
    matrix = np.column_stack([scale * np.eye(2), middle + shift - scale * middle])
    moved = cv2.warpAffine(face, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(moved, np.uint8)
