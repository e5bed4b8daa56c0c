"""A `Report` as one HTML page for people who know nothing of detectors: the verdict in words, then what it stands on.

Everything shown is escaped text, a picture in the page, or a drawing of plain numbers (`templates/detection.html`).
"""

import base64
import math
from dataclasses import dataclass

from barefaced.reports.detection.answer import LABELS, NOTICE, REASONS, Answer, Explained
from barefaced.reports.page import render
from barefaced.reports.promises import found_elsewhere, percent, promise, share
from barefaced.values.scores import (
    Altered,
    Deletion,
    Evidence,
    Interval,
    MomentScore,
    Nearness,
    Segment,
    TrackScore,
    Verdict,
)

VERDICTS: tuple[Verdict, ...] = ("likely_real", "inconclusive", "likely_fake")
"""In the order of the scale."""
_NEVER_TOLD = {"", "und", "None"}
"""Tags that say nothing."""


@dataclass(frozen=True)
class Look:
    """One explained moment."""

    evidence: Evidence
    frame: str
    face: str
    heat: str
    meaning: str
    """What the deletion test says of the heat map, in plain words."""
    numbers: str
    """The same in numbers, for experts."""
    altered: str
    """Empty where the model has not learnt where faces are altered; so are the next two."""
    altered_meaning: str
    altered_numbers: str


@dataclass(frozen=True)
class Person:
    """One person, as the page shows them."""

    track: TrackScore
    name: str
    decides: bool
    line: tuple[tuple[float, float], ...]
    """Moments in the plot: x and y from 0 to 100, y downwards."""
    segments: tuple[Segment, ...]
    strip: tuple[tuple[str, str, bool], ...]
    """Picture, caption, whether over the threshold of a moment."""
    looks: tuple[Look, ...]
    nearest: tuple[Nearness, ...]


def page(report: Answer) -> str:
    """Write the whole page."""
    end = max((moment.seconds for track in report.tracks for moment in track.moments), default=0.0)
    if report.media is not None and math.isfinite(report.media.seconds):
        end = max(end, report.media.seconds)
    thresholds = report.model.measured.thresholds
    still = is_still(report)
    return render(
        "detection.html",
        report=report,
        headline=LABELS[report.verdict][0].upper() + LABELS[report.verdict][1:],
        sentence=sentence(report),
        elsewhere=found_elsewhere(report.model.found_elsewhere).replace(" %", "\u00a0%"),
        still=still,
        noun="picture" if still else "clip",
        name=report.path.replace("\\", "/").rsplit("/", 1)[-1],
        span=_interval(report.interval),
        end=end,
        clock=clock,
        thresholds=thresholds,
        people=tuple(_person(report, track, end, still=still) for track in _who_decides_first(report)),
        at=lambda seconds: _share(seconds, end),
        rates=_rates(report),
        promised=promise(thresholds),
        promised_short=promise(thresholds, counts=False) if thresholds.sources else "",
        share=share,
        sources=thresholds.sources,
        percent=percent,
        tags={
            name: value
            for name, value in (report.media.provenance.tags if report.media else {}).items()
            if value not in _NEVER_TOLD
        },
        notice=NOTICE,
    )


def is_still(report: Answer) -> bool:
    """Tell whether the file is one still picture, of which a page shows no time."""
    return report.media is not None and report.media.fps == 0 and report.frames_seen <= 1


def sentence(report: Answer) -> str:
    """Say what was found, in one or two sentences."""
    if report.fakeness is None:
        why = REASONS[report.reason]
        return f"No verdict: {why}. That is no sign of a forgery, and none of its absence."
    whose = "The face" if len(report.tracks) == 1 else "The most suspicious of the faces"
    if len(report.tracks) > 1 and report.settings.people == "longest":
        whose = "The face seen longest"
    number = f"{report.fakeness:.2f} on a scale from 0 (like real faces) to 1 (like forged ones)"
    thresholds = report.model.measured.thresholds
    real, fake = f"{thresholds.eer:.2f}", f"{thresholds.fpr_1:.2f}"
    meaning = {
        "likely_fake": f"From {fake} on the model calls a face likely forged.",
        "likely_real": f"Under {real} the model finds no sign of the forgeries that it knows.",
        "inconclusive": f"Between {real} and {fake} real and forged faces look alike to this model.",
    }
    return f"{whose} scores {number}. {meaning[report.verdict]}"


