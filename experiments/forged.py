"""What the experiments on forged stores share: crops decoded once, groups of them as batches, a short training, scores.

N crops, G groups in a batch, K pictures in a group (0 is real), S side in pixels. Pictures are RGB uint8.
A training has no validation and no state: the last step's student is what is measured.
"""

import dataclasses
import hashlib
import math
import os
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Int, UInt8
from torch import nn

from barefaced.config.pictures import PixelSettings
from barefaced.config.training import OptimSettings
from barefaced.datasets.data_loader import owners
from barefaced.datasets.groups import GroupSet
from barefaced.datasets.store import PREPARED, Store
from barefaced.datasets.transforms import augment
from barefaced.metrics.bootstrap.confidence_interval import bootstrap, interval
from barefaced.metrics.ranking import auc
from barefaced.metrics.score_columns import factorize
from barefaced.metrics.score_rows import by_video, score_table
from barefaced.model.losses import check_finite
from barefaced.model.lsda import LSDA
from barefaced.model.student import Student
from barefaced.values.dataset import REAL, Clip, StoredCrop
from barefaced.values.scores import ScoreTable, VideoScores
from barefaced.values.tensors import GroupBatch

BATCH = 64
"""Crops scored at once."""


@dataclass(frozen=True)
class Pictures:
    """Crops of stores, decoded into one memory-mapped file."""

    pixels: UInt8[np.ndarray, "N S S 3"]
    crops: tuple[StoredCrop, ...]
    clips: dict[str, Clip]
    margin: float
    """Of the crops: their side over that of the ArcFace template."""
    digest: str
    """sha256 over the crops' checksums, in order."""

    def of(self, clips: Iterable[str]) -> Int[np.ndarray, " M"]:
        """The rows of these clips."""
        wanted = set(clips)
        return np.array([row for row, crop in enumerate(self.crops) if crop.clip in wanted], np.int64)


def open_pictures(stores: Sequence[Path], cache: Path, moments: int = 0, most: int = 0) -> Pictures:
    """The subjects' crops of stores made alike.

    Args:
        stores: folders.
        cache: where the decoded pictures are kept, under their digest.
        moments: at most so many crops of a clip, evenly spaced; 0: all.
        most: whole origins, in an order that is always the same, until there are so many crops; 0: all.

    Raises:
        StoreDamaged, DataError: as `Store.open`, `Store.load` and `loading.owners`.
    """
    opened = [Store.open(path) for path in stores]
    owner = owners(opened)
    chosen: dict[str, list[StoredCrop]] = defaultdict(list)
    for record in (record for store in opened for record in store.records()):
        if record.outcome == PREPARED:
            subject = [crop for crop in record.crops if crop.subject]
            chosen[record.clip.origin or record.clip.clip] += _spaced(subject, moments)
    # By hash: an order that neither names nor numbers have a part in.
    origins = sorted(chosen, key=lambda origin: hashlib.sha256(origin.encode()).digest())
    crops: list[StoredCrop] = []
    for origin in origins:
        if most and len(crops) >= most:
            break
        crops += chosen[origin]
    digest = hashlib.sha256("\n".join(crop.sha256 for crop in crops).encode()).hexdigest()
    file = cache / f"{digest[:16]}.npy"
    if not file.is_file():
        _decode(file, crops, owner, opened[0].settings.crop.size)
    return Pictures(
        pixels=np.load(file, mmap_mode="r"),
        crops=tuple(crops),
        clips={clip.clip: clip for store in opened for clip in store.clips()},
        margin=opened[0].settings.crop.margin,
        digest=digest,
    )


def _spaced(crops: Sequence[StoredCrop], moments: int) -> list[StoredCrop]:
    if not moments or len(crops) <= moments:
        return list(crops)
    return [crops[at] for at in np.linspace(0, len(crops) - 1, moments).round().astype(int)]


