"""How likely each face of a video or picture is forged, over time."""

import json
import sys
from pathlib import Path

import numpy as np

from barefaced.config import CropSettings, FinderSettings, PrepareSettings
from barefaced.durable import sha256_of
from barefaced.errors import InputError
from barefaced.metrics.calibration import REALS_PER_FALSE_ALARM
from barefaced.metrics.verdicts import interval_over_moments, most_suspicious, segments_of, verdict
from barefaced.model.checkpoint import load as load_checkpoint
from barefaced.model.student import Student
from barefaced.progress import work
from barefaced.reports.detection import summary, to_json
from barefaced.types import FaceCrop, ModelCard, MomentScore, Report, TrackScore
from barefaced.vision.crops import crops
from barefaced.vision.detector import FINDERS, FaceFinder, load_finder

SHARE = 0.25
"""A face decides the verdict when it is seen at this share of the moments of the one seen most: a passer-by or a false
find of the face finder does not speak for the clip. Its own track and score are reported all the same."""
SMALL = 40
"""Frame pixels of the face under which the report warns."""


class Detector:
    """A student, its card and a face finder: made by `load`."""

    def __init__(self, student: Student, card: ModelCard, finder: FaceFinder) -> None:
        self.card = card
        self._student, self._finder = student, finder

    def detect(self, path: str | Path, frames: int = 0) -> Report:
        """The answer for one video or picture.

        A file that cannot be read, or that shows no face, is an answer too: `not_assessable` with its reason and no
        number.

        Args:
            frames: moments to look at, evenly spaced over the whole clip; 0: as many as the model was trained with.
        """
        path = Path(path)
        try:
            found = crops(path, _settings(self.card, frames), self._finder)
        except InputError as e:
            return Report(
                path=str(path),
                sha256=sha256_of(path) if path.is_file() else "",
                video=None,
                model=self.card.sha256,
                verdict="not_assessable",
                reason="decode_error",
                fakeness=None,
                interval=None,
                detail=str(e),
            )
        tracks = self._scored(found.crops)
        longest = max((len(track.moments) for track in tracks), default=0)
        deciding = most_suspicious(tuple(track for track in tracks if len(track.moments) >= SHARE * longest))
        fakeness = None if deciding is None else deciding.fakeness
        return Report(
            path=str(path),
            sha256=found.video.sha256,
            video=found.video,
            model=self.card.sha256,
            verdict=verdict(fakeness, self.card.thresholds),
            reason="no_face" if deciding is None else "",
            fakeness=fakeness,
            interval=None if deciding is None else interval_over_moments(deciding, np.random.default_rng(0)),
            tracks=tracks,
            segments=tuple(segment for track in tracks for segment in segments_of(track, self.card.thresholds)),
            frames_seen=found.frames_seen,
            frames_without_face=found.frames_without_face,
            warnings=(*found.warnings, *_small(found.crops, deciding), *_thin(self.card)),
        )

    def _scored(self, faces: tuple[FaceCrop, ...]) -> tuple[TrackScore, ...]:
        if not faces:
            return ()
        fakeness = self._student.score(np.stack([face.rgb for face in faces])).astype(float)
        tracks = []
        for track in sorted({face.track for face in faces}):
            moments = tuple(
                MomentScore(face.frame, face.seconds, float(score))
                for face, score in zip(faces, fakeness, strict=True)
                if face.track == track
            )
            mean = sum(moment.fakeness for moment in moments) / len(moments)
            tracks.append(TrackScore(track, moments[0].seconds, moments[-1].seconds, mean, moments))
        return tuple(tracks)


def load(model: str | Path) -> Detector:
    """A detector from a weights file.

    Raises:
        MissingWeights: no such file, or the face finder's package is not installed.
        UntrustedWeights, CheckpointError: not a file that `barefaced train` wrote.
    """
    student, card = load_checkpoint(Path(model))
    return Detector(student, card, load_finder(_settings(card, 0).finder))


def run(files: tuple[Path, ...], model: Path, frames: int, *, as_json: bool) -> int:
    """Answer for each file on standard output, one line each.

    Returns:
        0 where every file was assessed or shows no face; 2 where one could not be read.

    Raises:
        CheckpointError: the weights cannot be used.
    """
    detector = load(model)
    for warning in _thin(detector.card):
        print(f"warning: {warning}", file=sys.stderr)  # noqa: T201
    unread = 0
    with work("detect", len(files), "files") as progress:
        for path in files:
            report = detector.detect(path, frames)
            unread += report.reason == "decode_error"
            line = json.dumps(to_json(report), ensure_ascii=False) if as_json else summary(report)
            print(line, flush=True)  # noqa: T201
            progress.step(note=report.verdict)
    print(f"{len(files)} files, {unread} of them unreadable", file=sys.stderr)  # noqa: T201
    return InputError.exit_code if unread else 0


def _settings(card: ModelCard, frames: int) -> PrepareSettings:
    """The model's own crops: never a flag of detection."""
    return PrepareSettings(
        frames=frames or card.frames,
        crop=CropSettings(size=card.crop_size, margin=card.crop_margin),
        finder=FinderSettings(name="centerface", side=card.finder_side),
    )


def _small(faces: tuple[FaceCrop, ...], deciding: TrackScore | None) -> list[str]:
    sizes = [face.quality.face_pixels for face in faces if deciding is not None and face.track == deciding.track]
    if sizes and np.median(sizes) < SMALL:
        return [f"the face is {np.median(sizes):.0f} px wide in the picture: little to go by"]
    return []


def _thin(card: ModelCard) -> list[str]:
    """What takes from the worth of a verdict: thresholds that stand on few real clips, crops that others made."""
    told = []
    if card.thresholds.real_clips < REALS_PER_FALSE_ALARM:
        told.append(
            f"the model's thresholds were chosen on {card.thresholds.real_clips} real clips: "
            "the verdict is not to be relied on"
        )
    if card.finder not in FINDERS:
        told.append(f"the model learnt on faces found by {card.finder}, and is shown those that centerface finds")
    return told
