"""`Detector`: files in, reports out. Decoding, finding faces and judging overlap; the faces of files read together are
scored together.
"""

import contextlib
import copy
import os
import threading
import weakref
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import numpy as np
import torch
from torch import nn

from barefaced.config.media import CropSettings, DetectSettings, FinderSettings, PrepareSettings
from barefaced.errors import InputError
from barefaced.faces.sandbox.reading import Reader, ReadLimits, read_many
from barefaced.model.card import card_of
from barefaced.model.checkpoint import load as load_checkpoint
from barefaced.model.checkpoint import load_domains
from barefaced.model.feature_domains import Domains
from barefaced.model.student import Student
from barefaced.pipelines.detect.evidence import explained
from barefaced.pipelines.detect.heat_map import layer_of
from barefaced.pipelines.detect.inference import Judge
from barefaced.reports.detection.report import Report
from barefaced.runtime.model_packages import SHIPPED, weights_file
from barefaced.values.card import ModelCard
from barefaced.values.media import ReadClip

BATCH = 8
"""Crops at once on a processor, always filled up and on one thread: a crop's score is the same bit for bit whatever is
looked at beside it, and on however many cores. Larger batches are no faster there."""
KEPT_SIDE = 960
"""Longest side in pixels of the frames kept for the report's pictures."""
AS_TRAINED = DetectSettings()
DEFAULT_LIMITS = ReadLimits()
AHEAD = 4
"""Files read and not yet judged, for each reader."""


class Detector:
    """A student, its card, and processes that decode: made by `load`. Close it, or use it in a `with` block.

    One detector serves one thread at a time.
    """

    def __init__(
        self,
        student: Student,
        card: ModelCard,
        domains: Domains | None,
        path: Path,
        limits: ReadLimits,
        reader: Reader,
    ) -> None:
        self.card = card
        self.domains = domains
        self._student, self._path, self._limits = student, path, limits
        self._copies = threading.local()
        self._readers = [reader]
        self._made = reader.settings
        self._finalizer = weakref.finalize(self, _close, self._readers)

    def detect(self, path: str | Path, settings: DetectSettings = AS_TRAINED) -> Report:
        """The answer for one video or picture.

        A file that cannot be read, or that shows no face, is an answer too: `not_assessable` with its reason and no
        number.
        """
        [report] = self.detect_many([Path(path)], settings, jobs=1)
        return report

    def detect_many(
        self, paths: Sequence[Path], settings: DetectSettings = AS_TRAINED, jobs: int = 0
    ) -> Iterator[Report]:
        """An answer for each file, in the order in which they are done.

        Args:
            jobs: processes that decode and find faces; 0: half the cores, the rest score.
        """
        cores = os.cpu_count() or 1
        jobs = min(jobs or max(1, cores // 2), max(1, len(paths)))
        judge = Judge(self.card, self.domains, settings, self._path)
        readers = self._readers_for(prepare_settings(self.card, settings), jobs)
        keep = KEPT_SIDE if settings.evidence else 0
        threads = 1 if self._on_gpu else max(1, cores - jobs)
        with (
            contextlib.closing(read_many(readers, paths, keep, AHEAD * jobs)) as batches,
            ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool,
        ):
            for ready in batches:
                yield from self.judged(ready, judge, pool)

    def close(self) -> None:
        """End the decoding processes. A later `detect` starts new ones."""
        _close(self._readers)

    def __enter__(self) -> "Detector":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def _on_gpu(self) -> bool:
        return next(self._student.parameters()).is_cuda

    def judged(
        self, ready: Sequence[tuple[Path, ReadClip | InputError]], judge: Judge, pool: ThreadPoolExecutor
    ) -> Iterator[Report]:
        """Reports of files read: their crops scored together, then each explained by itself."""
        read = [(path, answer) for path, answer in ready if isinstance(answer, ReadClip)]
        for path, answer in ready:
            if isinstance(answer, InputError):
                yield judge.refused(path, answer)
        crops = [face.rgb for _, answer in read for face in answer.found.crops]
        batch = BATCH * 8 if self._on_gpu else BATCH
        parts = [np.stack(crops[start : start + batch]) for start in range(0, len(crops), batch)]
        looked = list(pool.map(lambda part: self._student.look(part, batch, whole=True), parts))
        fakeness = np.concatenate([np.zeros(0, np.float32), *(scores for scores, _ in looked)])
        none = np.zeros((0, self.card.channels), np.float32)
        features = np.concatenate([none, *(pooled for _, pooled in looked)])
        ends = np.cumsum([len(answer.found.crops) for _, answer in read])
        spans = [slice(end - len(answer.found.crops), end) for end, (_, answer) in zip(ends, read, strict=True)]

        def answered(n: int) -> Report:
            path, answer = read[n]
            report = judge.report(path, answer, fakeness[spans[n]], features[spans[n]])
            if not judge.settings.evidence:
                return report
            return explained(report, answer, *self._own_copy(), self.card)

        yield from pool.map(answered, range(len(read)))

    def _own_copy(self) -> tuple[Student, nn.Module]:
        """A student of this thread's own, and the layer to explain: an explanation hooks itself into the network."""
        if not hasattr(self._copies, "student"):
            self._copies.student = copy.deepcopy(self._student)
            self._copies.layer = layer_of(self._copies.student)
        return self._copies.student, self._copies.layer

    def _readers_for(self, made: PrepareSettings, jobs: int) -> list[Reader]:
        if made != self._made:
            self.close()
            self._readers.clear()
            self._made = made
        while len(self._readers) < jobs:
            self._readers.append(Reader(made, self._limits))
        for reader in self._readers[:jobs]:
            reader.start()
        return self._readers[:jobs]


def load(model: str | Path = SHIPPED, limits: ReadLimits = DEFAULT_LIMITS) -> Detector:
    """A detector from a weights file; on the GPU where there is one.

    Args:
        model: a weights file; the one that comes with the package where none is named.
        limits: what one file may cost.

    Raises:
        MissingWeights: no such file.
        UntrustedWeights, CheckpointError: not a file that `barefaced train` wrote.
    """
    path = weights_file(model)
    # The first decoding process loads its libraries while the weights are read.
    made = prepare_settings(card_of(path), AS_TRAINED)
    with contextlib.ExitStack() as failed:
        reader = Reader(made, limits)
        failed.callback(reader.close)
        reader.start()
        student, card = load_checkpoint(path)
        student.to(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
        detector = Detector(student, card, load_domains(path), Path(model), limits, reader)
        failed.pop_all()
    return detector


def prepare_settings(card: ModelCard, settings: DetectSettings) -> PrepareSettings:
    """The model's own crops: never a setting of detection."""
    return PrepareSettings(
        frames=settings.frames or card.frames,
        crop=CropSettings(size=card.crop_size, margin=card.crop_margin),
        finder=FinderSettings(name="centerface", side=card.finder_side),
    )


def _close(readers: list[Reader]) -> None:
    for reader in readers:
        reader.close()
