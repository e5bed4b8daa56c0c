"""Many moments into one fakeness for a person, many people into one for a clip; and how well each way did.

Alphabet: T moments of one person, N rows of a table, C clips. Fakeness lies in [0, 1].

Moments: `mean` is the field's protocol and what `scores.parquet` is read by. `median` forgives a few odd moments.
`top_quarter`, the mean of the highest quarter, and `max` notice a forgery that lasts for a part of the clip, and pay
for it with false alarms, which their own thresholds take back. Which is best is a question to the validation clips
(`profile`), and the answer travels in the model's card.

People: a clip is forged if one person in it is, so the default is the most suspicious one. That follows from what the
verdict says, not from data: the validation clips have a label for one person each.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Float64, Int64

from barefaced.config.media import MomentAggregation, PeopleAggregation
from barefaced.metrics import thresholds
from barefaced.metrics.bootstrap.confidence_interval import METRICS, bootstrap, interval
from barefaced.metrics.ranking import auc, has_both
from barefaced.metrics.score_columns import factorize
from barefaced.metrics.score_rows import with_rows
from barefaced.metrics.verdict import largest_jump, verdict
from barefaced.values.card import Choice, Profile, Thresholds
from barefaced.values.scores import Interval, ScoreTable, TrackScore, VideoScores

TOP_SHARE = 0.25


def _top_quarter(fakeness: Float[np.ndarray, " T"]) -> float:
    return _mean(np.sort(fakeness)[-max(1, math.ceil(TOP_SHARE * len(fakeness))) :])


def _mean(fakeness: Float[np.ndarray, " T"]) -> float:
    return math.fsum(fakeness.tolist()) / len(fakeness)


MOMENTS: dict[MomentAggregation, Callable[[Float[np.ndarray, " T"]], float]] = {
    "mean": _mean,
    "median": lambda fakeness: float(np.median(fakeness)),
    "top_quarter": _top_quarter,
    "max": lambda fakeness: float(fakeness.max()),
}
"""One person's moments (at least one) to one number; the simplest first."""

LEAST_JUMP = 0.2
"""However calm the validation clips are: with a handful of them the calmest is an accident. Of the eight real c40 clips
of FaceForensics++ that our recipe trains and chooses on the largest is 0.18 (experiments/spliced.py --real)."""
SHARE = 0.25
"""A face decides the verdict when it is seen at this share of the moments of the one seen most: a passer-by or a false
find of the face finder does not speak for the clip. Its own track and score are reported all the same."""

PEOPLE: dict[PeopleAggregation, Callable[[Sequence[TrackScore]], TrackScore]] = {
    "most_suspicious": lambda tracks: max(tracks, key=lambda track: track.fakeness),
    "longest": lambda tracks: max(tracks, key=lambda track: len(track.moments)),
}
"""Of those who may decide (at least one), the one that does; the first of equals."""


def find_decider(tracks: Sequence[TrackScore], people: PeopleAggregation) -> TrackScore | None:
    """Find the person whose fakeness is the clip's; None where there is nobody."""
    longest = max((len(track.moments) for track in tracks), default=0)
    able = [track for track in tracks if len(track.moments) >= SHARE * longest]
    return PEOPLE[people](able) if able else None


