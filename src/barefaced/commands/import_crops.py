"""DeepfakeBench's crops into a store, as they are: linked, not prepared again. A killed run goes on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from barefaced.config.options import AnyPath, Count, Range, command, list_names, list_paths


@command
def import_crops(
    tables: AnyPath | Sequence[AnyPath],
    root: AnyPath,
    out: AnyPath,
    *,
    margin: Annotated[float, Range(1)] = 1.3,
    real: str | Sequence[str] = (),
    by_order: bool = False,
    workers: Count = 0,
) -> int:
    """Link DeepfakeBench's crops into a store, as they are: nothing is prepared again.

    Args:
        tables: files of its dataset_json
        root: the folder above FaceForensics++, Celeb-DF-v2, ...
        out: the store; further JSON files may be taken into it
        margin: that the crops were made with; DeepfakeBench's is 1.3
        real: labels that are real where their names do not say; the unknown others are forged
        by_order: the n-th frames of a clip and its forgery are one moment (as there)
        workers: processes; 0: one a core

    Returns:
        0, or 2 where a video has no readable crop; the others are taken all the same.

    Raises:
        LayoutMismatch: a JSON is not DeepfakeBench's, or none of its crops are there.
        BadConfig: the store was made with other settings, or a label says neither real nor forged.
        FolderInUse: another run is writing there.
        DataError: no space or no right to write.
    """
    from barefaced.pipelines.import_crops import import_store

    return import_store(
        tuple(list_paths(tables)), Path(root), Path(out), margin, workers, list_names(real), by_order=by_order
    )
