"""What a model says of itself: its card, calibration and thresholds."""

import math
from dataclasses import dataclass, field
from typing import Literal

from barefaced.values.dataset import REAL
from barefaced.values.scores import Interval


@dataclass(frozen=True)
class Calibration:
    """How a logit difference becomes a fakeness. `platt`: sigmoid((difference - shift) / temperature) (Platt, 1999);
    `temperature`: the same without a shift (Guo et al., ICML 2017), in files of earlier versions; `isotonic`: the
    straight lines between `knots` (Zadrozny & Elkan, KDD 2002).
    """

    kind: Literal["none", "platt", "temperature", "isotonic"] = "none"
    temperature: float = 1.0
    shift: float = 0.0
    """The logit difference of fakeness .5. Of `platt` alone."""
    chosen_on: str = ""
    note: str = ""
    """What a reader must know of the fit: that it met a bound."""
    knots: tuple[tuple[float, float], ...] = ()
    """(logit difference, fakeness), both rising; level before the first and after the last. Of `isotonic` alone."""
    balanced: bool = False
    """Real and fake weighed alike in the fit, so .5 means even odds where they are equally frequent. False in files of
    earlier versions, where it depends on the mixture that was fitted to."""


@dataclass(frozen=True)
class SourceThreshold:
    """What the real validation clips of one data set say of a threshold. Real clips of one origin are one row, which
    lies over a threshold if any of them does.
    """

    source: str
    """The data set."""
    moments: int
    """That a clip's score sums up (the median of its clips)."""
    fpr_1: float
    """The smallest number with at most 1 % of these origins at or over it."""
    origins: int
    """Real ones."""
    over: int
    """Of them, those at or over `fpr_1`."""
    bound: float
    """The largest false-alarm rate at `fpr_1` that they do not speak against: one-sided 95 %, Clopper-Pearson."""
    over_shipped: int
    """Those at or over the threshold that is used, the highest of all sources'."""
    bound_shipped: float
    """As `bound`, at the threshold that is used."""


@dataclass(frozen=True)
class Thresholds:
    """Fakeness at which a verdict turns, and where the numbers come from."""

    fpr_1: float = 0.5
    """At or over it: likely_fake. At most 1 % of the real validation clips of each source lie there."""
    eer: float = 0.5
    """Under it: likely_real. Between the two: inconclusive."""
    chosen_on: str = ""
    real_clips: int = 0
    fake_clips: int = 0
    moments: int = 0
    """That a score sums up; 0: not known."""
    sources: tuple[SourceThreshold, ...] = ()
    """Empty: not known."""


@dataclass(frozen=True)
class Choice:
    """One way to sum up a person's moments, measured on the validation clips."""

    thresholds: Thresholds
    auc: Interval
    """Video AUC, with its interval over origins."""
    verdicts: dict[str, dict[str, int]] = field(default_factory=dict)
    """Of the `real` and of the `fake` validation clips: how many got each verdict."""


@dataclass(frozen=True)
class Profile:
    """How detection comes to a verdict; chosen on the validation clips (`metrics.aggregation.profile`)."""

    aggregation: str = "mean"
    choices: dict[str, Choice] = field(default_factory=dict)
    """By aggregation, for as many moments as were measured. Empty: only the mean, with the card's thresholds."""
    fewer: dict[str, tuple[Choice, ...]] = field(default_factory=dict)
    """By aggregation, for fewer moments, rising (`metrics.thresholds.MOMENTS`)."""
    moment: Thresholds = Thresholds()
    """The same thresholds for a single moment; they cut the suspicious segments. Of no clips: not chosen."""
    jump: float = 2.0
    """Difference between a stretch and the rest of its track that at most 1 % of the real validation clips of each
    source reach, and
    `metrics.aggregation.LEAST_JUMP` at least; no clip can reach 2."""


@dataclass(frozen=True)
class DomainsCard:
    """Of the training crops' features, whose means and covariance lie among a weights file's tensors."""

    names: tuple[str, ...] = ()
    """`real` and the forgery methods: the rows of the means. Empty: nothing was measured."""
    counts: tuple[int, ...] = ()
    """Crops measured of each."""
    shrinkage: float = 0.0
    """Of the shared covariance towards a sphere (Ledoit & Wolf, 2004)."""
    usual: float = 0.0
    """Mahalanobis distance to the nearest domain that 99 % of the crops named by `usual_on` keep."""
    usual_on: str = ""


@dataclass(frozen=True)
class TrainedOn:
    """What a model has seen of one data set. Evaluation leaves these origins out unless told otherwise."""

    dataset: str
    methods: tuple[str, ...]
    clips: int
    train_origins: tuple[str, ...]
    val_origins: tuple[str, ...]


FOUND = ", forgeries found at it"
"""Ending of a metric's name: the share of a test set's forgeries at or over the threshold of `likely_fake`."""


@dataclass(frozen=True)
class ModelCard:
    """Everything needed to use a weights file rightly; stored as JSON in the file's header."""

    name: str
    version: str
    backbone: str
    input_size: int
    """Side in pixels that the crop is resized to inside the model."""
    channels: int
    crop_size: int
    crop_margin: float
    finder: str
    finder_side: int
    frames: int
    """Moments sampled per clip in training and validation."""
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    labels: tuple[str, str] = (REAL, "fake")
    border: str = "mirror"
    """What stood outside the picture in the crops it learnt from (`geometry.BORDER`); older cards do not say it."""
    locate: int = 0
    """Stride in pixels of the map whose head says where a face was altered; 0: there is no such head."""
    locate_target: Literal["", "region", "boundary"] = ""
    """What that head learnt: the altered region, or its boundary. Empty without it."""
    methods: tuple[str, ...] = ()
    preset: str = ""
    real_encoder: str = ""
    trained_on: tuple[TrainedOn, ...] = ()
    metrics: dict[str, Interval] = field(default_factory=dict)
    calibration: Calibration = Calibration()
    thresholds: Thresholds = Thresholds()
    profile: Profile = Profile()
    domains: DomainsCard = DomainsCard()
    licence: str = ""
    settings: dict[str, object] = field(default_factory=dict)
    """The whole recipe, resolved."""
    created: str = ""
    sha256: str = ""
    """Of the tensors' bytes in key order: filled in when a file is read or written."""

    @property
    def found_elsewhere(self) -> dict[str, float]:
        """Shares of forgeries made by others that lie at or over the threshold of `likely_fake`, by test set."""
        return {
            name.removesuffix(FOUND): metric.value
            for name, metric in self.metrics.items()
            if name.endswith(FOUND) and math.isfinite(metric.value)
        }
