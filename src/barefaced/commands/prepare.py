"""A data set's videos or pictures into a store of aligned face crops.

A clip is one unit of work, whole or not done: a killed run goes on with the clips that are left, and a second run finds
nothing to do. A real clip and its forgeries are looked at in the same moments, those of the real one.
"""

import functools
import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from barefaced.config import FinderSettings, PrepareSettings
from barefaced.datasets import layouts
from barefaced.datasets.store import PREPARED, Store
from barefaced.durable import sole_writer
from barefaced.errors import DataError, InputError, TooLarge
from barefaced.progress import Work, work
from barefaced.types import Clip
from barefaced.vision.crops import crops, moments_of
from barefaced.vision.detector import FaceFinder, load_finder

FAILED = ("unreadable", "too_large", "crashed")
"""Outcomes that make the exit code 2. No face is an answer."""
AHEAD = 2
"""Clips handed to each process at a time: what a crash can take along."""


@dataclass(frozen=True)
class Task:
    """One clip to prepare, and the clip whose moments it is looked at in."""

    clip: Clip
    moments_of: Path
    store: Path
    root: Path


def run(root: Path, out: Path, layout: str, compression: str, settings: PrepareSettings, workers: int) -> int:
    """Prepare what is not yet prepared.

    Args:
        workers: processes; 0 is one a core.

    Returns:
        0, or 2 where a clip could not be read; the others are done all the same.

    Raises:
        LayoutMismatch: the folders are not those of the layout.
        BadConfig: the store was made with other settings.
        MissingWeights: the face finder's package is not installed.
        FolderInUse: another run is writing there.
        DataError: no space or no right to write.
    """
    clips = layouts.read(layout, root, compression)
    load_finder(settings.finder)  # refuses before any work what would fail in every worker
    with sole_writer(out):
        store = Store.create(out, settings, root=root)
        left = [clip for clip in clips if not store.done(clip)]
        reals = {(clip.origin, clip.compression): clip.path for clip in clips if clip.label == 0}
        tasks = [Task(clip, reals.get((clip.origin, clip.compression), clip.path), out, root) for clip in left]
        try:
            with work("prepare", len(clips), "clips", len(clips) - len(left)) as progress:
                _all(tasks, min(workers or os.cpu_count() or 1, max(len(tasks), 1)), progress)
            store.collate()
        except OSError as e:
            raise DataError(
                expected=f"room and the right to write in {out}",
                got=e.strerror or str(e),
                fix="Make room and run the same command again: it goes on from here.",
            ) from e
        return _summary(store, len(left))


def _all(tasks: Sequence[Task], workers: int, progress: Work) -> None:
    if workers == 1:
        for task in tasks:
            progress.step(note=_one(task, threads=None))
        return
    left = list(tasks)
    while left:
        lost, left = _pooled(left, workers, progress)
        for task in lost:  # a decoder's crash took its neighbours along: alone, only the clip that crashes is lost
            if _pooled([task], 1, progress)[0]:
                store = Store.open(task.store, root=task.root)
                store.write(task.clip, "crashed", None, "the decoder crashed on this file")
                progress.step(note="crashed")


def _pooled(tasks: Sequence[Task], workers: int, progress: Work) -> tuple[list[Task], list[Task]]:
    """Run the tasks in processes, a few ahead; gives those under way when a process crashed, and those not begun."""
    # Not a fork: the parent may run OpenMP or OpenVINO threads, with which a fork can hang.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    waiting = deque(tasks)
    running: dict[Future[str], Task] = {}
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        try:
            while waiting or running:
                while waiting and len(running) < AHEAD * workers:
                    running[pool.submit(_one, waiting[0], threads=1)] = waiting[0]
                    waiting.popleft()
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    progress.step(note=future.result())
                    del running[future]
        except BrokenProcessPool:
            return list(running.values()), list(waiting)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [], []


def _one(task: Task, *, threads: int | None) -> str:
    """Prepare one clip; its outcome."""
    store = Store.open(task.store, root=task.root)
    try:
        found = crops(task.clip.path, store.settings, _finder(store.settings.finder, threads), _moments(task, store))
    except TooLarge as e:
        outcome, found, reason = "too_large", None, str(e)
    except InputError as e:
        outcome, found, reason = "unreadable", None, str(e)
    else:
        outcome, reason = (PREPARED, "") if found.subject is not None else ("no_face", "no face at any moment")
    store.write(task.clip, outcome, found, reason)
    return outcome


def _moments(task: Task, store: Store) -> Float64[np.ndarray, " T"] | None:
    try:
        return moments_of(task.moments_of, store.settings)
    except InputError:  # the real clip does not open: the forgery has moments of its own, and no group
        return None


@functools.cache
def _finder(settings: FinderSettings, threads: int | None) -> FaceFinder:
    return load_finder(settings, threads)


def _summary(store: Store, new: int) -> int:
    outcomes = store.outcomes()
    failed = [record for record in store.records() if record.outcome in FAILED]
    for record in failed[:10]:
        print(f"{record.clip.path}: {record.outcome}: {record.reason}", file=sys.stderr)  # noqa: T201
    if len(failed) > 10:
        print(f"and {len(failed) - 10} more; the store's records name all", file=sys.stderr)  # noqa: T201
    parts = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items())
    crops_, clips = len(store.crops()), sum(outcomes.values())
    print(f"{store.path}: {clips} clips ({parts}), {crops_} crops; {new} of them done now")  # noqa: T201
    return InputError.exit_code if failed else 0
