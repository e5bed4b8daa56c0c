"""Stores made apart, one a machine, gathered into one."""

from collections.abc import Sequence
from dataclasses import replace

from barefaced.datasets.clip_record import ClipRecord
from barefaced.datasets.crop_files import safe_key
from barefaced.datasets.outcomes import read_skipped, write_skipped
from barefaced.datasets.store import Store
from barefaced.errors import BadConfig, DataError
from barefaced.runtime.progress import Work


def gather(store: Store, others: Sequence[Store], progress: Work) -> int:
    """Take over the clips of `others` that `store` has not; then write the manifest.

    Files are linked where the file system can, else copied. Cut short, the same call goes on.

    Args:
        store: where to.
        others: stores of the same settings.
        progress: a step a clip of the others.

    Returns:
        how many clips were taken over.

    Raises:
        BadConfig: other settings, or a packed store.
        DataError: a clip of which two stores hold different crops.
        OSError: no space or no right to write.
    """
    for other in others:
        if other.settings != store.settings or other.packed or store.packed:
            raise BadConfig(
                expected=f"stores made with the settings of {store.path}, none of them packed",
                got=f"{other.path}, {'packed' if other.packed or store.packed else 'made otherwise'}",
                fix="Prepare its clips with these settings.",
            )
    there = {record.clip.clip: record for record in store.records()} if others else {}
    taken = 0
    for other in others:
        for record in other.records():
            mine = there.get(record.clip.clip)
            if mine is None:
                _take(store, other, record)
                there[record.clip.clip] = record
                taken += 1
            elif replace(mine, mtime_ns=0) != replace(record, mtime_ns=0):
                raise DataError(
                    expected=f"the clip {record.clip.clip} in one store, or the same in both",
                    got=f"different crops of it in {store.path} and {other.path}",
                    fix="Delete its record in one of them.",
                )
            progress.step()
    del there  # of a hundred thousand clips they are gigabytes, and collating reads them anew
    write_skipped(store.path, {name: why for one in (store, *others) for name, why in read_skipped(one.path).items()})
    store.collate()
    return taken


def _take(store: Store, other: Store, record: ClipRecord) -> None:
    key = safe_key(record.clip.clip)
    crops = other.path / "crops" / key
    files = {f"crops/{key}/{file.name}": file for file in crops.iterdir()} if crops.is_dir() else {}
    store.adopt(other.record(record.clip) or record, files)
    points = other.landmarks(record.clip)
    if points is not None:
        store.write_landmarks(record.clip, points)
