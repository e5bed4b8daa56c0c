"""What a model makes of the sample: how near forged families lie to real forgeries, and its AUC by quarters of a cue.

Alphabet: N pictures, C channels of the pooled features, M and L pictures of two clouds.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64
from scipy.spatial.distance import cdist

from barefaced.config.media import CropSettings
from barefaced.datasets.data_loader import score_batches
from barefaced.datasets.store import Store
from barefaced.errors import StoreDamaged
from barefaced.forgery.registry import METHODS
from barefaced.metrics.bootstrap.confidence_interval import auc_interval
from barefaced.model.student import Student
from barefaced.pipelines.audit.sampling import Picture, Sample
from barefaced.pipelines.score import check_same_crops
from barefaced.reports.audit import Distance, Quarter
from barefaced.runtime.progress import work
from barefaced.values.card import ModelCard
from barefaced.values.dataset import REAL

BATCH = 64
MOST = 1500
"""Pictures of a cloud that distances are measured between."""
OURS = frozenset(name for name, method in METHODS.items() if not method.given)
"""Families that `barefaced forge` makes; the others are real forgeries."""
QUARTERS = ("sharpness", "face_pixels")


@dataclass(frozen=True)
class ModelView:
    """What the model makes of a sample's pictures."""

    fakeness: Float64[np.ndarray, " N"]
    features: Float64[np.ndarray, "N C"]


def window_of(stores: Sequence[Store], card: ModelCard) -> int:
    """Give the side in pixels of the middle of a crop that a model was trained to see; 0: the whole crop.

    Raises:
        CropMismatch: the stores' crops are neither the model's nor wider ones of the same scale.
    """
    for store in stores:
        crop, side = store.settings.crop, card.crop_size
        middle = 0 < side < crop.size and (crop.size - side) % 2 == 0
        if middle and math.isclose(crop.margin * side / crop.size, card.crop_margin, rel_tol=1e-6):
            store = Store(store.path, replace(store.settings, crop=CropSettings(side, card.crop_margin)), None)
        check_same_crops(store, card)
    sides = {store.settings.crop.size for store in stores}
    return 0 if sides == {card.crop_size} else card.crop_size


def view_sample(student: Student, sample: Sample, window: int) -> ModelView:
    """Score every picture of a sample.

    Args:
        student: the network.
        sample: of one data set.
        window: as `window_of` gives it.

    Raises:
        StoreDamaged: a crop cannot be read.
    """
    fakeness = np.zeros(len(sample.pictures))
    features = np.zeros((len(sample.pictures), student.settings.channels))
    by_store: dict[int, list[int]] = {}
    for row, picture in enumerate(sample.pictures):
        by_store.setdefault(id(picture.store), []).append(row)
    with work(f"look {sample.name}", len(sample.pictures), "crops") as progress:
        for members in by_store.values():
            place = {sample.pictures[row].crop.file: row for row in members}
            crops = [sample.pictures[row].crop for row in members]
            for batch in score_batches(sample.pictures[members[0]].store, crops, BATCH, window):
                for _, damage in batch.damaged:
                    raise StoreDamaged(expected=damage.expected, got=damage.got, fix=damage.fix)
                rows = [place[crop.file] for crop in batch.crops]
                fakeness[rows], features[rows] = student.look(batch.pictures)
                progress.step(len(rows))
    return ModelView(fakeness, features)


def measure_coverage(samples: Sequence[Sample], seen: Sequence[ModelView], seed: int) -> tuple[Distance, ...]:
    """Measure how far each real forgery lies from each family that `barefaced forge` makes, and from the real faces.

    The distance is the energy distance (Szekely and Rizzo, J. Statistical Planning and Inference 143, 2013), unbiased,
    of the pooled features: of each data set less the mean of its real faces, in units of their standard deviation, and
    divided by the root of the channels. 0: one cloud.

    Returns:
        the distances of each real forgery, the nearest first.
    """
    generator = np.random.default_rng(seed)
    clouds = {
        (sample.name, method): _cloud(sample, of, method, generator)
        for sample, of in zip(samples, seen, strict=True)
        for method in (REAL, *sample.methods)
    }
    distances = []
    for (name, method), cloud in clouds.items():
        if method in OURS or method == REAL:
            continue
        others = {key: other for key, other in clouds.items() if key[1] in OURS or key == (name, REAL)}
        rows = [
            Distance(name, method, *key, energy_distance(cloud, other), len(cloud), len(other))
            for key, other in others.items()
            if min(len(cloud), len(other)) > 1
        ]
        distances += sorted(rows, key=lambda row: row.distance)
    return tuple(distances)


def energy_distance(one: Float64[np.ndarray, "M C"], other: Float64[np.ndarray, "L C"]) -> float:
    """Estimate twice the mean distance between two clouds, less the mean distances within each; without bias.

    Both need two points.
    """
    across = cdist(one, other).mean()
    within = [cdist(cloud, cloud).sum() / (len(cloud) * (len(cloud) - 1)) for cloud in (one, other)]
    return float(2 * across - sum(within))


def measure_quarters(
    sample: Sample, seen: ModelView, measured: Mapping[str, np.ndarray], unseen: Sequence[bool], seed: int, draws: int
) -> tuple[Quarter, ...]:
    """Measure the model's AUC on all pictures, and within quarters of sharpness and of face size.

    Args:
        sample: what was looked at.
        seen: by the model.
        measured: of `cues.measure_cues`.
        unseen: whether the model has never been trained or chosen on the picture's origin; the others are left out.
        seed: of the bootstrap.
        draws: of the bootstrap.

    Returns:
        none, where no picture is left.
    """
    kept = np.array(unseen, bool)
    if not kept.any():
        return ()
    labels = np.array([picture.clip.label for picture in sample.pictures])
    origins = np.array([picture.clip.origin for picture in sample.pictures], object)

    def quarter(by: str, part: int, rows: np.ndarray, low: float, high: float) -> Quarter:
        auc = auc_interval(labels[rows], seen.fakeness[rows], origins[rows], seed, draws)
        return Quarter(sample.name, by, part, low, high, auc, int((labels[rows] == 0).sum()), int(labels[rows].sum()))

    quarters = [quarter("", 0, kept, float("nan"), float("nan"))]
    for by in QUARTERS:
        values = measured[by]
        cuts = np.quantile(values[kept], (0, 0.25, 0.5, 0.75, 1))
        place = np.searchsorted(cuts[1:-1], values, side="right")
        quarters += [
            quarter(by, part + 1, kept & (place == part), float(cuts[part]), float(cuts[part + 1])) for part in range(4)
        ]
    return tuple(quarters)


def unseen_of(pictures: Sequence[Picture], origins: frozenset[str]) -> list[bool]:
    """Tell which pictures are of none of these origins."""
    return [picture.clip.origin not in origins for picture in pictures]


def _cloud(sample: Sample, seen: ModelView, method: str, generator: np.random.Generator) -> Float64[np.ndarray, "M C"]:
    methods = np.array([picture.clip.method for picture in sample.pictures], object)
    reals = seen.features[methods == REAL]
    spread = np.maximum(reals.std(axis=0), 1e-6)
    rows = np.flatnonzero(methods == method)
    rows = rows[generator.permutation(len(rows))[:MOST]]
    return (seen.features[rows] - reals.mean(axis=0)) / spread / np.sqrt(seen.features.shape[1])
