"""A store as DeepfakeBench's crops and JSON."""

import sys
from pathlib import Path

from barefaced.config.options import AnyPath, command


@command
def export_crops(store: AnyPath, out: AnyPath) -> int:
    """Write a store as DeepfakeBench's crops and JSON; what is there already is left.

    Args:
        store: a folder that `prepare` or `forge` made
        out: for the folders of frames, and dataset_json

    Returns:
        0.

    Raises:
        StoreDamaged: not a store, or a crop cannot be read.
        BadConfig: a clip that the format cannot hold.
        FolderInUse: another run is writing there.
        DataError: no space or no right to write.
    """
    from barefaced.datasets.deepfakebench.exporting import export
    from barefaced.datasets.store import Store
    from barefaced.runtime.files import needing_room, sole_writer

    opened, folder = Store.open(Path(store)), Path(out)
    with needing_room(folder), sole_writer(folder):
        done = export(opened, folder)
    if done.others:
        print(f"{done.others} crops of other people are left out: the format has one face a frame", file=sys.stderr)  # noqa: T201
    crop = opened.settings.crop
    print(f"{folder}: {done.clips} clips, {done.frames} frames of {crop.size} px, margin {crop.margin}")  # noqa: T201
    for table in done.tables:
        print(table)  # noqa: T201
    return 0
