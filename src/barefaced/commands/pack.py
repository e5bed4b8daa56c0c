"""A store into a few tar files, which train and evaluate read as they read the store."""

from pathlib import Path
from typing import Annotated

from barefaced.config.options import AnyPath, Range, command


@command
def pack(store: AnyPath, out: AnyPath, *, megabytes: Annotated[int, Range(1)] = 512, address: str = "") -> int:
    """Pack a store into a few tar files in WebDataset's naming, read by train and evaluate as any store.

    Args:
        store: a folder that `prepare` or `forge` made
        out: a new folder: the packed store
        megabytes: of a tar file, roughly
        address: where the tar files will lie, as fsspec writes it, say s3://bucket/faces; where none is named, in OUT

    Returns:
        0.

    Raises:
        BadConfig: `out` holds something, or `store` is packed already.
        StoreDamaged: not a store, or a crop that cannot be read.
        DataError: no space or no right to write.
    """
    from barefaced.datasets import packing
    from barefaced.datasets.store import Store
    from barefaced.runtime.files import needing_room, sole_writer
    from barefaced.runtime.progress import work

    opened, out = Store.open(Path(store)), Path(out)
    with needing_room(out), sole_writer(out), work("pack", len(opened.records()), "clips", parts="crops") as progress:
        count = packing.pack(opened, out, megabytes * 2**20, progress, address)
    print(f"{out}: {len(opened.crops())} crops of {len(opened.records())} clips in {count} tar files")  # noqa: T201
    if address:
        print(f"upload {out / 'shards'} to {address}/shards; the rest stays here: it is the store")  # noqa: T201
    return 0
