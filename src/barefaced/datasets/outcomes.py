"""What became of every clip of a data set, for people: counted by outcome and reason, and a table of one row a clip.

A clip that was left out on purpose has no record in the store. Its name and reason lie in `skipped.json`, so that the
table is the whole data set; another run with another choice writes that file anew.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from barefaced.datasets.clip_record import ClipRecord
from barefaced.errors import StoreDamaged
from barefaced.runtime.files import write_json
from barefaced.runtime.text import reason_of

SKIPPED = "skipped"


def write_skipped(store: Path, reasons: Mapping[str, str]) -> None:
    """Keep which clips were left out and why, by clip, in place of what was kept before.

    Raises:
        OSError: no space or no right to write.
    """
    write_json(store / "skipped.json", dict(sorted(reasons.items())))


def read_skipped(store: Path) -> dict[str, str]:
    """The inverse of `write_skipped`; nothing where it was never called.

    Raises:
        StoreDamaged: the file is not one that it wrote.
    """
    file = store / "skipped.json"
    try:
        return {str(clip): str(reason) for clip, reason in json.loads(file.read_bytes()).items()}
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError) as e:
        raise StoreDamaged(
            expected=f"reasons by clip in {file}", got=reason_of(e), fix="Delete that file and run `prepare` again."
        ) from e


def to_csv(records: Sequence[ClipRecord], skipped: Mapping[str, str]) -> bytes:
    """One row a clip: the records in their order, then those left out that have none."""
    buffer = io.StringIO()
    rows = csv.writer(buffer, lineterminator="\n")
    rows.writerow(("clip", "outcome", "reason", "crops", "frames_seen", "frames_without_face", "warnings", "path"))
    for record in records:
        rows.writerow(
            (
                record.clip.clip,
                record.outcome,
                record.reason,
                len(record.crops),
                record.frames_seen,
                record.frames_without_face,
                "; ".join(record.warnings),
                record.clip.path.as_posix(),
            )
        )
    for clip, reason in without_record(records, skipped).items():
        rows.writerow((clip, SKIPPED, reason, 0, 0, 0, "", ""))
    return buffer.getvalue().encode()


def counted(records: Sequence[ClipRecord], skipped: Mapping[str, str]) -> dict[tuple[str, str], int]:
    """Clips by outcome and reason, the most frequent first; reasons that name a file or number are as one."""
    by = Counter((record.outcome, _kind(record.reason)) for record in records)
    by.update((SKIPPED, reason) for reason in without_record(records, skipped).values())
    return dict(by.most_common())


def without_record(records: Sequence[ClipRecord], skipped: Mapping[str, str]) -> dict[str, str]:
    """Those left out that no other run has dealt with."""
    there = {record.clip.clip for record in records}
    return {clip: reason for clip, reason in skipped.items() if clip not in there}


def _kind(reason: str) -> str:
    """What a reason says apart from the one file."""
    got = reason.rpartition("; got ")[2] if "; got " in reason else reason
    return re.sub(r"\d+", "N", re.split(r"[.:(] ?", got, maxsplit=1)[0]).strip()
