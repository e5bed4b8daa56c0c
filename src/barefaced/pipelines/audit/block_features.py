"""What a block of a picture says of how the picture was made: residuals, frequencies, noise, JPEG's grid, colour.

Hand-made features of steganalysis and forensics, small enough to be learnt from some dozen people: high-pass residuals
and their co-occurrences (Fridrich and Kodovsky, "Rich Models for Steganalysis of Digital Images", IEEE TIFS 2012),
energies and zeros of the 8 x 8 DCT (Fan and de Queiroz, "Identification of Bitmap Compression History", IEEE TIP 2003),
and how well a block agrees with what the picture's mirror lines say (`mirrors`).
Alphabet: W picture side, N blocks a side, F features, M DCTs a side, each of J x J. RGB uint8.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8
from scipy.fft import dctn

from barefaced.pipelines.audit.mirrors import Mirror, reflect

BLOCK = 16
"""Side of a block in pixels: two by two of JPEG's."""
_PASS = np.array([[-1, 2, -1], [2, -4, 2], [-1, 2, -1]], np.float32) / 4
_TINY = 1e-3
_STEP = 2.0
"""Levels of residual that count as noise."""
_COARSE = np.add.outer(np.arange(8), np.arange(8))
_BANDS = ((_COARSE > 0) & (_COARSE <= 2), (_COARSE > 2) & (_COARSE <= 6), _COARSE > 6)


def block_features(picture: UInt8[np.ndarray, "W W 3"], mirrors: Sequence[Mirror] = ()) -> Float32[np.ndarray, "N N F"]:
    """Measure every block of a picture; pixels past the last whole block are left out.

    Args:
        picture: as the network sees it.
        mirrors: lines about which it repeats itself; the same for a real face and its forgeries.
    """
    side = len(picture) // BLOCK * BLOCK
    planes = cv2.cvtColor(picture[:side, :side], cv2.COLOR_RGB2YCrCb).astype(np.float32)
    found = []
    for channel in range(3):
        plane = np.ascontiguousarray(planes[..., channel])
        residual = cv2.filter2D(plane, -1, _PASS)
        spread = np.sqrt(_mean(residual**2))
        mean = _mean(plane)
        found += [mean, _log(np.sqrt(np.maximum(_mean(plane**2) - mean**2, 0))), _log(spread)]
        coded = _coded(plane)
        found += [_log(_share(coded**2, band)) for band in _BANDS]
        found += [_share(np.abs(coded) < 0.5, band) for band in _BANDS[1:]]
        if channel == 0:
            found += [_log(_mean(np.abs(residual))) - _log(spread), *_together(residual), *_grid(plane)]
    # The mirror of a pixel may lie past the last whole block.
    found += _repeated(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb).astype(np.float32), mirrors, side)
    return np.stack(found, axis=-1).astype(np.float32)


def whole_blocks(pixels: Bool[np.ndarray, "W W"]) -> Bool[np.ndarray, "N N"]:
    """Tell which blocks consist of such pixels alone."""
    count = len(pixels) // BLOCK
    tiles = pixels[: count * BLOCK, : count * BLOCK].reshape(count, BLOCK, count, BLOCK)
    return np.asarray(tiles.all(axis=(1, 3)))


def _mean(plane: np.ndarray) -> Float32[np.ndarray, "N N"]:
    count = len(plane) // BLOCK
    # By whole factors this is the mean of each block.
    shrunk = cv2.resize(plane.astype(np.float32), (count, count), interpolation=cv2.INTER_AREA)
    return np.asarray(shrunk, np.float32).reshape(count, count)


def _log(energy: np.ndarray) -> np.ndarray:
    return np.log(energy + _TINY)


def _coded(plane: Float32[np.ndarray, "W W"]) -> Float32[np.ndarray, "M J M J"]:
    """The DCT of JPEG's 8 x 8 pixels, from the picture's own corner."""
    count = len(plane) // 8
    return np.asarray(dctn(plane.reshape(count, 8, count, 8), axes=(1, 3), norm="ortho"), np.float32)


def _share(coded: np.ndarray, band: Bool[np.ndarray, "J J"]) -> np.ndarray:
    """The mean over a band of frequencies and over the DCTs of a block."""
    by_dct = np.einsum("aibj,ij->ab", coded, band / np.float32(band.sum()), dtype=np.float32)
    count = len(by_dct) * 8 // BLOCK
    return by_dct.reshape(count, BLOCK // 8, count, BLOCK // 8).mean(axis=(1, 3))


def _together(residual: Float32[np.ndarray, "W W"]) -> list[np.ndarray]:
    """How often neighbouring residuals are both noise, of one sign, of opposite signs: along rows, along columns."""
    sign = np.sign(residual) * (np.abs(residual) >= _STEP / 2)
    found = []
    for axis in (0, 1):
        # The last row or column of the picture has itself for a neighbour.
        beside = np.concatenate([np.delete(sign, 0, axis), np.take(sign, [-1], axis)], axis)
        found += [_mean((sign == 0) & (beside == 0)), _mean(sign * beside > 0), _mean(sign * beside < 0)]
    return found


def _grid(plane: Float32[np.ndarray, "W W"]) -> list[np.ndarray]:
    """By how much steps across JPEG's grid are larger than steps within it."""
    found = []
    for axis in (0, 1):
        steps = np.abs(np.diff(plane, axis=axis, prepend=np.take(plane, [0], axis)))
        across = np.arange(plane.shape[axis]) % 8 == 0
        across[0] = False  # the picture's own edge
        weights = np.broadcast_to(across[:, None] if axis == 0 else across, plane.shape)
        on, off = (_mean(steps * kept) / (_mean(kept.astype(np.float32)) + 1e-6) for kept in (weights, ~weights))
        found.append(_log(on) - _log(off))
    return found


def _repeated(planes: Float32[np.ndarray, "W W 3"], mirrors: Sequence[Mirror], side: int) -> list[np.ndarray]:
    """Whether the block lies beyond a mirror line, and there the correlation with its mirror image, the strength of
    what differs, and the difference in colour; the best of several lines."""
    count = side // BLOCK
    best = np.zeros((6, count, count), np.float32)
    if not mirrors:
        return list(best)
    smooth = cv2.GaussianBlur(planes, (0, 0), 1.0)
    detail = smooth - cv2.GaussianBlur(planes, (0, 0), 4.0)
    for mirror in mirrors:
        image = reflect(smooth, mirror)
        other = reflect(detail, mirror)
        light, there = detail[:side, :side, 0], other[:side, :side, 0]
        product, energy, energies = _mean(light * there), _mean(light**2), _mean(there**2)
        likeness = product / np.sqrt(energy * energies + 1.0)
        apart = [_mean(np.abs(smooth[:side, :side, k] - image[:side, :side, k])) for k in range(3)]
        now = np.stack([np.ones_like(likeness), likeness, _log(_mean((light - there) ** 2) / (energy + energies + 1.0)),
                        *(_log(one + 0.5) for one in apart)])  # fmt: skip
        better = whole_blocks(mirror.strip) & ((best[0] == 0) | (now[1] > best[1]))
        best = np.where(better, now, best)
    return list(best)
