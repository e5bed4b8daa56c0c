"""A training run as a page: what came out, the curves, on what and how. And a page of augmented groups.

Alphabet: P steps, E epochs, K pictures of a group, S crop side. RGB uint8.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from barefaced.reports.figures import curves, svg
from barefaced.reports.pages import document, picture
from barefaced.types import Interval, ModelCard

MOST_POINTS = 600
"""Of a curve; more are joined to means."""

STYLE = """
.plot { background: #fff; color: #000; border-radius: 4px; padding: .5rem; overflow-x: auto; }
.plot svg { max-width: 100%; height: auto; min-width: 34rem; display: block; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .2rem 1rem .2rem 0; vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: 600; white-space: nowrap; }
td { font-variant-numeric: tabular-nums; }
.group { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: .5rem; }
@media print { .plot, .group { break-inside: avoid; } details > * { display: block; } }
"""


def page(
    card: ModelCard,
    run: Mapping[str, Any],
    terms: Mapping[str, Float[np.ndarray, "P 2"]],
    chosen: Mapping[str, Float[np.ndarray, "E 2"]],
    last: Sequence[Mapping[str, Any]],
) -> str:
    """The report of a run.

    Args:
        card: of the model it gave.
        run: its run.json.
        terms: every value of the log, as (step, value).
        chosen: what students were chosen by, as (step, value).
        last: the last validation, with the AUC of each method; none where nobody validates.
    """
    facts = {name: _shown(value) for name, value in card.metrics.items()}
    if card.thresholds.chosen_on:
        facts["likely real below"] = f"{card.thresholds.eer:.3f}"
        facts["likely fake from"] = f"{card.thresholds.fpr_1:.3f}, on {card.thresholds.chosen_on}"
    parts = ["<h2>What came out</h2>", _table(facts or {"validation": "nobody to choose by: the last epoch is kept"})]
    parts.append("<p>Measured on the people that the model was chosen on: it flatters. Measure with "
                 "<code>barefaced evaluate</code> on others.</p>")  # fmt: skip
    if len(chosen) and len(next(iter(chosen.values()))) > 1:
        parts += ["<h2>Validation</h2>", _plot(chosen)]
    if last:
        methods = {name: f"{value:.3f}" for name, value in sorted(last[0]["methods"].items(), key=lambda kv: kv[1])}
        parts += ["<h2>Video AUC by method after the last epoch, the worst first</h2>", _table(methods)]
    parts += ["<h2>Training</h2>", _plot(terms)]
    seen = {
        one.dataset: f"{len(one.train_origins)} origins train, {len(one.val_origins)} choose; {', '.join(one.methods)}"
        for one in card.trained_on
    }
    parts += ["<h2>On what</h2>", _table(seen | {"groups": str(run["groups"]), "checksum of the data": run["data"]})]
    how = {
        "network": f"{card.backbone}, {card.input_size} px, {card.channels} channels, preset {card.preset}",
        "real encoder": card.real_encoder,
        "machine": ", ".join(f"{name} {value}" for name, value in run["machine"].items()),
        "versions": ", ".join(f"{name} {value}" for name, value in run["versions"].items()),
        "code": _code(run["code"]),
        "weights": f"model.safetensors, sha256 {card.sha256}",
    }
    recipe = escape(json.dumps(run["recipe"], indent=1, ensure_ascii=False))
    parts += ["<h2>How</h2>", _table(how), f"<details><summary>Every setting</summary><pre>{recipe}</pre></details>"]
    return document(f"Training of {card.name}", parts, STYLE)


@dataclass(frozen=True)
class Augmented:
    """One group as stored and as the networks are given it; None at holes."""

    name: str
    methods: tuple[str, ...]
    stored: tuple[UInt8[np.ndarray, "S S 3"] | None, ...]
    given: tuple[UInt8[np.ndarray, "S S 3"] | None, ...]


def batch_page(title: str, groups: Sequence[Augmented], lines: Sequence[str]) -> str:
    """Groups to look at: each picture as stored, and under it as a network is given it.

    Args:
        lines: the augmentation's settings, shown as they are.
    """
    parts = [
        "<p>Above: as stored. Below: as the networks are given it. What moves pixels is the same for a whole group; "
        "the rest is drawn for each picture, real or fake, by one law.</p>",
        f"<pre>{escape(chr(10).join(lines))}</pre>",
    ]
    for group in groups:
        parts.append(f"<h2>{escape(group.name)}</h2><div class='group'>")
        for method, stored, given in zip(group.methods, group.stored, group.given, strict=True):
            if given is None:
                parts.append(f"<figure><figcaption>{escape(method)}: a hole</figcaption></figure>")
                continue
            both = np.concatenate([given if stored is None else stored, given])
            made = " (made while training)" if stored is None else ""
            alt = f"{escape(method)}, as stored and augmented"
            parts.append(
                f"<figure><img alt='{alt}' src='{picture(both, 95)}'>"
                f"<figcaption>{escape(method + made)}</figcaption></figure>"
            )
        parts.append("</div>")
    return document(title, parts, STYLE)


def thinned(points: Float[np.ndarray, "P 2"], most: int = MOST_POINTS) -> Float[np.ndarray, "Q 2"]:
    """At most `most` points: means of neighbours."""
    if len(points) <= most:
        return points
    return np.stack([part.mean(axis=0) for part in np.array_split(points, most)])


def _plot(terms: Mapping[str, np.ndarray]) -> str:
    return f"<div class='plot'>{svg(curves({name: thinned(points) for name, points in terms.items()}))}</div>"


def _table(rows: Mapping[str, str]) -> str:
    cells = "".join(f"<tr><th>{escape(name)}<td>{escape(value)}" for name, value in rows.items())
    return f"<div class='wide'><table>{cells}</table></div>"


def _shown(value: Interval) -> str:
    return f"{value.value:.3f}" + ("" if np.isnan(value.low) else f" [{value.low:.3f}, {value.high:.3f}]")


def _code(code: Mapping[str, Any]) -> str:
    if not code:
        return "an installed package"
    return f"commit {code['commit']}" + (", with changes" if code["changed"] else "")
