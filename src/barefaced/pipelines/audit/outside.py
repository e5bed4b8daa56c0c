"""Whether the pixels outside the altered region tell a forgery: a small classifier on blocks that nobody touched.

Real and forged of one origin and moment go through all that training does to a group, by one draw of the window and the
flip. Blocks at the same places of both, where the forgery was not altered, are learnt from, so that content cancels; an
origin's blocks are scored by a classifier that never saw that origin.
Alphabet: S crop side, W window side, K pictures of a scene, N blocks a side, R rows, F features. RGB uint8.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64, Shaped, UInt8
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from barefaced.config.pictures import PixelSettings
from barefaced.datasets.windows import check_window, cut_masks, cut_windows, draw_view, mirrored
from barefaced.metrics.bootstrap.confidence_interval import auc_interval
from barefaced.pipelines.audit.block_features import block_features, whole_blocks
from barefaced.pipelines.audit.mirrors import find_mirrors
from barefaced.pipelines.audit.sampling import Picture, Sample, Scene
from barefaced.reports.audit import Outside, verdict_of
from barefaced.runtime.progress import work

BLOCKS = 24
"""Blocks of a pair that are learnt from, drawn anew for each."""
LEAST_BLOCKS = 2
"""Untouched blocks that a pair must have."""
FOLDS = 5
REPEATS = 8
"""Times that people are divided into folds anew; the scores' mean depends less on who learnt beside whom."""
LEAST_ORIGINS = 4 * FOLDS
"""Under this nothing is learnt."""
MARGIN = 1 / 16
"""Of the crop's side, added around the altered region: filters and codecs carry what was altered over its edge."""
FACE = 1.1
"""Of the ArcFace template's side, the diameter of what counts as face where a data set ships no mask."""
NOISE, LEVELS = 10.0, 3.0
"""Pixels count as altered where, smoothed, they differ by so many times the lower quartile (a third of a standard
deviation where nothing but noise differs), and by so many levels."""
UNLIKE = 14.0
"""Levels of the lower quartile from which two pictures are not of one scene: in 19 of 20 pairs of DFDC and of
FaceForensics++ it is 11 at most, in 19 of 20 pairs of strangers 18 and more."""


@dataclass(frozen=True)
class _Pair:
    """The untouched blocks of a forgery, and those at the same places of its real face."""

    method: str
    origin: str
    masked: bool
    real: Float32[np.ndarray, "R F"]
    forged: Float32[np.ndarray, "R F"]


@dataclass(frozen=True)
class _SceneBlocks:
    """What one scene gave."""

    pairs: tuple[_Pair, ...]
    unaligned: tuple[str, ...]
    """Methods of forgeries that have no mask and do not lie upon their real face: nothing says what was altered."""
    mirrors: int


