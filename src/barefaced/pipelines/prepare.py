"""Clips into a store of aligned face crops: what `prepare` and `forge` both begin with. Joins vision and datasets.

A clip is one unit of work, whole or not done. A real clip and its forgeries are looked at in the same moments, those of
the real one; and where a forgery has a mask, its original's subject is the person under that mask, too.
"""

import functools
import hashlib
import os
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from barefaced.config.media import Engine, FinderSettings
from barefaced.datasets.borders import border_warnings
from barefaced.datasets.contradictions import contradictions
from barefaced.datasets.outcomes import counted, read_skipped
from barefaced.datasets.store import PREPARED, Store
from barefaced.errors import BadConfig, InputError, TooLarge
from barefaced.faces.crops import crops, moments_of
from barefaced.faces.face_finder import FaceFinder, load_finder
from barefaced.runtime.progress import work
from barefaced.runtime.ray_workers import over_ray
from barefaced.runtime.workers import Done, pooled
from barefaced.values.dataset import Clip
from barefaced.values.media import ClipCrops

FAILED = ("unreadable", "too_large", "crashed")
"""Outcomes that make the exit code 2. No face is an answer."""


@dataclass(frozen=True)
class Task:
    """One clip to prepare, and the clip whose moments it is looked at in."""

    clip: Clip
    moments_of: Path
    mask: Path | None
    """The clip's own, or that of a forgery of it."""
    store: Path
    root: Path
    threads: int | None
    """Of the face finder; None leaves the choice to it."""


@dataclass(frozen=True)
class Shard:
    """One of several parts of the clips, each for a process or machine of its own."""

    number: int = 1
    of: int = 1

    def has(self, clip: Clip) -> bool:
        """Whether this part has `clip`: by its name alone, so that a clip more moves no other."""
        return int(hashlib.sha256(clip.clip.encode()).hexdigest(), 16) % self.of == self.number - 1


def shard(text: str) -> Shard:
    """`2/8` is the second of eight parts; empty is all.

    Raises:
        BadConfig: anything else.
    """
    if not text:
        return Shard()
    number, slash, of = text.partition("/")
    if not (slash and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise BadConfig(expected="a shard such as 1/4 to 4/4", got=repr(text), fix="Count from 1.")
    return Shard(int(number), int(of))


def prepare_into(
    store: Store,
    clips: Sequence[Clip],
    root: Path,
    workers: int,
    *,
    part: Shard = Shard(),
    engine: Engine = "local",
) -> int:
    """Prepare those of the clips that are not yet prepared, and write the manifest where all are this run's.

    Args:
        store: where to; its settings say how.
        clips: of a layout.
        root: the data set's top folder.
        workers: processes; 0 is one a core (of the cluster, with Ray).
        part: only these of the clips.
        engine: `local` processes, or `ray`: every machine of a Ray cluster that sees `root` and the store.

    Returns:
        how many were done now.

    Raises:
        MissingWeights: the face finder's package is not installed.
        MissingPackage: Ray is not installed.
        OSError: no space or no right to write.
    """
    load_finder(store.settings.finder)  # refuses before any work what would fail in every worker
    mine = [clip for clip in clips if part.has(clip)]
    left = [clip for clip in mine if not store.done(clip)]
    processes = min(workers or os.cpu_count() or 1, max(len(left), 1))
    threads = None if processes == 1 and engine == "local" else 1
    reals = {(clip.origin, clip.compression): clip.path for clip in clips if clip.label == 0}
    # Any forgery's mask shows whom its original is about; the first by name, whatever order the clips came in.
    drawn = sorted((clip for clip in clips if clip.mask), key=lambda clip: clip.clip, reverse=True)
    masks = {(clip.origin, clip.compression): clip.mask for clip in drawn}
    tasks = []
    for clip in left:
        scene = (clip.origin, clip.compression)
        mask = masks.get(scene) if clip.label == 0 else clip.mask
        tasks.append(Task(clip, reals.get(scene, clip.path), mask, store.path.absolute(), root, threads))
    with work("prepare", len(mine), "clips", len(mine) - len(left), parts="frames") as progress:
        run: Callable = (
            functools.partial(over_ray, workers=workers)
            if engine == "ray"
            else functools.partial(pooled, workers=processes)
        )
        run(_one, tasks, progress=progress, lost=_lost)
    if part.of == 1:
        store.collate()
    return len(left)


def report_failures(store: Store) -> int:
    """Name on standard error the clips that could not be read, files that are real and forged, and crops that reach far
    over the pictures' borders; how many clips there are of the first."""
    failed = [record for record in store.records() if record.outcome in FAILED]
    for record in failed[:10]:
        print(f"{record.clip.path}: {record.outcome}: {record.reason}", file=sys.stderr)  # noqa: T201
    if len(failed) > 10:
        print(f"and {len(failed) - 10} more; outcomes.csv names all", file=sys.stderr)  # noqa: T201
    for line in (*contradictions(store.records())[:10], *border_warnings(store)):
        print(line, file=sys.stderr)  # noqa: T201
    return len(failed)


def summary(store: Store, new: int) -> list[str]:
    """The outcome table: clips per outcome and reason, crops, and where to look."""
    rows = [
        (outcome, reason, count)
        for (outcome, reason), count in counted(store.records(), read_skipped(store.path)).items()
    ]
    width = max((len(outcome) for outcome, *_ in rows), default=0)
    crops, there = len(store.crops()), sum(store.outcomes().values())
    return [
        *(f"{count:8}  {outcome:{width}}  {reason}".rstrip() for outcome, reason, count in rows),
        f"{store.path}: {there} clips, {crops} crops; {new} of them done now",
        *border_warnings(store),
    ]


def _one(task: Task) -> Done:
    """Prepare one clip; its outcome, and the frames looked at."""
    store = Store.open(task.store, root=task.root)
    finder = _finder(store.settings.finder, task.threads)
    try:
        found = crops(task.clip.path, store.settings, finder, _moments(task, store), task.mask)
    except TooLarge as e:
        outcome, found, reason = "too_large", None, str(e)
    except InputError as e:
        outcome, found, reason = "unreadable", None, str(e)
    else:
        if task.clip.label == 0:  # the mask is of its forgery: here every pixel is real
            found = replace(found, crops=tuple(replace(crop, mask=None) for crop in found.crops))
        outcome, reason = _outcome(task.clip, found, store.settings.least_face)
    store.write(task.clip, outcome, found, reason)
    return Done(outcome, found.frames_seen if found else 0)


def _outcome(clip: Clip, found: ClipCrops, least: float) -> tuple[str, str]:
    """One word, and the reason where there are no crops."""
    sides = [crop.quality.face_pixels for crop in found.crops if crop.track == found.subject]
    if not sides:
        return "no_face", "no face at any moment"
    if clip.label and found.uncovered:
        return "no_face", "no face under the mask: whose face was forged was not found"
    if (side := statistics.median(sides)) < least:
        return "too_small", f"a face of {side:.0f} pixels; least_face is {least:g}"
    return PREPARED, ""


def _lost(task: Task) -> Done:
    Store.open(task.store, root=task.root).write(task.clip, "crashed", None, "the decoder crashed on this file")
    return Done("crashed")


def _moments(task: Task, store: Store) -> Float64[np.ndarray, " T"] | None:
    try:
        return moments_of(task.moments_of, store.settings)
    except InputError:  # the real clip does not open: the forgery has moments of its own, and no group
        return None


@functools.cache
def _finder(settings: FinderSettings, threads: int | None) -> FaceFinder:
    return load_finder(settings, threads)
