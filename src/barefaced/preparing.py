"""Clips into a store of aligned face crops: what `prepare` and `forge` both begin with. Joins vision and datasets.

A clip is one unit of work, whole or not done. A real clip and its forgeries are looked at in the same moments, those of
the real one.
"""

import functools
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from barefaced.config import FinderSettings
from barefaced.datasets.store import PREPARED, Store
from barefaced.errors import InputError, TooLarge
from barefaced.pool import pooled
from barefaced.progress import work
from barefaced.types import Clip
from barefaced.vision.crops import crops, moments_of
from barefaced.vision.detector import FaceFinder, load_finder

FAILED = ("unreadable", "too_large", "crashed")
"""Outcomes that make the exit code 2. No face is an answer."""


@dataclass(frozen=True)
class Task:
    """One clip to prepare, and the clip whose moments it is looked at in."""

    clip: Clip
    moments_of: Path
    store: Path
    root: Path
    threads: int | None
    """Of the face finder; None leaves the choice to it."""


def prepare_into(store: Store, clips: Sequence[Clip], root: Path, workers: int) -> int:
    """Prepare those of the clips that are not yet prepared, and write the manifest.

    Args:
        store: where to; its settings say how.
        clips: of a layout.
        root: the data set's top folder.
        workers: processes; 0 is one a core.

    Returns:
        how many were done now.

    Raises:
        MissingWeights: the face finder's package is not installed.
        OSError: no space or no right to write.
    """
    load_finder(store.settings.finder)  # refuses before any work what would fail in every worker
    left = [clip for clip in clips if not store.done(clip)]
    processes = min(workers or os.cpu_count() or 1, max(len(left), 1))
    reals = {(clip.origin, clip.compression): clip.path for clip in clips if clip.label == 0}
    threads = None if processes == 1 else 1
    tasks = [
        Task(clip, reals.get((clip.origin, clip.compression), clip.path), store.path, root, threads) for clip in left
    ]
    with work("prepare", len(clips), "clips", len(clips) - len(left)) as progress:
        pooled(_one, tasks, processes, progress, _lost)
    store.collate()
    return len(left)


def told(store: Store) -> int:
    """Name on standard error the clips that could not be read; how many there are."""
    failed = [record for record in store.records() if record.outcome in FAILED]
    for record in failed[:10]:
        print(f"{record.clip.path}: {record.outcome}: {record.reason}", file=sys.stderr)  # noqa: T201
    if len(failed) > 10:
        print(f"and {len(failed) - 10} more; the store's records name all", file=sys.stderr)  # noqa: T201
    return len(failed)


def _one(task: Task) -> str:
    """Prepare one clip; its outcome."""
    store = Store.open(task.store, root=task.root)
    finder = _finder(store.settings.finder, task.threads)
    try:
        found = crops(task.clip.path, store.settings, finder, _moments(task, store))
    except TooLarge as e:
        outcome, found, reason = "too_large", None, str(e)
    except InputError as e:
        outcome, found, reason = "unreadable", None, str(e)
    else:
        outcome, reason = (PREPARED, "") if found.subject is not None else ("no_face", "no face at any moment")
    store.write(task.clip, outcome, found, reason)
    return outcome


def _lost(task: Task) -> str:
    Store.open(task.store, root=task.root).write(task.clip, "crashed", None, "the decoder crashed on this file")
    return "crashed"


def _moments(task: Task, store: Store) -> Float64[np.ndarray, " T"] | None:
    try:
        return moments_of(task.moments_of, store.settings)
    except InputError:  # the real clip does not open: the forgery has moments of its own, and no group
        return None


@functools.cache
def _finder(settings: FinderSettings, threads: int | None) -> FaceFinder:
    return load_finder(settings, threads)
