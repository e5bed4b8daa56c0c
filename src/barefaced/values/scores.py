"""Scores, verdicts and what explains them.

Fakeness lies in [0, 1]; times are seconds from the stream's own timestamps. numpy only.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int64, Shaped

Verdict = Literal["likely_fake", "likely_real", "inconclusive", "not_assessable"]
Reason = Literal["", "no_face", "face_too_small", "too_blurry", "too_few_frames", "decode_error"]


@dataclass(frozen=True)
class ScoreTable:
    """scores.parquet in memory, the seam between the model and the metrics: one row per assessed crop, N rows, column
    by column; names are arrays of str.
    """

    clip: Shaped[np.ndarray, " N"]
    track: Int64[np.ndarray, " N"]
    frame: Int64[np.ndarray, " N"]
    seconds: Float[np.ndarray, " N"]
    fakeness: Float[np.ndarray, " N"]
    label: Int64[np.ndarray, " N"]
    dataset: Shaped[np.ndarray, " N"]
    method: Shaped[np.ndarray, " N"]
    origin: Shaped[np.ndarray, " N"]


@dataclass(frozen=True)
class VideoScores:
    """One row per clip, N rows in order of clip: its score is the mean of its crops' fakeness."""

    clip: Shaped[np.ndarray, " N"]
    fakeness: Float[np.ndarray, " N"]
    label: Int64[np.ndarray, " N"]
    dataset: Shaped[np.ndarray, " N"]
    method: Shaped[np.ndarray, " N"]
    origin: Shaped[np.ndarray, " N"]
    frames: Int64[np.ndarray, " N"]
    """Crops that the mean was taken over."""


@dataclass(frozen=True)
class Interval:
    """A number and its 95 % interval; the bounds are NaN where no interval can be given."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class MomentScore:
    """One person at one moment."""

    frame: int
    seconds: float
    fakeness: float


@dataclass(frozen=True)
class Nearness:
    """How far a person's features lie from one domain of the training crops (`model.domains`)."""

    domain: str
    """`real` or a forgery method."""
    distance: float
    """Mahalanobis, the mean over the moments, in units of the distance that 99 % of validation crops keep to their
    nearest domain: over 1 is farther than those."""


@dataclass(frozen=True)
class TrackScore:
    """One person through a clip."""

    track: int
    start: float
    end: float
    fakeness: float
    moments: tuple[MomentScore, ...]
    nearest: tuple[Nearness, ...] = ()
    """The nearest first; empty where the weights file knows nothing of its training crops."""


@dataclass(frozen=True)
class Segment:
    """A suspicious stretch of one person's track (`metrics.verdict.segments_of`)."""

    track: int
    start: float
    end: float
    fakeness: float
    kind: Literal["high", "jump"] = "high"
    """`high`: over the threshold of a moment; `jump`: far over the rest of the same track."""


@dataclass(frozen=True)
class Deletion:
    """Whether a heat map matters: what the model's opinion loses when the hottest pixels are blurred away."""

    share: float
    """Of the crop's pixels that were blurred."""
    drop: float
    """Fall of the logit difference (fake minus real); positive: the blurred pixels spoke for a forgery."""
    elsewhere: float
    """The mean fall when the same shape is blurred at other places of the crop."""
    beats: float
    """Share of those other places whose fall is smaller."""

    @property
    def matters(self) -> bool:
        """Tell whether the map's place lowers the opinion, and more than nine in ten other places do."""
        return self.drop > 0 and self.beats >= 0.9


@dataclass(frozen=True)
class Altered:
    """Where a model that has learnt it says that a face was altered, and whether its opinion rests on that place."""

    target: Literal["region", "boundary"]
    """What the map marks: the altered region, or the boundary of what was blended in."""
    share: float
    """Of the crop's pixels that the map holds for more likely altered than not."""
    share_of_reals: float | None
    """The same of real validation faces, in the mean: the map says too often that something is altered. None: not
    known."""
    highest: float
    """The map's highest value, 0 to 1."""
    deletion: Deletion
    """Of the map's hottest pixels."""


@dataclass(frozen=True)
class Evidence:
    """One suspicious moment of one person, explained."""

    track: int
    frame: int
    seconds: float
    fakeness: float
    corners: tuple[tuple[float, float], ...]
    """Where the crop lies in the frame: (x, y) of its top left, top right, bottom right and bottom left corner."""
    deletion: Deletion
    """Of the gradient map's hottest pixels."""
    altered: Altered | None = None
    """None where the model has not learnt where faces are altered."""
