"""A store's records on disk: one JSON file a clip, and the manifest, a copy of them all in one table."""

from pathlib import Path

import pyarrow as pa

from barefaced.datasets.clip_record import ClipRecord, from_json, from_parquet
from barefaced.errors import StoreDamaged
from barefaced.runtime.text import reason_of


def read_record(file: Path) -> ClipRecord:
    """Read one clip's record.

    Raises:
        StoreDamaged: it is none.
    """
    try:
        return from_json(file.read_bytes())
    except (ValueError, KeyError, TypeError) as e:
        raise StoreDamaged(
            expected=f"a clip's record in {file}",
            got=reason_of(e),
            fix="Delete that file and prepare again: only its clip is done anew.",
        ) from e


def read_records(store: Path) -> tuple[ClipRecord, ...]:
    """Read every clip's own file, sorted by clip.

    Raises:
        StoreDamaged: as `read_record`.
    """
    records = (read_record(file) for file in (store / "clips").glob("*.json"))
    return tuple(sorted(records, key=lambda record: record.clip.clip))


def read_newest(store: Path, *, packed: bool) -> tuple[ClipRecord, ...]:
    """Read the manifest, or the clips' own files where it is older, gone or not of all of them.

    Args:
        store: the store's folder.
        packed: the manifest is all there is.

    Raises:
        StoreDamaged: as `read_record`; a packed store without a manifest that can be read.
    """
    manifest = store / "manifest.parquet"
    files = list((store / "clips").glob("*.json"))
    newest = max((file.stat().st_mtime_ns for file in files), default=0)
    rows = None
    if manifest.is_file() and manifest.stat().st_mtime_ns > newest:
        try:
            rows = from_parquet(manifest)
        except (pa.ArrowException, OSError, KeyError):
            rows = None  # a copy only: the records are what counts
    if packed and rows is None:
        raise StoreDamaged(expected=f"the manifest {manifest}", got="none that can be read", fix="Pack the store anew.")
    return rows if rows is not None and (packed or len(rows) == len(files)) else read_records(store)
