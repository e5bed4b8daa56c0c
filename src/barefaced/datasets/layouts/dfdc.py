"""The DeepFake Detection Challenge (Dolhansky et al., 2020): any of its fifty training parts, and its test set.

    dfdc_train_part_N/{*.mp4, metadata.json}    {"a.mp4": {"label": "FAKE", "split": "train", "original": "b.mp4"}}
    test/{*.mp4, labels.csv or metadata.json}   filename,label with 1 for fake; or {"a.mp4": {"is_fake": 1}}

Nothing says who is seen: an origin stands for its person, and the methods are mixed and unnamed.
"""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from barefaced.datasets.file_listing import as_text, folders, join_id, media_files, mismatch, no_levels
from barefaced.datasets.layouts.layout import Reading, Who, first_few, reading
from barefaced.errors import LayoutMismatch
from barefaced.imaging.suffixes import VIDEOS
from barefaced.runtime.text import reason_of
from barefaced.values.dataset import REAL, Clip
from barefaced.values.labels import FAKE, label_of

_SPLITS = {"train": "train", "val": "val", "validation": "val", "test": "test"}


@dataclass(frozen=True)
class _Row:
    method: str
    split: str
    original: str = ""


def read(root: Path, compression: str) -> Reading:
    """Every folder with a metadata.json or labels.csv, down to two levels below the root.

    A video that no row names is left out, and told.
    """
    no_levels("dfdc", compression)
    clips, missing, unnamed = [], [], []
    tops = [root, *folders(root, 2)]
    labelled = {top: rows for top in tops if (rows := labels(top)) is not None}
    for top, rows in labelled.items():
        there = {as_text(path.name): path for path in media_files(top, VIDEOS)}
        split = next((_SPLITS[word] for word in _SPLITS if top.name.lower().startswith(word)), "")
        for file, row in rows.items():
            if file not in there:
                missing.append(f"{top.name}/{file}")
                continue
            path = there.pop(file)
            name = as_text(path.stem)
            seen = who(name, row.original)
            clips.append(
                Clip(
                    clip=join_id("dfdc", "", row.method, name),
                    dataset="dfdc",
                    compression="",
                    method=row.method,
                    origin=seen.origin,
                    identity=seen.identity,
                    source=seen.source,
                    split=split or row.split,
                    path=path,
                )
            )
        unnamed += [] if top == root else [f"{top.name}/{file}" for file in there]
    for top in tops[1:]:
        if top not in labelled and not any(other.is_relative_to(top) for other in labelled):
            unnamed += [
                f"{top.name}/{as_text(path.name)}"
                for path in sorted(top.iterdir())
                if path.suffix.lower() in VIDEOS and not any(parent in labelled for parent in path.parents)
            ]
    if not labelled:
        raise mismatch(root, "dfdc_train_part_N/metadata.json or test/labels.csv")
    told = [f"{len(unnamed)} videos that no metadata.json or labels.csv names are left out: {first_few(unnamed, 3)}"]
    return reading(clips, missing, told if unnamed else ())


def who(name: str, original: str = "") -> Who:
    """Whose scene the video `name` is of, made from the file `original`."""
    origin = f"dfdc/{Path(original).stem if original else name}"
    return Who(origin, origin)


def labels(top: Path) -> dict[str, _Row] | None:
    """File to label, split and original, from the folder's own table; None without one that is DFDC's.

    Raises:
        LayoutMismatch: the table cannot be read, or a row says neither real nor fake.
    """
    try:
        if (top / "metadata.json").is_file():
            table = json.loads((top / "metadata.json").read_text(encoding="utf-8"))
            return {str(file): _row(file, row) for file, row in table.items()}
        if (top / "labels.csv").is_file():
            with (top / "labels.csv").open(encoding="utf-8-sig", newline="") as stream:
                return {
                    row["filename"]: _row(row["filename"], {"is_fake": row["label"]}) for row in csv.DictReader(stream)
                }
    except (ValueError, KeyError, AttributeError, TypeError) as e:
        raise LayoutMismatch(
            expected=f"DFDC's metadata.json or labels.csv in {top}",
            got=reason_of(e),
            fix="Unpack that part again.",
        ) from e
    return None


def _row(file: str, row: Mapping[str, object]) -> _Row:
    said = str(row["label"] if "label" in row else row["is_fake"])
    forged = label_of(said)
    if forged is None:
        raise ValueError(f"{file} is said to be {said!r}, neither real nor fake")
    method = FAKE if forged else REAL
    original = row.get("original") or ""
    return _Row(method, _SPLITS.get(str(row.get("split") or "").lower(), ""), str(original) if method != REAL else "")
