"""The csv by which anybody's own files become a data set.

Columns: path (below the root), label (real, fake, or what else `values.labels` knows); and where known method, origin
(of a fake: the path or name of the real file it was made from), identity (who is seen), split (train, val, test).
Others are passed over and told.
"""

import csv
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from barefaced.errors import LayoutMismatch
from barefaced.runtime.text import reason_of
from barefaced.values.dataset import REAL
from barefaced.values.labels import check_named, counted_labels, is_only_real, label_of, method_of, unknown_labels

COLUMNS = ("path", "label", "method", "origin", "identity", "split")


@dataclass(frozen=True)
class Entry:
    """One file of a plain folder."""

    path: str
    """Below the root, with forward slashes."""
    method: str
    origin: str = ""
    identity: str = ""
    split: str = ""


@dataclass(frozen=True)
class Listing:
    """What a csv says of the files that are there."""

    entries: tuple[Entry, ...]
    missing: tuple[str, ...] = ()
    """Paths of rows whose file is not there: a part of the data set was unpacked."""
    warnings: tuple[str, ...] = ()


def read_listing(root: Path, table: Path, label: str = "", real: Collection[str] = ()) -> Listing:
    """Read the rows of `table`.

    Args:
        root: the data set's top folder.
        table: the csv.
        label: what a file is that no label is given for; empty: every row needs one.
        real: labels that are real whatever they are called; see `values.labels`.

    Raises:
        LayoutMismatch: a column is missing, a value is none of those allowed, or a path leads out of the root.
        BadConfig: a label says neither real nor forged.
    """
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            columns = rows.fieldnames or []
            needed = COLUMNS[:1] if label else COLUMNS[:2]
            further = ", ".join(COLUMNS[len(needed) :])
            missing = [name for name in needed if name not in columns]
            if missing:
                raise LayoutMismatch(
                    expected=f"the columns {' and '.join(needed)} in {table}",
                    got=", ".join(columns) or "an empty file",
                    fix=f"Add {' and '.join(missing)}; {further} are read where they are there.",
                )
            numbered = list(enumerate(rows, start=2))
    except (UnicodeDecodeError, csv.Error) as e:
        raise LayoutMismatch(
            expected=f"a csv in UTF-8 at {table}", got=reason_of(e), fix="Save it again as UTF-8."
        ) from e
    labels = _check_labels(table, numbered, real)
    entries = [_entry(table, number, row, label, real) for number, row in numbered]
    unknown = [name for name in columns if name not in COLUMNS]
    told = (labels,) if labels else ()
    told += (f"{table.name}: columns that are not read: {', '.join(unknown)}",) if unknown else ()
    there = {entry.path for entry in entries if (root / entry.path).is_file()}
    return Listing(
        tuple(entry for entry in entries if entry.path in there),
        tuple(entry.path for entry in entries if entry.path not in there),
        told,
    )


def _check_labels(table: Path, rows: Sequence[tuple[int, Mapping[str, str | None]]], real: Collection[str]) -> str:
    """Ask for labels that say nothing; how many rows each of the others has, as a line."""
    labels = Counter((row.get("label") or "").strip() for _, row in rows)
    del labels[""]
    check_named(real, labels, table.name)
    if unknown := {label: count for label, count in labels.items() if label_of(label, real) is None}:
        raise unknown_labels(unknown, str(table))
    kinds = {label: (count, method_of(label, real)) for label, count in labels.items()}
    return f"{table.name}: {counted_labels(kinds)}" if kinds else ""


def _entry(table: Path, number: int, row: Mapping[str, str | None], otherwise: str, real: Collection[str]) -> Entry:
    at = {name: (row.get(name) or "").strip() for name in COLUMNS}

    def refuse(expected: str, column: str) -> LayoutMismatch:
        return LayoutMismatch(
            expected=f"{expected} in {table}",
            got=f"row {number}, {column}: {at[column]!r}",
            fix="Correct that row.",
        )

    path = PurePosixPath(at["path"].replace("\\", "/"))
    if not at["path"] or path.is_absolute() or ".." in path.parts:
        raise refuse("a path below the data set's root", "path")
    label = at["label"] or otherwise
    if not label:
        raise refuse("the label real or fake", "label")
    forged = label_of(label, real)
    method = at["method"] or method_of(label, real)
    if is_only_real(method) if forged else label_of(method, real) is not False:
        raise refuse(f"a method that goes with the label {label}", "method")
    if at["split"] not in ("", "train", "val", "test"):
        raise refuse("the split train, val, test or none", "split")
    method = method if forged else REAL
    return Entry(path=path.as_posix(), method=method, origin=at["origin"], identity=at["identity"], split=at["split"])
