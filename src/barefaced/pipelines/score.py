"""A detector on stores of crops: a score for each crop of each clip's subject. One road for all commands that measure.

The detector is a weights file of ours or anybody's function in Python. Letters: B crops, T crops of a clip, S side.
Pictures are RGB uint8.
"""

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float64, UInt8

from barefaced.datasets.clip_record import ClipRecord
from barefaced.datasets.data_loader import owners, score_batches
from barefaced.datasets.store import PREPARED, Store
from barefaced.errors import CropMismatch, DataError
from barefaced.metrics.score_rows import score_table
from barefaced.pipelines.scorer import Scorer
from barefaced.runtime.files import write_bytes
from barefaced.runtime.progress import work
from barefaced.values.card import ModelCard
from barefaced.values.dataset import StoredCrop
from barefaced.values.evaluation import ScoreFile

BATCH = 64
CHUNK = 512
"""Crops, roughly, that are scored between two states that a killed run goes on from."""

Alter = Callable[[str, np.ndarray], np.ndarray]
"""A clip's id and its crops [T S S 3] in order of time to crops of the same shape."""


@dataclass(frozen=True)
class ClipSelection:
    """The clips of stores that are to be scored, and those left out."""

    stores: tuple[Store, ...]
    records: tuple[tuple[Store, ClipRecord], ...]
    excluded: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> str:
        """Name the stores' folders."""
        return ", ".join(store.path.name for store in self.stores)


def select_clips(paths: Sequence[Path], scorer: Scorer | None, *, include_seen: bool) -> ClipSelection:
    """Select the clips of stores that the detector has not seen; without a detector: all.

    Raises:
        StoreDamaged: a folder is no store.
        CropMismatch: a store's crops are not the model's.
        DataError: a clip in two stores.
    """
    stores = tuple(Store.open(path) for path in paths)
    card = None if scorer is None else scorer.card
    if card is not None:
        for store in stores:
            check_same_crops(store, card)
    owners(stores)
    excluded = {} if include_seen or card is None else seen_clips(stores, card)
    records = [(store, record) for store in stores for record in store.records()]
    return ClipSelection(stores, tuple(pair for pair in records if pair[1].clip.clip not in excluded), excluded)


def score_clips(
    scorer: Scorer,
    selection: ClipSelection,
    keep: Path | None = None,
    alter: Alter | None = None,
    what: str = "evaluate",
) -> ScoreFile:
    """Score the clips; a clip with a crop that cannot be read counts as not assessed.

    Args:
        scorer: the detector.
        selection: the clips.
        keep: a folder for finished stretches, that a killed run goes on from; None: nothing is kept.
        alter: changes a clip's crops before they are scored.
        what: for the progress, and to tell what is kept apart.

    Raises:
        DataError: none left to score.
    """
    not_assessed = {r.clip.clip: r.reason or r.outcome for _, r in selection.records if r.outcome != PREPARED}
    crops: list[StoredCrop] = []
    fakeness: list[Float[np.ndarray, " B"]] = []
    with work(what, len(selection.records), "clips") as progress:
        for store, records in _chunks(selection.records):
            chunk = [crop for record in records for crop in _subject(record)]
            scores = _score_once(
                keep, f"{what} {scorer.model.sha256}", chunk, partial(_scores, scorer, store, chunk, alter)
            )
            for crop in (crop for crop, score in zip(chunk, scores, strict=True) if np.isnan(score)):
                not_assessed.setdefault(crop.clip, f"its crop {crop.file} cannot be read")
            crops += chunk
            fakeness.append(scores)
            progress.step(len(records))
    kept = np.array([crop.clip not in not_assessed for crop in crops], bool)
    if not kept.any():
        raise DataError(
            expected="clips to score",
            got=f"{len(selection.excluded)} that the model was trained or chosen on, "
            f"{len(not_assessed)} not assessable",
            fix="Give other stores, or --include-seen to measure on what it has seen.",
        )
    clips = [record.clip for _, record in selection.records]
    table = score_table(
        clips, [crop for crop, good in zip(crops, kept, strict=True) if good], np.concatenate(fakeness)[kept]
    )
    by_id = {clip.clip: clip for clip in clips}
    groups = {
        name: np.array([getattr(by_id[clip], name) for clip in table.clip], object)
        for name in ("identity", "compression")
    }
    protocol = scorer.protocol | {"stores": selection.names}
    *fewer, thresholds = scorer.thresholds
    return ScoreFile(
        table, scorer.model, not_assessed, selection.excluded, protocol, thresholds, fewer=tuple(fewer), groups=groups
    )


def _subject(record: ClipRecord) -> list[StoredCrop]:
    return sorted((crop for crop in record.crops if crop.subject), key=lambda crop: crop.moment)


