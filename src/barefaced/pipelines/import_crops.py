"""DeepfakeBench's crops into a store, as they are: linked, not prepared again. A killed run goes on."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from barefaced.config.media import CropSettings, FinderSettings, PrepareSettings
from barefaced.datasets.contradictions import contradictions
from barefaced.datasets.deepfakebench.importing import Crops, find, record, side_of
from barefaced.datasets.layouts.layout import first_few
from barefaced.datasets.store import Store
from barefaced.errors import InputError
from barefaced.runtime.files import needing_room, sole_writer
from barefaced.runtime.progress import work
from barefaced.runtime.workers import Done, pooled

FAILED = ("unreadable", "crashed")


@dataclass(frozen=True)
class Task:
    """One video to take over."""

    video: Crops
    store: Path
    root: Path
    by_order: bool


def import_store(
    tables: tuple[Path, ...],
    root: Path,
    out: Path,
    margin: float,
    workers: int,
    real: Sequence[str] = (),
    *,
    by_order: bool,
) -> int:
    """Take over every video that the JSON files name and whose crops are below `root`.

    Args:
        margin: that the crops were made with; DeepfakeBench's is 1.3.
        workers: processes; 0 is one a core.
        real: labels that are real whatever they are called; see `values.labels`.
        by_order: see `importing.record`.

    Returns:
        0, or 2 where a video has no readable crop; the others are taken all the same.

    Raises:
        LayoutMismatch: a JSON is not DeepfakeBench's, or none of its crops are there.
        BadConfig: the store was made with other settings, or a label says neither real nor forged.
        FolderInUse: another run is writing there.
        DataError: no space or no right to write.
    """
    found = find(tables, root, real)
    missing = [f"{len(found.missing)} frames that the JSON names are not there: {first_few(found.missing)}"]
    for line in (found.labels, *found.warnings, *(missing if found.missing else ())):
        print(line, file=sys.stderr)  # noqa: T201
    settings = PrepareSettings(
        crop=CropSettings(size=side_of(found), margin=margin), finder=FinderSettings(name="dlib")
    )
    with needing_room(out), sole_writer(out):
        store = Store.create(out, settings, root=root)
        left = [video for video in found.videos if not store.done(video.clip)]
        tasks = [Task(video, out, root, by_order) for video in left]
        with work("import", len(found.videos), "clips", len(found.videos) - len(left)) as progress:
            pooled(_one, tasks, min(workers or os.cpu_count() or 1, max(len(left), 1)), progress, _lost)
        store.collate()
        failed = [f"{one.clip.clip}: {one.outcome}: {one.reason}" for one in store.records() if one.outcome in FAILED]
        if failed:
            print(f"{len(failed)} clips failed: {first_few(failed, 3)}", file=sys.stderr)  # noqa: T201
        for line in contradictions(store.records())[:10]:
            print(line, file=sys.stderr)  # noqa: T201
        parts = ", ".join(f"{count} {outcome}" for outcome, count in store.outcomes().items())
        made = f"{len(store.records())} clips ({parts}), {len(store.crops())} crops"
        print(f"{out}: {made}; {len(left)} clips taken now")  # noqa: T201
    return InputError.exit_code if failed else 0


def _one(task: Task) -> Done:
    store = Store.open(task.store, root=task.root)
    made, files = record(task.video, store.settings.crop.size, by_order=task.by_order)
    store.adopt(made, files)
    return Done(made.outcome)


def _lost(task: Task) -> Done:
    Store.open(task.store, root=task.root).write(task.video.clip, "crashed", None, "the picture reader crashed on it")
    return Done("crashed")
