"""A store into a few tar files, which train and evaluate read as they read the store."""

from pathlib import Path

from barefaced.datasets.packing import pack
from barefaced.datasets.store import Store
from barefaced.errors import BadConfig
from barefaced.runtime.files import needing_room, sole_writer
from barefaced.runtime.progress import work


def run(source: Path, out: Path, megabytes: int, address: str) -> int:
    """Pack the store `source` into the new folder `out`.

    Args:
        megabytes: of a tar file, roughly.
        address: where the tar files will lie, as fsspec writes it (`s3://bucket/faces`); empty: in `out`.

    Returns:
        0.

    Raises:
        BadConfig: `out` holds something, a size under 1, or `source` is packed already.
        StoreDamaged: not a store, or a crop that cannot be read.
        DataError: no space or no right to write.
    """
    if megabytes < 1:
        raise BadConfig(expected="--megabytes from 1 on", got=str(megabytes), fix="512 suits most object stores.")
    store = Store.open(source)
    with needing_room(out), sole_writer(out), work("pack", len(store.records()), "clips", parts="crops") as progress:
        count = pack(store, out, megabytes * 2**20, progress, address)
    print(f"{out}: {len(store.crops())} crops of {len(store.records())} clips in {count} tar files")  # noqa: T201
    if address:
        print(f"upload {out / 'shards'} to {address}/shards; the rest stays here: it is the store")  # noqa: T201
    return 0
