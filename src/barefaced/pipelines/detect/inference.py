"""One clip's faces, scores and features into a report."""

import dataclasses
import importlib.metadata
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from barefaced.config.media import DetectSettings, MomentAggregation
from barefaced.errors import BarefacedError
from barefaced.metrics.aggregation import MOMENTS, find_decider, interval_over_moments
from barefaced.metrics.thresholds import choice_of
from barefaced.metrics.verdict import segments_of, verdict
from barefaced.model.card import digest
from barefaced.model.feature_domains import Domains
from barefaced.pipelines.detect.caveats import of_file, of_model
from barefaced.reports.detection.answer import REASONS, Media, ModelFacts, Source
from barefaced.reports.detection.report import Report
from barefaced.runtime.files import sha256_of
from barefaced.values.card import ModelCard
from barefaced.values.media import ClipCrops, FaceCrop, ReadClip
from barefaced.values.scores import MomentScore, Nearness, Reason, TrackScore


@dataclass(frozen=True)
class Judge:
    """What every report of one model and one set of settings shares."""

    card: ModelCard
    domains: Domains | None
    settings: DetectSettings
    path: Path
    """Of the weights file."""

    @property
    def aggregation(self) -> MomentAggregation:
        """The way moments are summed up: the setting, or the one that the card chose."""
        chosen = self.settings.aggregation
        if chosen != "model":
            return chosen
        named: list[MomentAggregation] = [name for name in MOMENTS if name == self.card.profile.aggregation]
        return named[0] if named else "mean"

    def facts(self, moments: int) -> ModelFacts:
        """What of the card stands in the report of a person seen at so many moments; 0: of nobody."""
        card = self.card
        return ModelFacts(
            path=shown(self.path),
            name=card.name,
            version=card.version,
            sha256=card.sha256,
            card_sha256=digest(card),
            trained_on=tuple(
                Source(seen.dataset, seen.methods, seen.clips, len(seen.train_origins)) for seen in card.trained_on
            ),
            aggregation=self.aggregation,
            measured=choice_of(card, self.aggregation, moments),
            # A card without a threshold for moments lends that of clips: better than none, and of no clips.
            moment=card.profile.moment
            if card.profile.moment.chosen_on
            else dataclasses.replace(card.thresholds, real_clips=0, fake_clips=0, sources=()),
            jump=card.profile.jump,
            domains=card.domains,
            licence=card.licence,
            found_elsewhere=card.found_elsewhere,
        )

    def refused(self, path: Path, error: BarefacedError) -> Report:
        """The answer to a file that cannot be read."""
        facts = self.facts(0)
        return self._report(
            path,
            facts,
            sha256=_digest(path),
            reason="decode_error",
            detail=str(error),
            warnings=tuple(of_model(self.card, facts.measured.thresholds)),
        )

    def report(
        self, path: Path, read: ReadClip, fakeness: Float32[np.ndarray, " N"], features: Float32[np.ndarray, "N C"]
    ) -> Report:
        """The answer, without its evidence.

        Args:
            read: N crops.
            fakeness: of each crop.
            features: of each crop, pooled.
        """
        found = read.found
        tracks = self._tracks(found.crops, fakeness, features)
        decider = find_decider(tracks, self.settings.people)
        faces = [] if decider is None else [face for face in found.crops if face.track == decider.track]
        reason, detail = self._unfit(found, faces)
        facts = self.facts(len(faces))
        judged = decider is not None and not reason
        return self._report(
            path,
            facts,
            sha256=found.video.sha256,
            reason=reason,
            detail=detail,
            fakeness=decider.fakeness if decider is not None and judged else None,
            interval=interval_over_moments(decider, self.aggregation, np.random.default_rng(0))
            if decider is not None and judged
            else None,
            decided_by=decider.track if decider is not None and judged else None,
            tracks=tracks,
            segments=tuple(one for track in tracks for one in segments_of(track, facts.moment.fpr_1, facts.jump)),
            frames_seen=found.frames_seen,
            frames_without_face=found.frames_without_face,
            warnings=(
                *found.warnings,
                *of_file(self.card, found.video, read.provenance, decider, faces),
                *self._unchosen(),
                *of_model(self.card, facts.measured.thresholds),
            ),
            media=Media(
                codec=found.video.codec,
                fps=found.video.fps,
                frames=found.video.frames,
                seconds=found.video.seconds,
                height=found.video.height,
                width=found.video.width,
                provenance=read.provenance,
            ),
        )

    def _report(
        self, path: Path, facts: ModelFacts, *, sha256: str, reason: Reason, detail: str, **found: object
    ) -> Report:
        empty: dict[str, object] = {
            "fakeness": None,
            "interval": None,
            "decided_by": None,
            "tracks": (),
            "segments": (),
            "frames_seen": 0,
            "frames_without_face": 0,
            "evidence": (),
            "media": None,
        }
        fakeness = found.get("fakeness")
        assert fakeness is None or isinstance(fakeness, float)
        return Report(
            path=shown(path),
            sha256=sha256,
            verdict=verdict(fakeness, facts.measured.thresholds),
            reason=reason,
            detail=detail,
            model=facts,
            settings=self.settings,
            tool=importlib.metadata.version("barefaced"),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            **{**empty, **found},  # type: ignore[arg-type]
        )

    def _tracks(
        self,
        faces: Sequence[FaceCrop],
        fakeness: Float32[np.ndarray, " N"],
        features: Float32[np.ndarray, "N C"],
    ) -> tuple[TrackScore, ...]:
        numbers = np.array([face.track for face in faces], np.int64)
        tracks = []
        for track in np.unique(numbers).tolist():
            at = np.flatnonzero(numbers == track).tolist()
            moments = tuple(MomentScore(faces[n].frame, faces[n].seconds, float(fakeness[n])) for n in at)
            tracks.append(
                TrackScore(
                    track=track,
                    start=moments[0].seconds,
                    end=moments[-1].seconds,
                    fakeness=MOMENTS[self.aggregation](np.array([moment.fakeness for moment in moments])),
                    moments=moments,
                    nearest=self._nearest(features[at]),
                )
            )
        return tuple(tracks)

    def _nearest(self, features: Float32[np.ndarray, "T C"]) -> tuple[Nearness, ...]:
        if self.domains is None:
            return ()
        away = self.domains.distances(features).mean(axis=0) / max(self.domains.card.usual, 1e-9)
        named = [Nearness(name, float(one)) for name, one in zip(self.domains.card.names, away, strict=True)]
        return tuple(sorted(named, key=lambda one: one.distance))

    def _unfit(self, found: ClipCrops, faces: Sequence[FaceCrop]) -> tuple[Reason, str]:
        """Why the person who would decide cannot be judged; empty where nothing stands against it."""
        settings = self.settings
        if not faces:
            return "no_face", f"{REASONS['no_face']}; frames looked at: {found.frames_seen}"
        side = float(np.median([face.quality.face_pixels for face in faces]))
        if side < settings.least_face:
            return "face_too_small", f"the face is {side:.0f} px wide, the least is {settings.least_face:g}"
        sharpness = float(np.median([face.quality.sharpness for face in faces]))
        if sharpness < settings.least_sharpness:
            return "too_blurry", f"the face's sharpness is {sharpness:.1f}, the least is {settings.least_sharpness:g}"
        if found.video.fps > 0 and len(faces) < min(settings.least_moments, found.frames_seen):
            return "too_few_frames", f"the face is seen in {len(faces)} of {found.frames_seen} frames"
        return "", ""

    def _unchosen(self) -> list[str]:
        if self.aggregation == "mean" or self.aggregation in self.card.profile.choices:
            return []
        return [f"the model has no thresholds for {self.aggregation}: those of the mean were used"]


def shown(path: Path) -> str:
    """A path as text: bytes that are no UTF-8 become \\xNN."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _digest(path: Path) -> str:
    try:
        return sha256_of(path) if path.is_file() else ""
    except (OSError, ValueError):
        return ""
