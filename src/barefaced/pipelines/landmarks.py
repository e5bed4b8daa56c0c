"""Dense landmarks of a store's crops, found once and kept in the store. Joins vision and datasets."""

import functools
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from barefaced.datasets.store import Store
from barefaced.datasets.windows import mirrored
from barefaced.faces.face_mesh import POINTS, FaceMesh
from barefaced.runtime.model_packages import locate
from barefaced.runtime.progress import work
from barefaced.runtime.workers import Done, pooled
from barefaced.values.dataset import Clip, StoredCrop


@dataclass(frozen=True)
class Task:
    """One clip whose crops' landmarks are wanted."""

    clip: Clip
    crops: tuple[StoredCrop, ...]
    store: Path


def mesh_store(store: Store, workers: int) -> int:
    """Find the landmarks of every real clip that has none yet.

    Args:
        store: of crops with a margin of about 1.3, which the mesh was tried on.
        workers: processes; 0 is one a core.

    Returns:
        how many clips were done now.

    Raises:
        MissingWeights: the face mesh's package is not installed.
        StoreDamaged: a crop cannot be read.
        OSError: no space or no right to write.
    """
    locate("face_mesh")  # refuses before any work what would fail in every worker
    reals = [record for record in store.records() if record.clip.label == 0 and record.crops]
    left = [record for record in reals if not store.has_landmarks(record.clip)]
    tasks = [Task(record.clip, record.crops, store.path) for record in left]
    with work("landmarks", len(reals), "clips", len(reals) - len(left)) as progress:
        pooled(_one, tasks, min(workers or os.cpu_count() or 1, max(len(left), 1)), progress, _lost)
    return len(left)


def _one(task: Task) -> Done:
    store = _store(task.store)
    found = [_mesh().find(mirrored(store.load(crop), crop.geometry)) for crop in task.crops]
    nowhere = np.full((POINTS, 3), np.nan, np.float32)
    store.write_landmarks(task.clip, np.stack([nowhere if points is None else points for points in found]))
    return Done()


def _lost(task: Task) -> Done:
    nowhere = np.full((len(task.crops), POINTS, 3), np.nan, np.float32)
    _store(task.store).write_landmarks(task.clip, nowhere)
    return Done("crashed")


@functools.cache
def _mesh() -> FaceMesh:
    return FaceMesh(threads=1)


@functools.cache
def _store(path: Path) -> Store:
    return Store.open(path)