def audit_outside(
    sample: Sample, pixels: PixelSettings, window: int, seed: int, draws: int
) -> tuple[tuple[Outside, ...], tuple[str, ...]]:
    """Learn to tell each family's untouched blocks from the real ones', and say how well that goes.

    Args:
        sample: of one data set.
        pixels: what training does to pictures.
        window: side in pixels of what the model sees; 0: the whole crop.
        seed: of all that training draws, of the folds and of the bootstrap.
        draws: of the bootstrap.

    Returns:
        a finding for each family, by name; and what a reader must know.

    Raises:
        BadConfig: no such window.
        StoreDamaged: a crop or a mask cannot be read.
    """
    side = check_window(window, sample.side)
    scenes = sample.scenes()
    pairs: dict[str, list[_Pair]] = defaultdict(list)
    unaligned: dict[str, int] = defaultdict(int)
    mirrored_ones = 0
    with work(f"outside {sample.name}", len(scenes), "faces") as progress, ThreadPoolExecutor(2) as pool:
        for looked in pool.map(lambda at: _look(scenes[at], pixels, side, (seed, at)), range(len(scenes))):
            mirrored_ones += looked.mirrors > 0
            for pair in looked.pairs:
                pairs[pair.method].append(pair)
            for method in looked.unaligned:
                unaligned[method] += 1
            progress.step()
    notes = []
    if mirrored_ones > max(len(scenes) // 4, 1):
        notes.append(
            f"{sample.name}: {mirrored_ones} of {len(scenes)} real faces have a border that mirrors the picture, where "
            "the store says that there is a photograph"
        )
    paired = Counter(picture.clip.method for scene in scenes for picture in scene.forged)
    found = []
    for method in sample.methods:
        given = pairs.get(method, [])
        if method not in paired:
            masked = any(picture.crop.mask for picture in sample.of(method))
            why = f"{'masks' if masked else 'no mask'}, no pair: cannot be looked at"
            found.append(Outside(sample.name, method, why=why))
        elif not given:
            why = (
                "no mask, and real and forged do not lie upon each other: cannot be looked at"
                if unaligned[method]
                else "no block outside the altered region: cannot be looked at"
            )
            found.append(Outside(sample.name, method, why=why))
        else:
            found.append(_learnt(sample.name, method, given, seed, draws))
            if not any(pair.masked for pair in given) and len(given) < paired[method] / 4:
                notes.append(
                    f"{sample.name}/{method}: {paired[method] - len(given)} of {paired[method]} pairs without masks "
                    "agree nowhere outside the face: the crops show little else, or the two are not of one scene"
                )
    return tuple(found), tuple(notes)


def _look(scene: Scene, pixels: PixelSettings, window: int, seed: tuple[int, int]) -> _SceneBlocks:
    generator = np.random.default_rng(seed)
    everyone = (scene.real, *scene.forged)
    stored = [picture.store.load(picture.crop) for picture in everyone]
    side = len(stored[0])
    inside = np.stack([picture.crop.geometry.inside(side) for picture in everyone])
    filled = np.stack([mirrored(rgb, one.crop.geometry) for rgb, one in zip(stored, everyone, strict=True)])
    view = draw_view(filled, inside, pixels, window, generator)
    turned, there = (filled[:1, :, ::-1], inside[:, :, ::-1]) if view.flipped else (filled[:1], inside)
    photographed = cut_masks(there.astype(np.uint8) * 255, there, view.matrix, window) > 127
    plain = cut_windows(turned, there[:1], view.matrix, window)[0]
    mirrors = find_mirrors(cv2.cvtColor(plain, cv2.COLOR_RGB2GRAY), photographed[0])
    features = [block_features(picture, mirrors) for picture in view.pictures]
    pairs, unaligned = [], []
    for k, picture in enumerate(scene.forged, 1):
        altered = _altered(scene.real, picture, filled[0], filled[k])
        if altered is None:
            unaligned.append(picture.clip.method)
            continue
        altered = altered[:, ::-1] if view.flipped else altered
        everywhere = np.ones((1, *altered.shape), bool)
        touched = cut_masks(altered.astype(np.uint8)[None] * 255, everywhere, view.matrix, window)[0] > 0
        margin = 2 * round(MARGIN * window) + 1
        touched = cv2.dilate(touched.astype(np.uint8), np.ones((margin, margin), np.uint8)) > 0
        # Where neither has a photograph both are grey: nothing to compare.
        blocks = whole_blocks(~touched) & ~whole_blocks(~(photographed[0] | photographed[k]))
        at = np.argwhere(blocks)
        if len(at) < LEAST_BLOCKS:
            continue
        rows, columns = at[generator.permutation(len(at))[:BLOCKS]].T
        pairs.append(
            _Pair(
                method=picture.clip.method,
                origin=picture.clip.origin,
                masked=bool(picture.crop.mask),
                real=features[0][rows, columns],
                forged=features[k][rows, columns],
            )
        )
    return _SceneBlocks(tuple(pairs), tuple(unaligned), len(mirrors))


def _altered(
    real: Picture, forged: Picture, of_real: UInt8[np.ndarray, "S S 3"], of_forged: UInt8[np.ndarray, "S S 3"]
) -> Bool[np.ndarray, "S S"] | None:
    """The pixels of the forged crop that were altered; None where nothing says which.

    Without a mask: the face, and where the two pictures, laid upon each other, differ by more than noise. What lies
    outside the photograph never counts as altered.
    """
    mask = forged.store.load_mask(forged.crop)
    if mask is not None:
        return mask > 0
    one, other = real.crop.geometry, forged.crop.geometry
    if (one.height, one.width) != (other.height, other.width):
        return None
    side = len(of_real)
    to_real = (np.vstack([one.matrix, (0, 0, 1)]) @ np.linalg.inv(np.vstack([other.matrix, (0, 0, 1)])))[:2]
    laid = cv2.warpAffine(of_real, to_real, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    both = other.inside(side) & (
        cv2.warpAffine(
            one.inside(side).astype(np.uint8), to_real, (side, side), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
        )
        > 0
    )
    apart = np.abs(cv2.GaussianBlur(laid.astype(np.float32) - of_forged, (0, 0), max(side / 128, 1.0))).max(axis=-1)
    usual = float(np.quantile(apart[both], 0.25)) if both.any() else UNLIKE
    if usual >= UNLIKE:
        return None
    differing = (both & (apart > max(NOISE * usual, LEVELS))).astype(np.uint8)
    differing = cv2.morphologyEx(differing, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))  # noise has its outliers
    # Blocks are compared at the same places of both crops, which may lie a little apart on the picture.
    there = cv2.warpAffine(differing, to_real, (side, side), flags=cv2.INTER_NEAREST)
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    radius = FACE * side / forged.store.settings.crop.margin / 2
    return (differing > 0) | (there > 0) | (x**2 + y**2 <= radius**2)


def _learnt(sample: str, method: str, pairs: Sequence[_Pair], seed: int, draws: int) -> Outside:
    origins = np.array([pair.origin for pair in pairs], object)
    names = np.unique(origins)
    masked = sum(pair.masked for pair in pairs)
    region = "masks" if masked == len(pairs) else "differences" if not masked else "masks and differences"
    blocks = 2 * sum(len(pair.real) for pair in pairs)
    found = Outside(sample, method, region, len(pairs), len(names), blocks)
    if len(names) < LEAST_ORIGINS:
        return replace(found, verdict="too few to tell", why=f"{len(names)} origins, {LEAST_ORIGINS} are needed")
    features = np.concatenate([part for pair in pairs for part in (pair.real, pair.forged)])
    lengths = np.array([len(part) for pair in pairs for part in (pair.real, pair.forged)])
    picture = np.repeat(np.arange(len(lengths)), lengths)
    labels = np.arange(len(lengths)) % 2
    generator, number = np.random.default_rng(seed), np.searchsorted(names, origins)
    scores = np.zeros(len(picture))
    for _ in range(REPEATS):
        fold = generator.permutation(len(names))[number] % FOLDS
        scores += _scores(features, labels[picture], np.repeat(fold, 2)[picture]) / REPEATS
    means = np.bincount(picture, scores) / lengths
    by_picture = np.repeat(origins, 2)
    auc = auc_interval(labels[picture], scores, by_picture[picture], seed, draws)
    pictures = auc_interval(labels, means, by_picture, seed, draws)
    return replace(found, auc=auc, pictures=pictures, verdict=verdict_of((auc, pictures)))


def _scores(
    features: Float32[np.ndarray, "R F"], labels: Int64[np.ndarray, " R"], folds: Shaped[np.ndarray, " R"]
) -> Float64[np.ndarray, " R"]:
    """How forged each row looks to a classifier that learnt from the other folds."""
    scores = np.zeros(len(labels))
    for fold in range(FOLDS):
        held = folds == fold
        classifier = make_pipeline(
            StandardScaler(), FunctionTransformer(_with_squares), LogisticRegression(C=0.1, max_iter=1000, tol=1e-3)
        )
        classifier.fit(features[~held], labels[~held])
        scores[held] = classifier.decision_function(features[held])
    return scores


def _with_squares(features: np.ndarray) -> np.ndarray:
    """A family may be sharper as often as softer than the real: the square tells, where the value does not."""
    kept = features.clip(-4, 4)
    return np.concatenate([kept, kept**2], axis=1)
