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
from barefaced.metrics.score_columns import KINDS, factorize, number_column, read_columns, text_column
from barefaced.runtime.files import write_bytes
from barefaced.values.dataset import REAL, Clip, StoredCrop
from barefaced.values.scores import ScoreTable, VideoScores


def score_table(clips: Iterable[Clip], crops: Sequence[StoredCrop], fakeness: Float[np.ndarray, " N"]) -> ScoreTable:
    """Give each scored crop a row, in their order.

    Args:
        clips: at least those of the crops.
    """
    by_id = {clip.clip: clip for clip in clips}
    rows = [by_id[crop.clip] for crop in crops]

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
    stored = read_columns(path, tuple(KINDS))
    empty = [name for name in KINDS if stored.column(name).null_count]
    if empty:
        raise InputError(
            expected=f"a {empty[0]} in every row",
            got=f"{path}: {stored.column(empty[0]).null_count} rows without",
            fix="Fill them; an unknown name is the empty string, an unknown time is NaN.",
        )
    columns = {
        name: text_column(stored, name) if pa.types.is_large_string(kind) else number_column(stored, name, path)
        for name, kind in KINDS.items()
    }
    return ScoreTable(**columns)


def by_video(table: ScoreTable) -> VideoScores:
    """Give each clip one row: its score is the mean of the fakeness of its rows.

    The mean does not depend on the order of the rows, and of equal numbers it is that very number, however many they
    are: rounding makes no tie and breaks none.

    Raises:
        DataError: rows of one clip disagree on label, dataset, method or origin, or a label contradicts its method.
        InputError: see `ranking.check_rows`.
    """
    return with_rows(table)[0]


def with_rows(table: ScoreTable) -> tuple[VideoScores, Int64[np.ndarray, " N"]]:
    """Do as `by_video`, and give for each row of `table` the position of its clip."""
    check_rows(table.label, table.fakeness)
    clip_at, clips = factorize(table.clip)
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
