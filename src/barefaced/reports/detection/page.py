"""A `Report` as one HTML page for people who know nothing of detectors: the verdict in words, then what it stands on.

Everything shown is escaped text, a picture in the page, or a drawing of plain numbers (`templates/detection.html`).
"""

import base64
import math
from dataclasses import dataclass

from barefaced.reports.detection.report import NOTICE, REASONS, Report
from barefaced.reports.page import render
from barefaced.reports.promises import percent, promise
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

HEADLINES: dict[Verdict, str] = {
    "likely_fake": "Likely forged",
    "likely_real": "Probably not forged",
    "inconclusive": "Cannot tell",
    "not_assessable": "Could not be assessed",
}

_NEVER_TOLD = {"", "und", "None"}
"""Tags that say nothing."""


@dataclass(frozen=True)
class Look:
    """One explained moment."""

    evidence: Evidence
    frame: str
    face: str
    heat: str
    told: str
    """What the deletion test says of the heat map, in words."""
    altered: str
    """Empty where the model has not learnt where faces are altered; so is what is told of it."""
    told_altered: str


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


def page(report: Report) -> str:
    """The whole page."""
    end = max((moment.seconds for track in report.tracks for moment in track.moments), default=0.0)
    if report.media is not None and math.isfinite(report.media.seconds):
        end = max(end, report.media.seconds)
    thresholds = report.model.measured.thresholds
    return render(
        "detection.html",
        report=report,
        headline=HEADLINES[report.verdict],
        sentence=sentence(report),
        name=report.path.replace("\\", "/").rsplit("/", 1)[-1],
        span=_interval(report.interval),
        end=end,
        clock=clock,
        thresholds=thresholds,
        people=tuple(_person(report, track, end) for track in _who_decides_first(report)),
        at=lambda seconds: _share(seconds, end),
        rates=_rates(report),
        promised=promise(thresholds),
        sources=thresholds.sources,
        percent=percent,
        tags={
            name: value
            for name, value in (report.media.provenance.tags if report.media else {}).items()
            if value not in _NEVER_TOLD
        },
        notice=NOTICE,
    )


def sentence(report: Report) -> str:
    """What was found, in one or two sentences."""
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
        "inconclusive": f"Between {real} and {fake} real and forged clips look alike to this model.",
    }
    return f"{whose} scores {number}. {meaning[report.verdict]}"


def clock(seconds: float) -> str:
    """Minutes, seconds and tenths: 1:07.5."""
    tenths = round(max(0.0, seconds) * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


def _who_decides_first(report: Report) -> list[TrackScore]:
    """Then who is seen most: a passer-by of one moment comes last."""
    return sorted(report.tracks, key=lambda track: (track.track != report.decided_by, -len(track.moments)))


def _person(report: Report, track: TrackScore, end: float) -> Person:
    pictures = report.pictures.explained or (None,) * len(report.evidence)
    looks = tuple(
        Look(
            one,
            _address(shown.frame),
            _address(shown.face),
            _address(shown.heat),
            _told(one.deletion),
            _address(shown.altered) if one.altered is not None else "",
            _told_altered(one.altered) if one.altered is not None else "",
        )
        for one, shown in zip(report.evidence, pictures, strict=True)
        if one.track == track.track and shown is not None
    )
    over = report.model.moment.fpr_1
    return Person(
        track=track,
        name=f"Person {track.track + 1}",
        decides=track.track == report.decided_by,
        line=tuple(_point(moment, end) for moment in track.moments),
        segments=tuple(one for one in report.segments if one.track == track.track),
        strip=tuple(
            (_address(face.jpeg), f"{clock(face.seconds)} · {face.fakeness:.2f}", face.fakeness >= over)
            for face in report.pictures.strips.get(track.track, ())
        ),
        looks=looks,
        nearest=track.nearest[:3],
    )


def _point(moment: MomentScore, end: float) -> tuple[float, float]:
    return _share(moment.seconds, end), 100 * (1 - moment.fakeness)


def _share(seconds: float, end: float) -> float:
    """Of the clip's length, in per cent; the middle of a picture."""
    return 100 * min(max(seconds / end, 0.0), 1.0) if end > 0 else 50.0


def _told_altered(one: Altered) -> str:
    what = "altered" if one.target == "region" else "the edge of something blended in"
    much = f"{one.share:.0%} of this crop" if one.share else "nothing here"
    words = f"The network was taught with masks where forgeries lie. It holds {much} for {what}"
    if one.share_of_reals is not None:
        words += f"; of real validation faces, which are not, it holds {one.share_of_reals:.0%} for it on average"
    return f"{words}. {_told(one.deletion)}"


def _told(test: Deletion) -> str:
    if not test.share:
        return "Nothing in this face speaks for a forgery, so there is no map."
    words = (
        f"Blurring the hottest {test.share:.0%} of the face changes the model's opinion by {-test.drop:+.2f} "
        f"(logits); blurring as much elsewhere by {-test.elsewhere:+.2f} on average."
    )
    if test.matters:
        return words + " The map matters: it marks what the model relies on."
    return words + " The map does not matter more than other places: do not read anything into it."


def _rates(report: Report) -> tuple[tuple[str, str, int, int], ...]:
    """For real and forged validation clips: the verdict of this report, how many got it, of how many."""
    return tuple(
        ("real" if kind == "real" else "forged", verdict.replace("_", " "), count, sum(given.values()))
        for kind in ("real", "fake")
        if (given := report.model.measured.verdicts.get(kind))
        for verdict in ("likely_real", "inconclusive", "likely_fake")
        for count in (given.get(verdict, 0),)
    )


def _interval(interval: Interval | None) -> str:
    if interval is None or not math.isfinite(interval.low):
        return ""
    return f"{interval.low:.2f} to {interval.high:.2f}"


def _address(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