def clock(seconds: float) -> str:
    """Write minutes, seconds and tenths: 1:07.5."""
    tenths = round(max(0.0, seconds) * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


def _who_decides_first(report: Answer) -> list[TrackScore]:
    """Then who is seen most: a passer-by of one frame comes last."""
    return sorted(report.tracks, key=lambda track: (track.track != report.decided_by, -len(track.moments)))


def _person(report: Answer, track: TrackScore, end: float, *, still: bool) -> Person:
    pictures = report.pictures.explained or (None,) * len(report.evidence)
    over = report.model.moment.fpr_1
    return Person(
        track=track,
        name=f"Person {track.track + 1}",
        decides=track.track == report.decided_by,
        line=tuple(_point(moment, end) for moment in track.moments),
        segments=tuple(segment for segment in report.segments if segment.track == track.track),
        strip=tuple(
            (
                _address(face.jpeg),
                f"{face.fakeness:.2f}" if still else f"{clock(face.seconds)} · {face.fakeness:.2f}",
                face.fakeness >= over,
            )
            for face in report.pictures.strips.get(track.track, ())
        ),
        looks=tuple(
            _look(evidence, explained)
            for evidence, explained in zip(report.evidence, pictures, strict=True)
            if evidence.track == track.track and explained is not None
        ),
        nearest=track.nearest[:3],
    )


def _look(evidence: Evidence, explained: Explained) -> Look:
    altered = evidence.altered
    return Look(
        evidence=evidence,
        frame=_address(explained.frame),
        face=_address(explained.face),
        heat=_address(explained.heat),
        meaning=_meaning(evidence.deletion),
        numbers=_numbers(evidence.deletion),
        altered=_address(explained.altered) if altered is not None else "",
        altered_meaning=_altered_meaning(altered) if altered is not None else "",
        altered_numbers=_numbers(altered.deletion) if altered is not None else "",
    )


def _point(moment: MomentScore, end: float) -> tuple[float, float]:
    return _share(moment.seconds, end), 100 * (1 - moment.fakeness)


def _share(seconds: float, end: float) -> float:
    """Of the clip's length, in per cent; the middle of a picture."""
    return 100 * min(max(seconds / end, 0.0), 1.0) if end > 0 else 50.0


def _altered_meaning(altered: Altered) -> str:
    what = "altered" if altered.target == "region" else "the edge of something blended in"
    much = f"{altered.share:.0%} of this crop" if altered.share else "nothing here"
    words = f"The network was taught with masks where forgeries lie. It holds {much} for {what}"
    if altered.share_of_reals is not None:
        words += f"; of real validation faces, which are not, it holds {altered.share_of_reals:.0%} for it on average"
    return f"{words}. {_meaning(altered.deletion)}"


def _meaning(test: Deletion) -> str:
    if not test.share:
        return "Nothing in this face speaks for a forgery, so there is no map."
    if test.matters:
        return "The map matters: it marks what the model relies on."
    return "The map does not matter more than other places: do not read anything into it."


def _numbers(test: Deletion) -> str:
    if not test.share:
        return "no heat map."
    return (
        f"blurring the hottest {test.share:.0%} of the face changes the model's logit difference by {-test.drop:+.2f}, "
        f"blurring as much elsewhere by {-test.elsewhere:+.2f} on average."
    )


def _rates(report: Answer) -> tuple[tuple[str, str, int, int], ...]:
    """For real and forged validation clips: the verdict of this report, how many got it, of how many."""
    return tuple(
        ("real" if kind == "real" else "forged", LABELS[verdict], count, sum(given.values()))
        for kind in ("real", "fake")
        if (given := report.model.measured.verdicts.get(kind))
        for verdict in VERDICTS
        for count in (given.get(verdict, 0),)
    )


def _interval(interval: Interval | None) -> str:
    if interval is None or not math.isfinite(interval.low):
        return ""
    return f"{interval.low:.2f} to {interval.high:.2f}"


def _address(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
