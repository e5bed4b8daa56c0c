"""What an audit of stores found: audit.json, a page, and lines for the terminal.

A number that is not known is null. Fields are only added within a schema's number.

    schema     "barefaced-audit/1"
    stores     [folder]
    clips      {<sample>: {<method>: clips looked at}}: a sample is a data set, or several of one class each
    leaks      [{sample, method, by}]: what is found and not allowed; `by` is `outside` or a cue
    allowed    [name]: families and cues that may tell
    outside    [{sample, method, verdict, why, region, pairs, origins, blocks, auc, pictures, allowed}]
      auc, pictures   null, or {value, low, high}: of blocks, and of pictures by the mean of their blocks
    cues       [{sample, method, cue, auc, real, forged, tells, allowed}]: the medians of real and forged
    distances  [{sample, method, family_sample, family, distance, crops, family_crops}]: the nearest first
    quarters   [{sample, by, part, low, high, auc, reals, forgeries}]: part 0 is all of them
    model      null, or {name, sha256}
    notes      [str]
    most, window, pixels, seed, draws, versions
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from barefaced.reports import page
from barefaced.reports.evaluation import bounds, interval_text
from barefaced.values.dataset import REAL
from barefaced.values.scores import Interval

SCHEMA = "barefaced-audit/1"
LEAK, SOUND = 0.53, 0.55
"""AUC outside the altered region over which all of an interval is a leak, and under which all of it is sound."""
TELLS = 0.05
"""A cue tells where all of its AUC's interval lies farther than this from a half."""
NOTHING = Interval(math.nan, math.nan, math.nan)

Verdict = Literal["leak", "sound", "too few to tell", "not looked at"]


@dataclass(frozen=True)
class Outside:
    """Whether the blocks of a family that lie outside the altered region tell it from the real ones."""

    sample: str
    method: str
    region: str = ""
    """How the altered region is known."""
    pairs: int = 0
    origins: int = 0
    blocks: int = 0
    """Of real and forged together."""
    auc: Interval = NOTHING
    """Of single blocks."""
    pictures: Interval = NOTHING
    """Of pictures, by the mean of their blocks' scores: what a network that looks everywhere could have."""
    verdict: Verdict = "not looked at"
    why: str = ""
    """Where it was not looked at, or not enough."""


@dataclass(frozen=True)
class Cue:
    """How well one number that is not the face tells a family from the real ones."""

    sample: str
    method: str
    cue: str
    auc: Interval
    """Over .5: the forged ones have more of it."""
    real: float
    """Median."""
    forged: float
    tells: bool


@dataclass(frozen=True)
class Distance:
    """How far a real forgery lies from a forged family, or from its own real faces, in a network's features."""

    sample: str
    method: str
    family_sample: str
    family: str
    distance: float
    crops: int
    family_crops: int


@dataclass(frozen=True)
class Quarter:
    """A model's AUC on a quarter of the pictures."""

    sample: str
    by: str
    """The cue; empty: all pictures."""
    part: int
    """1 to 4, from low to high; 0: all."""
    low: float
    high: float
    auc: Interval
    reals: int
    forgeries: int


@dataclass(frozen=True)
class Audit:
    """All that an audit found."""

    stores: tuple[str, ...]
    clips: Mapping[str, Mapping[str, int]]
    outside: tuple[Outside, ...]
    cues: tuple[Cue, ...]
    meanings: Mapping[str, str]
    """Of each cue."""
    pixels: Mapping[str, object]
    """What training does to pictures."""
    window: int
    most: int
    seed: int
    draws: int
    allowed: tuple[str, ...] = ()
    distances: tuple[Distance, ...] = ()
    quarters: tuple[Quarter, ...] = ()
    model: tuple[str, str] | None = None
    """Name and checksum."""
    notes: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    def allows(self, found: Outside | Cue) -> bool:
        """Tell whether the family, or the cue, may tell."""
        names = {found.method, f"{found.sample}/{found.method}", found.cue if isinstance(found, Cue) else ""}
        return bool(names & set(self.allowed))

    @property
    def leaks(self) -> tuple[Outside | Cue, ...]:
        """List what is found and not allowed."""
        found = [one for one in self.outside if one.verdict == "leak"]
        return tuple(one for one in (*found, *(cue for cue in self.cues if cue.tells)) if not self.allows(one))


def verdict_of(aucs: Sequence[Interval]) -> Verdict:
    """Judge the intervals of one family: a leak where one of them lies high, sound where all lie low.

    What was learnt by chance misleads about those left out, the more so the fewer people there are: an AUC as far under
    a half as a leak's is over it comes of too few.
    """
    if any(auc.low > LEAK for auc in aucs):
        return "leak"
    sound = all(auc.high < SOUND and auc.value >= 1 - LEAK for auc in aucs)
    return "sound" if sound else "too few to tell"


def tells(auc: Interval) -> bool:
    """Judge a cue's interval, on either side of a half."""
    return auc.low > 0.5 + TELLS or auc.high < 0.5 - TELLS


