"""Files of scores: our scores.parquet with all that was known, and anybody's csv or parquet.

Needed are the columns clip, label (0 or 1, real or fake, or what else `values.labels` knows) and fakeness. Where they
are not there: frame is the row's place in its clip, seconds unknown, dataset the file's name, method `fake`, origin
unknown. A row with a `reason` and no fakeness is a clip that could not be assessed. Every other column of texts is a
group that `--by` can name.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from jaxtyping import Shaped

from barefaced.errors import DataError, InputError
from barefaced.metrics.score_rows import KINDS, code, encode
from barefaced.runtime.files import write_bytes
from barefaced.values.card import Thresholds
from barefaced.values.dataset import REAL
from barefaced.values.evaluation import UNCHOSEN, Model, ScoreFile
from barefaced.values.json_codec import plain, record
from barefaced.values.labels import label_of
from barefaced.values.scores import ScoreTable

KEY = b"barefaced"
"""Of what is known beside the table, in the Parquet file's metadata."""
NEEDED = ("clip", "label", "fakeness")
NUMBERS = ("fakeness", "seconds", "frame", "track")
FIX = f"Give a csv or Parquet file with the columns {', '.join(NEEDED)}; `docs/evaluation.md` has the others."


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


def read_score_file(path: Path) -> ScoreFile:
    """What `write_score_file` or another tool wrote.

    Raises:
        InputError: no such file, of another format, a column is missing or of the wrong kind, a row has no score; it
            is named.
        DataError: a clip has rows with and without a reason.
    """
    stored = _read(path)
    missing = [name for name in NEEDED if name not in stored.column_names]
    if missing:
        raise InputError(
            expected=f"the columns {', '.join(NEEDED)} in {path}", got=f"none named {', '.join(missing)}", fix=FIX
        )
    given = {name: _texts(stored, name) for name in stored.column_names if name not in NUMBERS}
    fakeness, label = _numbers(stored, "fakeness", path), _labels(given["label"], path)
    reasons = given.get("reason", np.full(len(label), "", object))
    failed = reasons != ""
    _no_gap(fakeness, failed, path)
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
    method = np.where(label == 0, REAL, _or(given, "method", keep, "fake"))
    table = ScoreTable(
        clip=clip,
        track=_numbers(stored, "track", path)[keep].astype(np.int64)
        if "track" in stored.column_names
        else np.zeros(count, np.int64),
        frame=_numbers(stored, "frame", path)[keep].astype(np.int64)
        if "frame" in stored.column_names
        else _places(clip),
        seconds=_numbers(stored, "seconds", path)[keep] if "seconds" in stored.column_names else np.full(count, np.nan),
        fakeness=fakeness[keep],
        label=label,
        dataset=_or(given, "dataset", keep, path.stem),
        method=method.astype(object),
        origin=_or(given, "origin", keep, ""),
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


def _read(path: Path) -> pa.Table:
    try:
        if path.suffix.lower() in (".csv", ".tsv"):
            # Every column as text: a clip named 000_003 or 007 is no number.
            with path.open(encoding="utf-8-sig") as stream:
                names = stream.readline()
            delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
            texts = {name.strip().strip('"'): pa.large_string() for name in names.rstrip("\r\n").split(delimiter)}
            return pyarrow.csv.read_csv(
                path,
                parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter),
                convert_options=pyarrow.csv.ConvertOptions(column_types=texts, strings_can_be_null=False),
            )
        return pq.read_table(path)
    except (OSError, UnicodeDecodeError, pa.ArrowInvalid) as e:
        raise InputError(expected=f"a csv or Parquet file at {path}", got=str(e), fix=FIX) from e


def _texts(stored: pa.Table, name: str) -> Shaped[np.ndarray, " N"]:
    column = stored.column(name)
    if pa.types.is_nested(column.type):
        return np.full(len(column), "", object)
    texts = pa.chunked_array(column.cast(pa.large_string()).chunks, pa.large_string()).combine_chunks()
    codes, names = encode(texts.fill_null(""))
    return names[codes]


