"""scores.parquet, and from its rows to one row per video.

Alphabet: N rows (assessed crops of each clip's subject), C clips. A video is the `clip` field, whole: never a part
of it.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float, Int64, Shaped

from barefaced.errors import DataError, InputError
from barefaced.metrics.ranking import check_rows
from barefaced.runtime.files import write_bytes
from barefaced.values.dataset import REAL, Clip, StoredCrop
from barefaced.values.scores import ScoreTable, VideoScores

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


def score_table(clips: Iterable[Clip], crops: Sequence[StoredCrop], fakeness: Float[np.ndarray, " N"]) -> ScoreTable:
    """A row for each scored crop, in their order.

    Args:
        clips: at least those of the crops.
    """
    of = {clip.clip: clip for clip in clips}
    rows = [of[crop.clip] for crop in crops]

    def named(values: Iterable[str]) -> Shaped[np.ndarray, " N"]:
        return np.array(list(values), dtype=object)

    return ScoreTable(
        clip=named(crop.clip for crop in crops),
        track=np.array([crop.track for crop in crops], np.int64),
        frame=np.array([crop.frame for crop in crops], np.int64),
        seconds=np.array([crop.seconds for crop in crops], np.float64),
        fakeness=fakeness,
        label=np.array([clip.label for clip in rows], np.int64),
        dataset=named(clip.dataset for clip in rows),
        method=named(clip.method for clip in rows),
        origin=named(clip.origin for clip in rows),
    )


def write_scores(path: Path, table: ScoreTable) -> None:
    """Write scores.parquet, whole or not at all."""
    columns = {name: pa.array(getattr(table, name), kind) for name, kind in KINDS.items()}
    stream = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), stream)
    write_bytes(path, stream.getvalue().to_pybytes())


def read_scores(path: Path) -> ScoreTable:
    """Read what `write_scores` or another tool wrote; more columns than ours are left alone.

    Raises:
        InputError: no such file, not Parquet, a column is missing, empty in places or of the wrong kind; it is named.
    """
    fix = f"Give a Parquet file with the columns {', '.join(KINDS)}."
    try:
        stored = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as e:
        raise InputError(expected=f"a Parquet file at {path}", got=str(e), fix=fix) from e
    missing = [name for name in KINDS if name not in stored.column_names]
    if missing:
        raise InputError(expected="every column of scores.parquet", got=f"{path} without {', '.join(missing)}", fix=fix)
    return ScoreTable(**{name: _column(stored, name, path) for name in KINDS})


def _column(stored: pa.Table, name: str, path: Path) -> np.ndarray:
    try:
        column = stored.column(name).cast(KINDS[name]).combine_chunks()
    except pa.ArrowInvalid as e:
        raise InputError(
            expected=f"a column {name} of {KINDS[name]}", got=f"{path}: {e}", fix="Write the column anew."
        ) from e
    if column.null_count:
        raise InputError(
            expected=f"a {name} in every row",
            got=f"{path}: {column.null_count} rows without",
            fix="Fill them; an unknown name is the empty string, an unknown time is NaN.",
        )
    if KINDS[name] == pa.large_string():
        codes, names = encode(column)
        return names[codes]
    return column.to_numpy(zero_copy_only=False)


def encode(column: pa.Array) -> tuple[Int64[np.ndarray, " N"], Shaped[np.ndarray, " V"]]:
    """Names as numbers, in order of appearance, and the names."""
    # Arrow finds equal strings by hashing; numpy would sort millions of them.
    coded = column.dictionary_encode()
    return coded.indices.to_numpy().astype(np.int64), np.array(coded.dictionary.to_pylist(), dtype=object)


def code(column: Shaped[np.ndarray, " N"]) -> tuple[Int64[np.ndarray, " N"], Shaped[np.ndarray, " V"]]:
    """Names as numbers: for each row its place among the distinct names, and those names in alphabetical order."""
    codes, names = encode(pa.array(column, pa.large_string()))
    order = np.argsort(names)
    place = np.empty(len(names), np.int64)
    place[order] = np.arange(len(names))
    return place[codes], names[order]


def by_video(table: ScoreTable) -> VideoScores:
    """One row per clip: its score is the mean of the fakeness of its rows.

    The mean does not depend on the order of the rows, and of equal numbers it is that very number, however many they
    are: rounding makes no tie and breaks none.

    Raises:
        DataError: rows of one clip disagree on label, dataset, method or origin, or a label contradicts its method.
        InputError: see `ranking.check_rows`.
    """
    return with_rows(table)[0]


def with_rows(table: ScoreTable) -> tuple[VideoScores, Int64[np.ndarray, " N"]]:
    """As `by_video`, and for each row of `table` the position of its clip."""
    check_rows(table.label, table.fakeness)
    clip_at, clips = code(table.clip)
    order = np.lexsort((table.fakeness, clip_at))
    fakeness = table.fakeness[order].astype(np.float64)
    frames = np.bincount(clip_at, minlength=len(clips)).astype(np.int64)
    ends = np.cumsum(frames)
    starts = ends - frames
    lowest = fakeness[starts]
    above = np.add.reduceat(fakeness - lowest[clip_at[order]], starts) if len(clips) else lowest
    first = order[starts]
    for name in ("label", "dataset", "method", "origin"):
        _same_in_clip(getattr(table, name), first, clip_at, clips, name)
    videos = VideoScores(
        clip=clips,
        fakeness=np.minimum(lowest + above / frames, fakeness[ends - 1]),
        label=table.label[first],
        dataset=table.dataset[first],
        method=table.method[first],
        origin=table.origin[first],
        frames=frames,
    )
    _label_fits_method(videos)
    return videos, clip_at


def _same_in_clip(
    column: Shaped[np.ndarray, " N"],
    first: Int64[np.ndarray, " C"],
    clip_at: Int64[np.ndarray, " N"],
    clips: Shaped[np.ndarray, " C"],
    name: str,
) -> None:
    differs = np.flatnonzero(column != column[first][clip_at])
    if differs.size:
        row = differs[0]
        raise DataError(
            expected=f"one {name} for the clip {clips[clip_at[row]]}",
            got=f"{column[first[clip_at[row]]]} and, in row {row}, {column[row]}",
            fix="Give two clips two ids: the id is the whole path dataset/compression/method/name.",
        )


def _label_fits_method(videos: VideoScores) -> None:
    wrong = np.flatnonzero((videos.label == 0) != (videos.method == REAL))
    if wrong.size:
        clip = wrong[0]
        raise DataError(
            expected=f"label 0 exactly where the method is {REAL}",
            got=f"label {videos.label[clip]} and method {videos.method[clip]!r} for the clip {videos.clip[clip]}",
            fix=f"Correct the table: a clip that nobody altered has the method {REAL} and the label 0.",
        )