def profile(table: ScoreTable, chosen_on: str, seed: int = 0, draws: int = 1000) -> Profile:
    """Every aggregation measured on the validation clips, with thresholds of its own; and which to use.

    Each number of `thresholds.MOMENTS` that half the clips of a data set have gets a row of its own: that many of their
    moments, spread evenly. A set of fewer moments stands in it with those it has; a set of single pictures stands only
    in the row of 1, lest pictures raise what videos are judged by. A row of fewer real origins than
    `thresholds.FEW_REALS` is left out where the row of 1 has more: a mean scatters less than single moments, whose
    threshold then holds for it.

    The mean is used unless another's video AUC is higher by so much that the 95 % interval of the difference, over
    origins drawn with replacement and the same ones for both, lies above zero. With a handful of clips none is, and
    choosing the best of four by luck would only look like a choice.

    Args:
        table: validation rows, one person a clip.
        chosen_on: their name, for who reads the card.

    Raises:
        InputError: one class only; see `thresholds.choose_thresholds`.
    """
    videos, clip_at = with_rows(table)
    in_time = np.lexsort((table.seconds, clip_at))
    ends = np.flatnonzero(np.diff(clip_at[in_time])) + 1
    by_clip = [row.astype(np.float64) for row in np.split(table.fakeness[in_time], ends)]
    usual = {source: int(np.median(videos.frames[videos.dataset == source])) for source in set(videos.dataset)}
    lengths = np.array([usual[source] for source in videos.dataset])
    real_origins = len(set(videos.origin[videos.label == 0]))
    choices: dict[str, list[Choice]] = {name: [] for name in MOMENTS}
    gains: dict[str, Interval] = {}
    for moments in thresholds.MOMENTS:
        inside = np.flatnonzero(lengths >= min(moments, thresholds.MOMENTS[1]))
        reals = len(set(videos.origin[inside][videos.label[inside] == 0]))
        few = moments > 1 and reals < min(thresholds.FEW_REALS, real_origins)
        if moments > lengths.max() or not has_both(videos.label[inside]) or few:
            continue
        rows = [by_clip[clip][thresholds.spread(len(by_clip[clip]), moments)] for clip in inside]
        measured = {name: _measured(videos, inside, rows, name, chosen_on, seed, draws) for name in MOMENTS}
        for name, (choice, drawn) in measured.items():
            choices[name].append(choice)
            gains[name] = interval(choice.auc.value - measured["mean"][0].auc.value, drawn - measured["mean"][1])
    best = max(choices, key=lambda name: choices[name][-1].auc.value)
    jumps = np.array([largest_jump(row)[0] for row in by_clip])
    real = videos.label == 0
    usual_jumps = [thresholds.limit(jumps[real & (videos.dataset == source)]) for source in set(videos.dataset[real])]
    return Profile(
        aggregation=best if gains[best].low > 0 else "mean",
        choices={name: made[-1] for name, made in choices.items()},
        fewer={name: tuple(made[:-1]) for name, made in choices.items()},
        moment=_of_moments(table, f"single moments of {chosen_on}"),
        jump=max(LEAST_JUMP, *usual_jumps),
    )


def _measured(
    videos: VideoScores,
    inside: Int64[np.ndarray, " C"],
    rows: Sequence[np.ndarray],
    name: MomentAggregation,
    chosen_on: str,
    seed: int,
    draws: int,
) -> tuple[Choice, Float64[np.ndarray, " draws"]]:
    """One aggregation of the moments (`rows`, each of any length) of the clips `inside`; the draws of its video AUC."""
    some = VideoScores(
        clip=videos.clip[inside],
        fakeness=np.array([MOMENTS[name](row) for row in rows]),
        label=videos.label[inside],
        dataset=videos.dataset[inside],
        method=videos.method[inside],
        origin=videos.origin[inside],
        frames=np.array([len(row) for row in rows], np.int64),
    )
    chosen = thresholds.choose_thresholds(some, chosen_on)
    origins, rng = factorize(some.origin)[0], np.random.default_rng(seed)
    drawn = bootstrap(some.label, some.fakeness, origins, rng, draws)[:, METRICS.index("auc")]
    verdicts = {
        kind: _counted(some.fakeness[some.label == label], chosen) for label, kind in enumerate(("real", "fake"))
    }
    return Choice(chosen, interval(auc(some.label, some.fakeness), drawn), verdicts), drawn


def _of_moments(table: ScoreTable, chosen_on: str) -> Thresholds:
    """Of single moments, each a row of its own; neighbours are alike, so nothing is promised of other clips."""
    alone = np.array([str(row) for row in range(len(table.clip))], object)
    moments = VideoScores(
        clip=alone,
        fakeness=table.fakeness,
        label=table.label,
        dataset=table.dataset,
        method=table.method,
        origin=alone,
        frames=np.ones(len(alone), np.int64),
    )
    return replace(thresholds.choose_thresholds(moments, chosen_on), sources=())


def _counted(scores: Float[np.ndarray, " C"], chosen: Thresholds) -> dict[str, int]:
    given = [verdict(float(score), chosen) for score in scores]
    return {name: given.count(name) for name in ("likely_fake", "inconclusive", "likely_real")}


def interval_over_moments(
    track: TrackScore, aggregation: MomentAggregation, rng: np.random.Generator, draws: int = 2000
) -> Interval:
    """Estimate how far a person's fakeness would move with other moments of the same clip: a 95 % bootstrap.

    Moments are drawn as if independent; neighbours are not, so it is rather too narrow. It says nothing of how often
    the model errs, nor of other clips: it is not a confidence in the verdict. NaN bounds with fewer than 2 moments.
    """
    fakeness = np.array([moment.fakeness for moment in track.moments])
    if len(fakeness) < 2:
        return Interval(track.fakeness, math.nan, math.nan)
    chosen = fakeness[rng.integers(0, len(fakeness), (draws, len(fakeness)))]
    return interval(track.fakeness, np.array([MOMENTS[aggregation](row) for row in chosen]))
