"""A store as DeepfakeBench's crops and JSON."""

import sys
from pathlib import Path

from barefaced.datasets.deepfakebench.exporting import export
from barefaced.datasets.store import Store
from barefaced.runtime.files import needing_room, sole_writer


def run(store: Path, out: Path) -> int:
    """Write `store` to `out`; what is there already is left.

    Raises:
        StoreDamaged: not a store, or a crop cannot be read.
        BadConfig: a clip that the format cannot hold.
        FolderInUse: another run is writing there.
        DataError: no space or no right to write.
    """
    opened = Store.open(store)
    with needing_room(out), sole_writer(out):
        done = export(opened, out)
    if done.others:
        print(f"{done.others} crops of other people are left out: the format has one face a frame", file=sys.stderr)  # noqa: T201
    made = opened.settings.crop
    print(f"{out}: {done.clips} clips, {done.frames} frames of {made.size} px, margin {made.margin}")  # noqa: T201
    for table in done.tables:
        print(table)  # noqa: T201
    return 0
