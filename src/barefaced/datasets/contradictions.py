"""The same file stored as real and as forged: label noise, and one picture on both sides of a split."""

from collections import defaultdict
from collections.abc import Iterable

from barefaced.datasets.clip_record import ClipRecord


def contradictions(records: Iterable[ClipRecord]) -> list[str]:
    """Name the clips of equal bytes and opposite labels, a sentence for each file.

    Args:
        records: of a store. Equal are media files of one checksum; where only crops were imported, all crops.
    """
    same: dict[tuple[str, ...], list[ClipRecord]] = defaultdict(list)
    for record in records:
        key = (record.media_sha256,) if record.media_sha256 else tuple(crop.sha256 for crop in record.crops)
        if key:
            same[key].append(record)
    return [
        f"the same file is real and forged: {', '.join(record.clip.clip for record in group)}; leave out the wrong one"
        for group in same.values()
        if len({record.clip.label for record in group}) > 1
    ]