def _chunks(records: Iterable[tuple[Store, ClipRecord]]) -> Iterator[tuple[Store, list[ClipRecord]]]:
    """Give clips of one store, whole, about `CHUNK` crops at a time."""
    chunk: list[ClipRecord] = []
    crops, last = 0, None
    for store, record in records:
        if chunk and last is not None and (store is not last or crops >= CHUNK):
            yield last, chunk
            chunk, crops = [], 0
        chunk.append(record)
        crops, last = crops + len(record.crops), store
    if chunk and last is not None:
        yield last, chunk


def _scores(
    scorer: Scorer, store: Store, crops: Sequence[StoredCrop], alter: Alter | None
) -> Float64[np.ndarray, " B"]:
    """Score each crop; NaN for those of which the file is damaged."""
    place = {crop.file: row for row, crop in enumerate(crops)}
    scores = np.full(len(crops), np.nan)
    pictures: dict[str, list[tuple[int, UInt8[np.ndarray, "S S 3"]]]] = {}
    for batch in score_batches(store, crops, BATCH):
        rows = [place[crop.file] for crop in batch.crops]
        if alter is None:
            scores[rows] = scorer.score(batch.pictures) if rows else []
            continue
        for crop, row, picture in zip(batch.crops, rows, batch.pictures, strict=True):
            pictures.setdefault(crop.clip, []).append((row, picture))
    if alter is not None and pictures:
        altered = [alter(clip, np.stack([picture for _, picture in pairs])) for clip, pairs in pictures.items()]
        rows = [row for pairs in pictures.values() for row, _ in pairs]
        whole = np.concatenate(altered)
        for start in range(0, len(rows), BATCH):
            scores[rows[start : start + BATCH]] = scorer.score(whole[start : start + BATCH])
    return scores


def _score_once(
    keep: Path | None, what: str, crops: Sequence[StoredCrop], score: Callable[[], Float64[np.ndarray, " B"]]
) -> Float64[np.ndarray, " B"]:
    if keep is None:
        return score()
    names = hashlib.sha256("\n".join([what, *(f"{crop.file} {crop.sha256}" for crop in crops)]).encode())
    file = keep / f"{names.hexdigest()[:32]}.npy"
    if file.is_file():
        return np.load(file, allow_pickle=False)
    scores = score()
    stream = io.BytesIO()
    np.save(stream, scores, allow_pickle=False)
    write_bytes(file, stream.getvalue())
    return scores


def seen_clips(stores: Sequence[Store], card: ModelCard) -> dict[str, str]:
    """List the clips whose origin the model was trained or chosen on, with which of the two."""
    part: dict[str, str] = {}
    for source in card.trained_on:
        part |= dict.fromkeys(source.train_origins, "the model was trained on its origin")
        part |= dict.fromkeys(source.val_origins, "the model was validated on its origin")
    clips = [clip for store in stores for clip in store.clips()]
    return {clip.clip: part[clip.origin] for clip in clips if clip.origin in part}


def check_same_crops(store: Store, card: ModelCard) -> None:
    """Check that a store's crops are the model's.

    Raises:
        CropMismatch: they are not.
    """
    settings = store.settings
    of_store = (settings.crop.size, settings.crop.margin, settings.finder.name, settings.finder.side)
    of_model = (card.crop_size, card.crop_margin, card.finder, card.finder_side)
    if of_store != of_model:
        raise CropMismatch(
            expected=f"the model's crops: {of_model[0]} px, margin {of_model[1]}, {of_model[2]} at {of_model[3]} px",
            got=f"{of_store[0]} px, margin {of_store[1]}, {of_store[2]} at {of_store[3]} px in {store.path}",
            fix=f"Prepare a store with --crop.size {of_model[0]} --crop.margin {of_model[1]} "
            f"--finder.side {of_model[3]}.",
        )


def portraits(
    selection: ClipSelection, file: ScoreFile, clips: Iterable[str], *, lowest: bool
) -> Mapping[str, UInt8[np.ndarray, "S S 3"]]:
    """Read of each clip the crop of the highest fakeness, or of the lowest; a clip with a damaged one has none."""
    names, moments = set(clips), {}
    rows = np.flatnonzero(np.isin(file.table.clip.astype(str), list(names)))
    sign = 1 if lowest else -1
    for row in rows[np.argsort(sign * file.table.fakeness[rows], kind="stable")]:
        moments.setdefault(file.table.clip[row], (file.table.track[row], file.table.frame[row]))
    pictures = {}
    for store, record in selection.records:
        moment = moments.get(record.clip.clip)
        for crop in record.crops if moment is not None else ():
            if crop.subject and (crop.track, crop.frame) == moment:
                for batch in score_batches(store, [crop], 1):
                    pictures |= {scored.clip: rgb for scored, rgb in zip(batch.crops, batch.pictures, strict=True)}
    return pictures
