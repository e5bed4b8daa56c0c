"""A data set's videos or pictures into a store of aligned face crops.

A killed run goes on with the clips that are left, and a second run finds nothing to do.
"""

import sys
from pathlib import Path

from barefaced.config import PrepareSettings
from barefaced.datasets import layouts
from barefaced.datasets.store import Store
from barefaced.durable import needing_room, sole_writer
from barefaced.errors import InputError
from barefaced.preparing import prepare_into, told
from barefaced.vision.detector import load_finder


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
    found = layouts.read(layout, root, compression)
    for line in found.lines():
        print(line, file=sys.stderr)  # noqa: T201
    load_finder(settings.finder)  # refuses before a folder is made
    with needing_room(out), sole_writer(out):
        store = Store.create(out, settings, root=root)
        new = prepare_into(store, found.clips, root, workers)
        failed, outcomes = told(store), store.outcomes()
        parts = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items())
        crops, there = len(store.crops()), sum(outcomes.values())
        print(f"{store.path}: {there} clips ({parts}), {crops} crops; {new} of them done now")  # noqa: T201
        return InputError.exit_code if failed else 0