def to_json(audit: Audit) -> dict[str, Any]:
    """See the module for the fields."""
    return {
        "schema": SCHEMA,
        "stores": list(audit.stores),
        "clips": {name: dict(counts) for name, counts in audit.clips.items()},
        "leaks": [{"sample": one.sample, "method": one.method, "by": _by(one)} for one in audit.leaks],
        "allowed": list(audit.allowed),
        "outside": [_plain(one) | {"allowed": audit.allows(one)} for one in audit.outside],
        "cues": [_plain(one) | {"allowed": audit.allows(one)} for one in audit.cues],
        "distances": [_plain(one) for one in audit.distances],
        "quarters": [_plain(one) for one in audit.quarters],
        "model": None if audit.model is None else {"name": audit.model[0], "sha256": audit.model[1]},
        "notes": list(audit.notes),
        "most": audit.most,
        "window": audit.window,
        "pixels": dict(audit.pixels),
        "seed": audit.seed,
        "draws": audit.draws,
        "versions": dict(audit.versions),
    }


def _plain(found: Outside | Cue | Distance | Quarter) -> dict[str, Any]:
    made = {}
    for name, value in asdict(found).items():
        if isinstance(one := getattr(found, name), Interval):
            value = None if math.isnan(one.value) else bounds(one)
        made[name] = None if isinstance(value, float) and not math.isfinite(value) else value
    return made


def _by(found: Outside | Cue) -> str:
    return found.cue if isinstance(found, Cue) else "outside"


def sentence(audit: Audit) -> str:
    """Say in one sentence what came of it."""
    if audit.leaks:
        named = ", ".join(dict.fromkeys(f"{one.sample}/{one.method} by {_by(one)}" for one in audit.leaks[:6]))
        more = f" and {len(audit.leaks) - 6} more" if len(audit.leaks) > 6 else ""
        return f"Something other than the face tells {named}{more}."
    unknown = [one for one in audit.outside if one.verdict in ("not looked at", "too few to tell")]
    rest = f"; {len(unknown)} of {len(audit.outside)} families could not be judged outside the face" if unknown else ""
    return f"No leak found{rest}."


def judgement(audit: Audit, found: Outside | Cue) -> str:
    """Word a verdict for people."""
    word = ("tells" if found.tells else "-") if isinstance(found, Cue) else found.verdict
    return f"{word} (allowed)" if word in ("leak", "tells") and audit.allows(found) else word


def text(audit: Audit) -> RenderableType:
    """For a rich console: a table for each question, what may be passed over left out."""
    parts: list[RenderableType] = [
        _table(
            "outside the altered region",
            ("family", "verdict", "AUC of blocks", "of pictures", "pairs", "region by"),
            [
                (f"{one.sample}/{one.method}", judgement(audit, one), interval_text(one.auc),
                 interval_text(one.pictures), f"{one.pairs}",
                 one.region if not one.why else one.why)
                for one in audit.outside
            ],
        )
    ]  # fmt: skip
    rows = [
        (f"{one.sample}/{one.method}", one.cue, judgement(audit, one), interval_text(one.auc), f"{one.real:.4g}",
         f"{one.forged:.4g}")
        for one in audit.cues
        if one.tells
    ]  # fmt: skip
    if rows:
        columns = ("family", "cue", "", "AUC", "median of real", "of forged")
        parts.append(_table("cues that tell, each alone", columns, rows))
    if nearest := nearest_of(audit):
        parts.append(
            _table(
                "nearest families in the model's features",
                ("real forgery", "nearest first"),
                [
                    (name, ", ".join(f"{label_of(one)} {one.distance:.3f}" for one in shortest(of)))
                    for name, of in nearest.items()
                ],
            )
        )
    if audit.quarters:
        parts.append(
            _table(
                "the model's AUC by quarters",
                ("sample", "quarter of", "from", "to", "AUC", "real + forged"),
                [(one.sample, *_quarter(one), f"{one.reals} + {one.forgeries}") for one in audit.quarters],
            )
        )
    return Group(*parts, *(Text(f"note: {note}") for note in audit.notes))


def nearest_of(audit: Audit) -> dict[str, list[Distance]]:
    """List the distances of each real forgery by its name, the nearest first."""
    found: dict[str, list[Distance]] = {}
    for one in audit.distances:
        found.setdefault(f"{one.sample}/{one.method}", []).append(one)
    return found


def shortest(of: Sequence[Distance]) -> list[Distance]:
    """Pick the four nearest families, and wherever it lies the distance to its own real faces."""
    families = [one for one in of if one.family != REAL][:4]
    return [one for one in of if one.family == REAL or one in families]


def label_of(one: Distance) -> str:
    """Name what the distance is to."""
    return "its own real faces" if one.family == REAL else f"{one.family_sample}/{one.family}"


def _quarter(one: Quarter) -> tuple[str, str, str, str]:
    if not one.part:
        return "all", "", "", interval_text(one.auc)
    return f"{one.by}, {one.part}", f"{one.low:.4g}", f"{one.high:.4g}", interval_text(one.auc)


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(title=Text(title), box=box.SIMPLE_HEAD, title_justify="left")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def html(audit: Audit) -> str:
    """Write the page."""
    return page.render(
        "audit.html",
        audit=audit,
        sentence=sentence(audit),
        judgement=judgement,
        interval_text=interval_text,
        nearest=nearest_of(audit),
        label_of=label_of,
        leak=LEAK,
        sound=SOUND,
        tells=TELLS,
    )
