"""Columns of a csv or Parquet file as arrays: text, numbers, labels. Every refusal names the column.

Alphabet: N rows, V distinct values.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from jaxtyping import Int64, Shaped

from barefaced.errors import InputError
from barefaced.runtime.text import reason_of
from barefaced.values.labels import label_of

KINDS: dict[str, pa.DataType] = {
    "clip": pa.large_string(),
    "track": pa.int64(),
    "frame": pa.int64(),
    "seconds": pa.float64(),
    "fakeness": pa.float64(),
    "label": pa.int64(),
    "dataset": pa.large_string(),
    "method": pa.large_string(),
    "origin": pa.large_string(),
}
"""The columns of scores.parquet, in order."""


def factorize(column: Shaped[np.ndarray, " N"]) -> tuple[Int64[np.ndarray, " N"], Shaped[np.ndarray, " V"]]:
    """Turn names into numbers.

    Returns:
        For each row its place among the distinct names, and those names in alphabetical order.
    """
    return _factorize(pa.array(column, pa.large_string()))


def _factorize(column: pa.Array) -> tuple[Int64[np.ndarray, " N"], Shaped[np.ndarray, " V"]]:
    # Arrow finds equal strings by hashing; numpy would sort millions of them.
    coded = column.dictionary_encode()
    names = np.array(coded.dictionary.to_pylist(), dtype=object)
    order = np.argsort(names)
    place = np.empty(len(names), np.int64)
    place[order] = np.arange(len(names))
    return place[coded.indices.to_numpy().astype(np.int64)], names[order]


def read_columns(path: Path, needed: Sequence[str] = (), renamed: Mapping[str, str] | None = None) -> pa.Table:
    """Read a csv, tsv or Parquet file; of a csv every column is text: a clip named 000_003 or 007 is no number.

    Args:
        path: the file.
        needed: columns that must be there.
        renamed: a column's name here to its name in the file.

    Raises:
        InputError: no such file, of another format, a column twice, missing, or one of `KINDS` with lists in it.
    """
    text = path.suffix.lower() in (".csv", ".tsv")
    fix = (
        f"Give a csv or Parquet file with the columns {', '.join(needed or KINDS)}; `docs/evaluation.md` tells of each."
    )
    try:
        if text:
            stored = _read_csv(path, "\t" if path.suffix.lower() == ".tsv" else ",")
        else:
            with pq.ParquetFile(path) as file:
                stored = file.read()
    except (OSError, UnicodeDecodeError, pa.ArrowInvalid) as e:
        raise InputError(expected=_what(path, text=text), got=reason_of(e), fix=fix) from e
    came = stored.column_names
    twice = sorted({name for name in came if came.count(name) > 1})
    if twice:
        raise InputError(
            expected=f"each column once in {path}", got=f"{twice[0]} {came.count(twice[0])} times", fix=fix
        )
    theirs = {other: name for name, other in (renamed or {}).items()}
    absent = sorted(theirs.keys() - set(came))
    missing = [name for name in needed if name not in {theirs.get(other, other) for other in came}]
    if absent or missing:
        raise InputError(
            expected=f"the columns {', '.join(absent or needed)} in {path}",
            got=f"{path} without {', '.join(absent or missing)}; it has {', '.join(came) or 'none'}",
            fix="Give the columns these names.",
        )
    if theirs:
        # A column of theirs that has the name of one that was given another is left out.
        kept = [name for name in came if name in theirs or name not in theirs.values()]
        stored = stored.select(kept).rename_columns([theirs.get(name, name) for name in kept])
    for name in stored.column_names:
        if pa.types.is_nested(stored.column(name).type) and name in {*KINDS, "reason"}:
            raise InputError(
                expected=f"one {name} in every row of {path}",
                got=f"a column {name} of the type {stored.column(name).type}",
                fix="Write one value a row.",
            )
    return stored


def _what(path: Path, *, text: bool) -> str:
    return f"a {'csv' if text else 'Parquet'} file at {path}"


def _read_csv(path: Path, delimiter: str) -> pa.Table:
    with path.open(encoding="utf-8-sig") as stream:
        names = stream.readline()
    texts = {name.strip().strip('"'): pa.large_string() for name in names.rstrip("\r\n").split(delimiter)}
    return pyarrow.csv.read_csv(
        path,
        parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter),
        convert_options=pyarrow.csv.ConvertOptions(column_types=texts, strings_can_be_null=False),
    )


def text_column(stored: pa.Table, name: str) -> Shaped[np.ndarray, " N"]:
    """Take a column as text, empty where it has nothing."""
    column = stored.column(name)
    texts = pa.chunked_array(column.cast(pa.large_string()).chunks, pa.large_string()).combine_chunks()
    codes, names = _factorize(texts.fill_null(""))
    return names[codes]


def number_column(stored: pa.Table, name: str, path: Path) -> Shaped[np.ndarray, " N"]:
    """Take a column as numbers of its kind in `KINDS`; of floats nothing is NaN.

    Raises:
        InputError: something else in it, or nothing where a whole number is due; the column is named.
    """
    column = stored.column(name)
    if pa.types.is_large_string(column.type) or pa.types.is_string(column.type):
        empty = pc.is_in(pc.utf8_trim_whitespace(column.cast(pa.large_string())), pa.array([""], pa.large_string()))
        column = pc.if_else(empty, pa.scalar(None, column.type), column)
    whole = pa.types.is_integer(KINDS[name])
    expected = f"{'whole ' if whole else ''}numbers in the column {name} of {path}"
    try:
        column = column.cast(pa.float64()).cast(KINDS[name]).combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as e:
        raise InputError(expected=expected, got=str(e), fix="Write it anew.") from e
    if whole and column.null_count:
        raise InputError(expected=expected, got=f"{column.null_count} rows without", fix="Fill them.")
    return column.to_numpy(zero_copy_only=False)


def label_column(stored: pa.Table, path: Path) -> Int64[np.ndarray, " N"]:
    """Take the labels, 0 (real) or 1 (fake), by the one rule of `values.labels`.

    Raises:
        InputError: a label that the rule does not know; its row is named.
    """
    column = text_column(stored, "label")
    codes, names = factorize(column)
    known = [label_of(str(name)) for name in names]
    labels = np.array([-1 if fake is None else int(fake) for fake in known], np.int64)[codes]
    wrong = np.flatnonzero(labels < 0)
    if wrong.size:
        raise InputError(
            expected="a label that says real or fake in every row",
            got=f"{column[wrong[0]]!r} in row {wrong[0]} of the column label in {path} ({wrong.size} such rows)",
            fix="Write 0 or real for a real row, 1 or fake for a fake one. Rows are counted from 0, after the heading.",
        )
    return labels
