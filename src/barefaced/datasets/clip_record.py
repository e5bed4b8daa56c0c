"""What a store keeps of one clip: a JSON file a clip, and a row a clip in the manifest.

The manifest leaves out the media file's time stamp, so that two copies of one data set give the same table.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from barefaced.values.dataset import Clip, StoredCrop
from barefaced.values.geometry import Geometry
from barefaced.values.media import CropQuality

_TEXT, _INT, _FLOAT = pa.string(), pa.int64(), pa.float64()
_CLIP = ("clip", "dataset", "compression", "method", "origin", "identity", "source", "split", "path", "mask")
_QUALITY = tuple(field.name for field in fields(CropQuality))
_CROP = pa.struct(
    [
        pa.field("file", _TEXT),
        pa.field("track", _INT),
        pa.field("subject", pa.bool_()),
        pa.field("moment", _INT),
        pa.field("frame", _INT),
        *(pa.field(name, _FLOAT) for name in ("seconds", *_QUALITY)),
        pa.field("to_crop", pa.list_(_FLOAT, 6)),
        pa.field("height", _INT),
        pa.field("width", _INT),
        pa.field("sha256", _TEXT),
        pa.field("mask", _TEXT),
    ]
)
_SCHEMA = pa.schema(
    [
        *(pa.field(name, _TEXT) for name in (*_CLIP, "outcome", "reason", "media_sha256")),
        *(pa.field(name, _INT) for name in ("size", "subject", "frames_seen", "frames_without_face")),
        pa.field("warnings", pa.list_(_TEXT)),
        pa.field("crops", pa.list_(_CROP)),
    ]
)

ROWS = 1000
"""Clips that are made rows, or read from them, at a time: as Python's dicts they take ten times their room."""


@dataclass(frozen=True)
class ClipRecord:
    """One clip and what came of it."""

    clip: Clip
    outcome: str
    reason: str
    media_sha256: str
    """Of the media file; empty where it did not decode."""
    size: int
    """Of the media file, bytes."""
    mtime_ns: int
    """Of the media file; 0 in a record that comes from a manifest."""
    subject: int | None
    frames_seen: int
    frames_without_face: int
    warnings: tuple[str, ...]
    crops: tuple[StoredCrop, ...]
    """Ordered by track, then moment."""


def to_json(record: ClipRecord) -> bytes:
    """Raises:
    ValueError: a crop's quality is not a number.
    """
    row = _to_row(record) | {"mtime_ns": record.mtime_ns}
    return (json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n").encode()


def from_json(data: bytes) -> ClipRecord:
    """The inverse of `to_json`.

    Raises:
        ValueError, KeyError, TypeError: these bytes are no record.
    """
    row = json.loads(data)
    return _from_row(row, row["mtime_ns"])


def to_parquet(records: Sequence[ClipRecord]) -> bytes:
    """One row a record, in the order given; equal records give equal bytes."""
    buffer = io.BytesIO()
    with pq.ParquetWriter(buffer, _SCHEMA, compression="zstd") as writer:
        for at in range(0, max(len(records), 1), ROWS):
            rows = [_to_row(record) for record in records[at : at + ROWS]]
            writer.write_table(pa.Table.from_pylist(rows, _SCHEMA))
    return buffer.getvalue()


def from_parquet(file: Path) -> tuple[ClipRecord, ...]:
    """The inverse of `to_parquet`.

    Raises:
        OSError, pyarrow.ArrowException, KeyError: the file is no manifest.
    """
    with pq.ParquetFile(file) as table:
        return tuple(_from_row(row, 0) for part in table.iter_batches(ROWS) for row in part.to_pylist())


def _to_row(record: ClipRecord) -> dict[str, Any]:
    clip = {name: getattr(record.clip, name) for name in _CLIP}
    paths = {"path": record.clip.path.as_posix(), "mask": record.clip.mask and record.clip.mask.as_posix()}
    crops = []
    for crop in record.crops:
        flat = asdict(crop)
        flat |= flat.pop("quality") | flat.pop("geometry")
        flat["to_crop"] = list(flat["to_crop"])
        crops.append({field.name: flat[field.name] for field in _CROP})
    return {
        **clip,
        **paths,
        "outcome": record.outcome,
        "reason": record.reason,
        "media_sha256": record.media_sha256,
        "size": record.size,
        "subject": record.subject,
        "frames_seen": record.frames_seen,
        "frames_without_face": record.frames_without_face,
        "warnings": list(record.warnings),
        "crops": crops,
    }


def _from_row(row: Mapping[str, Any], mtime_ns: int) -> ClipRecord:
    clip = {name: row[name] for name in _CLIP}
    crops = tuple(
        StoredCrop(
            clip=row["clip"],
            file=crop["file"],
            track=crop["track"],
            subject=crop["subject"],
            moment=crop["moment"],
            frame=crop["frame"],
            seconds=crop["seconds"],
            quality=CropQuality(**{name: crop[name] for name in _QUALITY}),
            geometry=Geometry(tuple(crop["to_crop"]), crop["height"], crop["width"]),
            sha256=crop["sha256"],
            mask=crop["mask"],
        )
        for crop in row["crops"]
    )
    return ClipRecord(
        clip=Clip(**clip | {"path": Path(row["path"]), "mask": Path(row["mask"]) if row["mask"] else None}),
        outcome=row["outcome"],
        reason=row["reason"],
        media_sha256=row["media_sha256"],
        size=row["size"],
        mtime_ns=mtime_ns,
        subject=row["subject"],
        frames_seen=row["frames_seen"],
        frames_without_face=row["frames_without_face"],
        warnings=tuple(row["warnings"]),
        crops=crops,
    )
