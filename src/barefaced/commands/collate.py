"""A store's manifest from its records; and stores made apart gathered into it."""

from collections.abc import Sequence
from pathlib import Path

from barefaced.datasets.merging import gather
from barefaced.datasets.store import Store
from barefaced.errors import InputError
from barefaced.pipelines.prepare import report_failures, summary
from barefaced.runtime.files import needing_room, sole_writer
from barefaced.runtime.progress import work


def run(out: Path, others: Sequence[Path]) -> int:
    """Gather `others` into the store `out` (made where there is none) and write its manifest.

    Returns:
        0, or 2 where a clip could not be read.

    Raises:
        StoreDamaged: not a store.
        BadConfig: stores made with different settings.
        DataError: a clip of which two stores hold different crops; no space or no right to write.
        FolderInUse: another run is writing there.
    """
    parts = [Store.open(path) for path in others]
    with needing_room(out), sole_writer(out):
        store = Store.create(out, parts[0].settings) if parts else Store.open(out)
        with work("collate", sum(len(part.records()) for part in parts), "clips") as progress:
            taken = gather(store, parts, progress)
        failed = report_failures(store)
        print("\n".join(summary(store, taken)))  # noqa: T201
        return InputError.exit_code if failed else 0
