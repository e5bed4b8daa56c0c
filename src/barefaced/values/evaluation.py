"""What an evaluation gives: numbers with their intervals, for reports. numpy and dataclasses only.

Fakeness lies in [0, 1]; rates are shares in [0, 1].
"""

import math
from dataclasses import dataclass, field, fields

import numpy as np

from barefaced.values.card import Thresholds
from barefaced.values.scores import Interval, ScoreTable


@dataclass(frozen=True)
class LevelMetrics:
    """A detector at one level (frame or video); a value is NaN where it is undefined, a bound where none can be given.

    The names are those of report.json.
    """

    auc: Interval
    """Area under the ROC curve; a tie counts half."""
    ap: Interval
    """Average precision, not interpolated."""
    eer: Interval
    """Equal error rate."""
    pauc_fpr_1: Interval
    """Area under the ROC curve up to 1 % false alarms, standardised so that chance is 0.5 (McClish, 1989)."""
    tpr_at_fpr_1: Interval
    """Share of fakes found by a threshold with at most 1 % false alarms on these very clips."""
    tpr_at_fpr_0_1: Interval
    accuracy: Interval
    """At the stored threshold."""
    balanced_accuracy: Interval
    """At the stored threshold: the mean of the shares of reals and of fakes told rightly."""
    false_alarms: Interval
    """Share of reals at or over the stored threshold of 1 % false alarms: what became of the promise."""
    found: Interval
    """Share of fakes at or over the stored threshold of 1 % false alarms."""
    ece: Interval
    """Expected calibration error, real and fake weighed alike. Over zero even for a perfectly calibrated detector: see
    `Reliability.by_chance`."""
    brier: Interval
    draws: int = 0
    """Bootstrap draws the bounds stand on: those asked for, less those in which a class vanished."""


METRICS = tuple(metric.name for metric in fields(LevelMetrics) if metric.name != "draws")
"""In the order in which they are computed and shown."""


@dataclass(frozen=True)
class Count:
    """How much was measured on."""

    clips: int
    frames: int


@dataclass(frozen=True)
class SetReport:
    """One data set; or one of its methods against all its reals; or all data sets pooled."""

    frame: LevelMetrics
    video: LevelMetrics
    counts: dict[str, Count]
    """By class: `real` and `fake`."""
    methods: dict[str, "SetReport"] = field(default_factory=dict)
    """A data set's forgery methods, the lowest video AUC first."""


@dataclass(frozen=True)
class MeanReport:
    """The mean over the data sets that have both classes."""

    frame: LevelMetrics
    video: LevelMetrics
    sets: tuple[str, ...]


@dataclass(frozen=True)
class Coverage:
    """Which clips have a score. A clip without one has none: it is not in the metrics."""

    assessed: int
    not_assessed: dict[str, str]
    """Clip to reason."""

    @property
    def given(self) -> int:
        """Count all clips that were to be assessed."""
        return self.assessed + len(self.not_assessed)


@dataclass(frozen=True)
class Difference:
    """One metric of A less that of B, on the same clips."""

    difference: Interval
    p: float
    """Two-sided, of the paired bootstrap over origins; NaN where no interval can be given."""
    p_holm: float
    """The same, for all data sets of the comparison at once (Holm, 1979). NaN for the pooled and the mean."""
    p_delong: float = math.nan
    """DeLong's (1988), where clips are independent: no origin has two. NaN elsewhere."""


@dataclass(frozen=True)
class Comparison:
    """Detector A against B on the clips that both have a score for."""

    a: str
    b: str
    clips: int
    only_a: int
    """Clips without a score by B: left out."""
    only_b: int
    video: dict[str, Difference]
    """Video AUC by data set, then `mean` and `pooled` where there are several."""
    frame: dict[str, Difference]


@dataclass(frozen=True)
class GroupReport:
    """The values of one column, each against itself: a group's fakes against the group's reals."""

    column: str
    groups: dict[str, SetReport]
    """The lowest video AUC first."""
    gap: Interval
    """Video AUC of the best group less that of the worst; NaN with fewer than two measurable groups."""
    best: str = ""
    worst: str = ""


@dataclass(frozen=True)
class Reliability:
    """Fakeness against the share of fakes, in bins of about equal weight; all reals weigh as much as all fakes."""

    fakeness: tuple[float, ...]
    """Mean of each bin, rising."""
    share: tuple[float, ...]
    """Of fakes among the bin's clips."""
    clips: tuple[int, ...]
    by_chance: float
    """ECE that a perfectly calibrated detector of these very scores would show on so many independent clips."""
    weight: tuple[float, ...] = ()
    """Of each bin; 1 in all."""


@dataclass(frozen=True)
class Case:
    """One clip and its score."""

    clip: str
    dataset: str
    method: str
    fakeness: float


@dataclass(frozen=True)
class Model:
    """Whose scores they are."""

    name: str
    sha256: str = ""
    trained_on: tuple[str, ...] = ()
    """Names of data sets."""
    seed: int | None = None
    """Of the training; None: unknown."""


UNCHOSEN = Thresholds(chosen_on="nowhere: 0.5 by default")


@dataclass(frozen=True)
class ScoreFile:
    """A table of scores and what must be known of it: scores.parquet, or somebody else's csv."""

    table: ScoreTable
    model: Model
    not_assessed: dict[str, str] = field(default_factory=dict)
    """Clip to reason."""
    excluded: dict[str, str] = field(default_factory=dict)
    """Clip to reason: left out on purpose (say, seen in training), so not in the coverage either."""
    protocol: dict[str, str] = field(default_factory=dict)
    """What was done, name to sentence."""
    thresholds: Thresholds = UNCHOSEN
    groups: dict[str, np.ndarray] = field(default_factory=dict)
    """Further columns: name to one text a row."""
    fewer: tuple[Thresholds, ...] = ()
    """For fewer moments, rising."""


@dataclass(frozen=True)
class EvaluationReport:
    """A detector measured on data sets."""

    model: Model
    pooled: SetReport
    mean: MeanReport
    sets: dict[str, SetReport]
    coverage: Coverage
    excluded: dict[str, str]
    warnings: tuple[str, ...]
    protocol: dict[str, str]
    thresholds: Thresholds
    """For as many moments as the model has any; a set whose clips have fewer is measured at one of `fewer`."""
    fewer: tuple[Thresholds, ...]
    reliability: dict[str, Reliability]
    """By data set, of videos; a data set whose scores are no probabilities has none."""
    false_alarms: tuple[Case, ...]
    """Real clips of the highest fakeness."""
    misses: tuple[Case, ...]
    """Fakes of the lowest."""
    groups: tuple[GroupReport, ...]
    comparisons: tuple[Comparison, ...]
    seed: int
    draws: int
    """Bootstrap draws asked for."""
    versions: dict[str, str]
    """Package to version."""
    hardware: str
