"""Files of scores: our scores.parquet with all that was known, and anybody's csv or parquet.

Needed are the columns clip, label (0 or 1, or words that say real or fake) and fakeness. Where they are not there:
frame is the row's place in its clip, seconds unknown, dataset the file's name, method `fake`, origin unknown. A row
with a `reason` and no fakeness is a clip that could not be assessed. Every other column of texts is a group that `--by`
can name.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Shaped

from barefaced.errors import DataError, InputError
from barefaced.metrics.score_columns import (
    KINDS,
    factorize,
    label_column,
    number_column,
    read_columns,
    text_column,
)
from barefaced.runtime.files import write_bytes
from barefaced.values.card import Thresholds
from barefaced.values.dataset import REAL
from barefaced.values.evaluation import UNCHOSEN, Model, ScoreFile
from barefaced.values.json_codec import plain, record
from barefaced.values.scores import ScoreTable

KEY = b"barefaced"
"""Of what is known beside the table, in the Parquet file's metadata."""
NEEDED = ("clip", "label", "fakeness")
NUMBERS = ("fakeness", "seconds", "frame", "track")


def write_score_file(path: Path, file: ScoreFile) -> None:
    """Write scores.parquet, whole or not at all: enough to make every table again without the model."""
    columns = {name: pa.array(getattr(file.table, name), kind) for name, kind in KINDS.items()}
    columns |= {name: pa.array(column, pa.large_string()) for name, column in file.groups.items()}
    known = {
        "model": asdict(file.model),
        "not_assessed": file.not_assessed,
        "excluded": file.excluded,
        "protocol": file.protocol,
        "thresholds": plain(asdict(file.thresholds)),
        "fewer": [plain(asdict(row)) for row in file.fewer],
    }
    stream = pa.BufferOutputStream()
    pq.write_table(pa.table(columns).replace_schema_metadata({KEY: json.dumps(known)}), stream)
    write_bytes(path, stream.getvalue().to_pybytes())


def read_score_file(path: Path, columns: Mapping[str, str] | None = None) -> ScoreFile:
    """Read what `write_score_file` or another tool wrote.

    Args:
        path: a csv, tsv or Parquet file.
        columns: a column's name here to its name in the file, where it has another.

    Raises:
        InputError: no such file, of another format, a column is missing, twice there or of the wrong kind, a row has
            no score; it is named.
        DataError: a clip has rows with and without a reason.
    """
    stored = read_columns(path, NEEDED, columns)
    flat = [name for name in stored.column_names if not pa.types.is_nested(stored.column(name).type)]
    given = {name: text_column(stored, name) for name in flat if name not in NUMBERS}
    fakeness, label = number_column(stored, "fakeness", path), label_column(stored, path)
    reasons = given.get("reason", np.full(len(label), "", object))
    failed = reasons != ""
    _check_scores(fakeness, failed, path)
    not_assessed = dict(zip(given["clip"][failed].tolist(), reasons[failed].tolist(), strict=True))
    keep = ~failed
    both = sorted(set(not_assessed) & set(given["clip"][keep].tolist()))
    if both:
        raise DataError(
            expected="a clip either with scores or with a reason why it has none",
            got=f"{both[0]} with both in {path}",
            fix="Leave out the rows of frames that failed where others of the clip have a score.",
        )
    count = int(keep.sum())
    clip, label = given["clip"][keep], label[keep]
    method = np.where(label == 0, REAL, _column_or(given, "method", keep, "fake"))
    table = ScoreTable(
        clip=clip,
        track=number_column(stored, "track", path)[keep]
        if "track" in stored.column_names
        else np.zeros(count, np.int64),
        frame=number_column(stored, "frame", path)[keep] if "frame" in stored.column_names else _frame_numbers(clip),
        seconds=number_column(stored, "seconds", path)[keep]
        if "seconds" in stored.column_names
        else np.full(count, np.nan),
        fakeness=fakeness[keep],
        label=label,
        dataset=_column_or(given, "dataset", keep, path.stem),
        method=method.astype(object),
        origin=_column_or(given, "origin", keep, ""),
    )
    groups = {name: column[keep] for name, column in given.items() if name not in {*KINDS, "reason"}}
    known = json.loads((stored.schema.metadata or {}).get(KEY, b"{}"))
    return _known(path, table, not_assessed, groups, known)


def _known(
    path: Path,
    table: ScoreTable,
    not_assessed: dict[str, str],
    groups: dict[str, np.ndarray],
    known: Mapping[str, Any],
) -> ScoreFile:
    model = known.get("model", {"name": path.stem})
    return ScoreFile(
        table=table,
        model=Model(**(model | {"trained_on": tuple(model.get("trained_on", ()))})),
        not_assessed=not_assessed | known.get("not_assessed", {}),
        excluded=known.get("excluded", {}),
        protocol=known.get("protocol", {"scores": f"given in {path.name}"}),
        thresholds=record(Thresholds, known["thresholds"], "thresholds") if "thresholds" in known else UNCHOSEN,
        fewer=tuple(record(Thresholds, row, "thresholds") for row in known.get("fewer", ())),
        groups=groups,
    )


def _check_scores(fakeness: Shaped[np.ndarray, " N"], failed: Shaped[np.ndarray, " N"], path: Path) -> None:
    gaps = np.flatnonzero(~np.isfinite(fakeness) & ~failed)
    if gaps.size:
        raise InputError(
            expected="a fakeness in every row",
            got=f"{fakeness[gaps[0]]} in row {gaps[0]} of {path} ({gaps.size} such rows)",
            fix="A clip that could not be assessed has a `reason` and an empty fakeness. "
            "Rows are counted from 0, after the heading.",
        )


def _column_or(given: Mapping[str, np.ndarray], name: str, keep: np.ndarray, other: str) -> Shaped[np.ndarray, " N"]:
    """Take a column, `other` where it is empty or not there."""
    if name not in given:
        return np.full(int(keep.sum()), other, object)
    column = given[name][keep]
    return np.where(column == "", other, column).astype(object)


def _frame_numbers(clip: Shaped[np.ndarray, " N"]) -> Shaped[np.ndarray, " N"]:
    """Number each row among the rows of its clip, from 0."""
    codes, _ = factorize(clip)
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(codes[order]) != 0)) if len(clip) else np.zeros(0, np.int64)
    lengths = np.diff(np.append(starts, len(clip)))
    places = np.empty(len(clip), np.int64)
    places[order] = np.arange(len(clip)) - np.repeat(starts, lengths)
    return places


def with_attributes(file: ScoreFile, path: Path) -> ScoreFile:
    """Add columns from a csv whose first column is `clip`, `origin` or a column that the scores have.

    Raises:
        InputError: the first column is none of the scores' columns, or a value of it stands twice.
    """
    stored = read_columns(path)
    key, *names = stored.column_names
    own = {"clip": file.table.clip, "origin": file.table.origin} | file.groups
    if key not in own:
        raise InputError(
            expected=f"a first column named as one of the scores' ({', '.join(own)}) in {path}",
            got=repr(key),
            fix="Name the first column so.",
        )
    place = {str(value): row for row, value in enumerate(text_column(stored, key))}
    if len(place) != len(stored):
        raise InputError(
            expected=f"each {key} once in {path}", got=f"{len(stored) - len(place)} again", fix="Leave one line each."
        )
    codes, values = factorize(own[key])
    lines = np.array([place.get(str(value), -1) for value in values], np.int64)[codes]
    columns = {name: np.append(text_column(stored, name), "")[lines] for name in names}
    return replace(file, groups=file.groups | columns)
