"""A store's manifest from its records; and stores made apart gathered into it."""

from collections.abc import Sequence
from pathlib import Path

from barefaced.config.options import AnyPath, command, list_paths
from barefaced.errors import InputError


@command
def collate(store: AnyPath, parts: AnyPath | Sequence[AnyPath] = ()) -> int:
    """Write a store's manifest from its records, and gather stores prepared apart into it.

    Args:
        store: where to; made where there is none and parts are named
        parts: stores made with the same settings on other machines

    Returns:
        0, or 2 where a clip could not be read.

    Raises:
        StoreDamaged: not a store.
        BadConfig: stores made with different settings.
        DataError: a clip of which two stores hold different crops; no space or no right to write.
        FolderInUse: another run is writing there.
    """
    from barefaced.datasets.merging import gather
    from barefaced.datasets.store import Store
    from barefaced.pipelines.prepare import report_failures, summary
    from barefaced.runtime.files import needing_room, sole_writer
    from barefaced.runtime.progress import work

    out, others = Path(store), [Store.open(path) for path in list_paths(parts)]
    with needing_room(out), sole_writer(out):
        into = Store.create(out, others[0].settings) if others else Store.open(out)
        with work("collate", sum(len(part.records()) for part in others), "clips") as progress:
            taken = gather(into, others, progress)
        failed = report_failures(into)
        print("\n".join(summary(into, taken)))  # noqa: T201
        return InputError.exit_code if failed else 0