def _numbers(stored: pa.Table, name: str, path: Path) -> Shaped[np.ndarray, " N"]:
    column = stored.column(name)
    if pa.types.is_large_string(column.type) or pa.types.is_string(column.type):
        empty = pc.is_in(pc.utf8_trim_whitespace(column.cast(pa.large_string())), pa.array([""], pa.large_string()))
        column = pc.if_else(empty, pa.scalar(None, column.type), column)
    try:
        return column.cast(pa.float64()).combine_chunks().to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid as e:
        raise InputError(expected=f"numbers in the column {name} of {path}", got=str(e), fix="Write it anew.") from e


def _labels(column: Shaped[np.ndarray, " N"], path: Path) -> Shaped[np.ndarray, " N"]:
    codes, names = code(column)
    labels = [label_of(str(name)) for name in names]
    found = np.array([-1 if label is None else int(label) for label in labels], np.int64)[codes]
    wrong = np.flatnonzero(found < 0)
    if wrong.size:
        raise InputError(
            expected="a label of 0 (real) or 1 (fake) in every row",
            got=f"{column[wrong[0]]!r} in row {wrong[0]} of {path} ({wrong.size} such rows)",
            fix="Write 0 for a real row and 1 for a fake one. Rows are counted from 0, after the heading.",
        )
    return found


def _no_gap(fakeness: Shaped[np.ndarray, " N"], failed: Shaped[np.ndarray, " N"], path: Path) -> None:
    gaps = np.flatnonzero(~np.isfinite(fakeness) & ~failed)
    if gaps.size:
        raise InputError(
            expected="a fakeness in every row",
            got=f"{fakeness[gaps[0]]} in row {gaps[0]} of {path} ({gaps.size} such rows)",
            fix="A clip that could not be assessed has a `reason` and an empty fakeness. "
            "Rows are counted from 0, after the heading.",
        )


def _or(given: Mapping[str, np.ndarray], name: str, keep: np.ndarray, other: str) -> Shaped[np.ndarray, " N"]:
    """A column, `other` where it is empty or not there."""
    if name not in given:
        return np.full(int(keep.sum()), other, object)
    column = given[name][keep]
    return np.where(column == "", other, column).astype(object)


def _places(clip: Shaped[np.ndarray, " N"]) -> Shaped[np.ndarray, " N"]:
    """Of each row its place among the rows of its clip, from 0."""
    codes, _ = code(clip)
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(codes[order]) != 0)) if len(clip) else np.zeros(0, np.int64)
    lengths = np.diff(np.append(starts, len(clip)))
    places = np.empty(len(clip), np.int64)
    places[order] = np.arange(len(clip)) - np.repeat(starts, lengths)
    return places


def with_attributes(file: ScoreFile, path: Path) -> ScoreFile:
    """More columns from a csv whose first column is `clip`, `origin` or a column that the scores have.

    Raises:
        InputError: the first column is none of the scores' columns, or a value of it stands twice.
    """
    stored = _read(path)
    key, *names = stored.column_names
    own = {"clip": file.table.clip, "origin": file.table.origin} | file.groups
    if key not in own:
        raise InputError(
            expected=f"a first column named as one of the scores' ({', '.join(own)}) in {path}", got=repr(key), fix=FIX
        )
    place = {str(value): row for row, value in enumerate(_texts(stored, key))}
    if len(place) != len(stored):
        raise InputError(
            expected=f"each {key} once in {path}", got=f"{len(stored) - len(place)} again", fix="Leave one line each."
        )
    codes, values = code(own[key])
    at = np.array([place.get(str(value), -1) for value in values], np.int64)[codes]
    columns = {name: np.append(_texts(stored, name), "")[at] for name in names}
    return replace(file, groups=file.groups | columns)