def _decode(file: Path, crops: Sequence[StoredCrop], owner: dict[str, Store], side: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        pixels = np.lib.format.open_memmap(part, "w+", np.uint8, (len(crops), side, side, 3))
        for row, crop in enumerate(crops):
            pixels[row] = owner[crop.clip].load(crop)
        pixels.flush()
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def batches(
    groups: GroupSet, pictures: Pictures, pixels: PixelSettings, *, size: int, steps: int, seed: int
) -> Iterator[GroupBatch]:
    """`steps` batches of `size` groups: every group once before any comes again. Order and draws are the seed's."""
    at = {crop.file: row for row, crop in enumerate(pictures.crops)}
    rows = np.array([[at[crop.file] if crop else -1 for crop in group.crops] for group in groups.groups])
    rng = np.random.default_rng((seed, 2))
    order = np.concatenate([rng.permutation(len(rows)) for _ in range(math.ceil(steps * size / len(rows)))])
    for step in range(steps):
        drawn = np.random.default_rng((seed, 3, step))
        chosen = rows[order[step * size : (step + 1) * size]]
        images = np.zeros((*chosen.shape, *pictures.pixels.shape[1:]), np.uint8)
        for group, places in zip(images, chosen, strict=True):
            group[places >= 0] = augment(pictures.pixels[places[places >= 0]], pixels, drawn)
        yield GroupBatch(torch.from_numpy(images).movedim(-1, 2), torch.from_numpy(chosen >= 0), groups.methods)


def optimizer_of(network: nn.Module, settings: OptimSettings) -> torch.optim.Optimizer:
    """Adam as training has it, but in one pass over the parameters (fused): the sums are the same."""
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    return torch.optim.Adam(parameters, settings.lr, weight_decay=settings.weight_decay, fused=True)


@dataclass(frozen=True)
class Trained:
    """What a training came to."""

    terms: dict[str, float]
    """Mean of each loss term over the last tenth."""
    seconds: float
    cpu_seconds: float
    images_per_second: float


def learn(model: LSDA, stream: Iterable[GroupBatch], settings: OptimSettings, steps: int, seed: int) -> Trained:
    """Train `model` on the batches, the rate falling by a half cosine to zero.

    Raises:
        NonFiniteLoss: a loss term is not a number.
    """
    model.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  torch's stubs lack this overload
    optimizer = optimizer_of(model, settings)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    values: dict[str, list[float]] = defaultdict(list)
    images, begin, cpu = 0, time.perf_counter(), time.process_time()
    model.train()
    for step, batch in enumerate(stream):
        torch.manual_seed(seed * 1_000_003 + step)  # of the network's own draws
        terms = model(batch, model.draw(batch, torch.Generator().manual_seed(seed * 1_000_003 + step)))
        check_finite(terms, step)
        optimizer.zero_grad()
        terms.total(model.weights).backward()
        optimizer.step()
        schedule.step()
        images += int(batch.present.sum())
        for name, value in terms.terms.items():
            values[name].append(float(value.detach()))
    seconds = time.perf_counter() - begin
    tail = {name: float(np.mean(some[-max(steps // 10, 1) :])) for name, some in values.items()}
    return Trained(tail, seconds, time.process_time() - cpu, images / seconds)


def scored(student: Student, pictures: Pictures, rows: Int[np.ndarray, " M"]) -> ScoreTable:
    """A row for each of these crops."""
    parts = [student.score(pictures.pixels[rows[at : at + BATCH]], BATCH) for at in range(0, len(rows), BATCH)]
    fakeness = np.concatenate([np.zeros(0, np.float32), *parts]).astype(np.float64)
    return score_table(pictures.clips.values(), [pictures.crops[row] for row in rows], fakeness)


Numbers = list[float | None]
"""A value and its 95 % bounds; None where it is undefined."""


def aucs(table: ScoreTable, draws: int) -> dict[str, Numbers]:
    """AUC by frame and by video with intervals by a bootstrap over origins."""
    return {"frame": clustered_auc(table, draws), "video": clustered_auc(by_video(table), draws)}


def clustered_auc(rows: ScoreTable | VideoScores, draws: int) -> Numbers:
    """AUC of rows, with the bounds of a bootstrap over their origins."""
    origin = factorize(np.where(rows.origin == "", rows.clip, rows.origin))[0]
    drawn = bootstrap(rows.label, rows.fakeness, origin, np.random.default_rng(0), draws)[:, 0]
    found = interval(auc(rows.label, rows.fakeness), drawn)
    return [value if math.isfinite(value) else None for value in (found.value, found.low, found.high)]


def by_method(table: ScoreTable, draws: int) -> dict[str, dict[str, dict[str, Numbers]]]:
    """`all` forgeries and each method of them: against `every` real, and against their `own` originals only."""
    fake = table.method != REAL
    found = {}
    for name in ("all", *np.unique(table.method[fake].astype(str))):
        some = fake if name == "all" else table.method == name
        own = ~fake & np.isin(table.origin.astype(str), table.origin[some].astype(str))
        found[name] = {
            against: aucs(subset(table, some | reals), draws) for against, reals in (("every", ~fake), ("own", own))
        }
    return found


def subset(table: ScoreTable, keep: Bool[np.ndarray, " N"]) -> ScoreTable:
    """The rows in `keep`."""
    return ScoreTable(**{field.name: getattr(table, field.name)[keep] for field in dataclasses.fields(table)})
