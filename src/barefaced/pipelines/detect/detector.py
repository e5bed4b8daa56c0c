"""`Detector`: files in, reports out. Decoding, finding faces and judging overlap; the faces of files read together are
scored together.
"""

import contextlib
import copy
import dataclasses
import os
import tempfile
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import torch
from torch import nn

from barefaced.config.media import CropSettings, DetectSettings, FinderSettings, PrepareSettings
from barefaced.config.options import Count, check_value
from barefaced.errors import BadConfig, InputError
from barefaced.faces.sandbox.reading import Reader, ReadLimits, read_many
from barefaced.model.card import card_of
from barefaced.model.checkpoint import load as load_checkpoint
from barefaced.model.checkpoint import load_domains
from barefaced.model.feature_domains import Domains
from barefaced.model.student import Student
from barefaced.pipelines.detect.evidence import explained
from barefaced.pipelines.detect.heat_map import layer_of
from barefaced.pipelines.detect.inference import Judge, shown
from barefaced.pipelines.detect.sources_in_memory import Source, list_sources, write_source
from barefaced.reports.detection.report import Report
from barefaced.runtime.model_packages import SHIPPED, weights_file
from barefaced.runtime.text import suggest_names
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

    Threads may share a detector: calls that run at the same time have decoding processes of their own. So has a process
    that was forked after `load`.
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
        self._idle = [reader]
        self._lock, self._process = threading.Lock(), os.getpid()
        self._finalizer = weakref.finalize(self, _close, self._idle)

    def __repr__(self) -> str:
        card = self.card
        device = next(self._student.parameters()).device
        size = f"{card.backbone} at {card.input_size} px"
        return f"<Detector {card.name}: {size} on {device}, sha256 {card.sha256[:12]}, {self._path}>"

    def detect(self, source: Source, settings: DetectSettings = AS_TRAINED, **fields: Any) -> Report:
        """Return the answer for one video or picture.

        A file that cannot be read, or that shows no face, is an answer too: `not_assessable` with its reason and no
        number.

        Args:
            source: a path, bytes, an open binary file, a Pillow picture, or an array [H W 3] of RGB uint8. Give the
                file itself where there is one: its compression and metadata are looked at too.
            settings: how it is looked at and judged.
            fields: of `DetectSettings`, by name, in place of those of `settings`: `frames=8`.

        Raises:
            InputError: a source of another kind.
            BadConfig: no such setting, or one that cannot be.
        """
        [report] = self.detect_many(iter([source]), settings, 1, **fields)
        return report

    def detect_many(
        self,
        sources: Source | Iterable[Source],
        settings: DetectSettings = AS_TRAINED,
        workers: int = 0,
        **fields: Any,
    ) -> Iterator[Report]:
        """Return an answer for each source, in the order in which they are done.

        Args:
            sources: a list or a generator of what `detect` takes. What is no path is called `array 0`, `bytes 1` and so
                on in the reports, by its place.
            settings: how they are looked at and judged.
            workers: processes that decode and find faces; 0: half the cores, the rest score.
            fields: of `DetectSettings`, by name, in place of those of `settings`.

        Raises:
            InputError: a source of another kind.
            BadConfig: no such setting, or one that cannot be.
        """
        check_value("workers", Count, workers := fields.pop("jobs", workers))
        settings = with_fields(settings, fields)
        return self._reports(list_sources(sources), settings, workers)

    def _reports(self, sources: Iterable[Any], settings: DetectSettings, workers: int) -> Iterator[Report]:
        cores = os.cpu_count() or 1
        most = len(sources) if isinstance(sources, Sized) else workers or cores
        workers = min(workers or max(1, cores // 2), max(1, most))
        judge = Judge(self.card, self.domains, settings, self._path)
        keep = KEPT_SIDE if settings.evidence else 0
        threads = 1 if self._on_gpu else max(1, cores - workers)
        names: dict[Path, str] = {}
        with (
            tempfile.TemporaryDirectory() as folder,
            self._borrowed(prepare_settings(self.card, settings), workers) as readers,
            contextlib.closing(
                read_many(readers, _paths(sources, Path(folder), names), keep, AHEAD * workers)
            ) as batches,
            ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool,
        ):
            for ready in batches:
                written = {shown(path): path for path, _ in ready if path in names}
                for report in self.judged(ready, judge, pool):
                    path = written.get(report.path)
                    yield report if path is None else _renamed(report, names[path])
                for path in written.values():
                    path.unlink(missing_ok=True)

    def close(self) -> None:
        """End the decoding processes that are at nothing. A later `detect` starts new ones."""
        with self._ours():
            _close(self._idle)

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

    def _ours(self) -> threading.Lock:
        """The lock of this process: after a fork, one that no thread of the other process holds."""
        if self._process != os.getpid():
            self._lock, self._process = threading.Lock(), os.getpid()
        return self._lock

    @contextlib.contextmanager
    def _borrowed(self, made: PrepareSettings, count: int) -> Iterator[list[Reader]]:
        """Readers that nobody else reads with meanwhile, started; idle ones of other settings are ended."""
        with self._ours():
            _close([reader for reader in self._idle if reader.settings != made])
            fit = [reader for reader in self._idle if reader.settings == made]
            readers, self._idle[:] = fit[:count], fit[count:]
        readers += [Reader(made, self._limits) for _ in range(count - len(readers))]
        try:
            for reader in readers:
                reader.start()
            yield readers
        finally:
            with self._ours():
                self._idle += readers


def load(
    model: str | Path = SHIPPED, limits: ReadLimits = DEFAULT_LIMITS, *, device: str | torch.device | None = None
) -> Detector:
    """Return a detector from a weights file.

    Args:
        model: a weights file; the one that comes with the package where none is named.
        limits: what one file may cost.
        device: `cpu`, `cuda`, `cuda:1` and so on; where none is named, the GPU where there is one.

    Raises:
        BadConfig: no such device, or a model that is no path.
        MissingWeights: no such file.
        UntrustedWeights, CheckpointError: not a file that `barefaced train` wrote.
    """
    if not isinstance(model, str | os.PathLike):
        raise BadConfig(
            expected="a weights file's path", got=repr(model), fix=f"`{SHIPPED}` is the one that comes along."
        )
    place, path = _device(device), weights_file(model)
    # The first decoding process loads its libraries while the weights are read.
    made = prepare_settings(card_of(path), AS_TRAINED)
    with contextlib.ExitStack() as failed:
        reader = Reader(made, limits)
        failed.callback(reader.close)
        reader.start()
        student, card = load_checkpoint(path)
        student.to(place)
        detector = Detector(student, card, load_domains(path), Path(model), limits, reader)
        failed.pop_all()
    return detector


def _device(name: str | torch.device | None) -> torch.device:
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    try:
        device = torch.device(name or ("cuda" if count else "cpu"))
    except (RuntimeError, TypeError) as e:
        raise BadConfig(expected="a device: cpu, cuda or cuda:N", got=repr(name), fix="Leave it out.") from e
    if device.type == "cuda" and (device.index or 0) >= count:
        raise BadConfig(expected=f"one of {count} GPUs that torch can use", got=str(device), fix="Give device='cpu'.")
    return device


def with_fields(settings: Any, fields: Mapping[str, Any]) -> DetectSettings:
    """Return the settings with some fields replaced.

    Raises:
        BadConfig: no such setting, or one that cannot be.
    """
    if not isinstance(settings, DetectSettings):
        raise BadConfig(expected="a DetectSettings", got=repr(settings), fix="Give single settings by name: frames=8.")
    known = [field.name for field in dataclasses.fields(DetectSettings)]
    for name in fields:
        if name not in known:
            fix = suggest_names(name, known, f"There are {', '.join(known)}.")
            raise BadConfig(expected="a setting of detection", got=name, fix=fix)
    return dataclasses.replace(settings, **fields)


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


def _paths(sources: Iterable[Any], folder: Path, names: dict[Path, str]) -> Iterator[Path]:
    """Each source's path; of those that had to be written, `names` gets what they are called."""
    for number, source in enumerate(sources):
        path, name = write_source(source, number, folder)
        if name:
            names[path] = name
        yield path


def _renamed(report: Report, name: str) -> Report:
    return dataclasses.replace(report, path=name, detail=report.detail.replace(report.path, name))
