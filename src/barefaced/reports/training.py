"""A training run as a page: what came out, the curves, on what and how. And a page of augmented groups.

Alphabet: P steps, E epochs, K pictures of a group, S crop side. RGB uint8.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8
from markupsafe import Markup

from barefaced.reports.figures import curves
from barefaced.reports.page import drawing, picture, render
from barefaced.reports.promises import SELECTED, SOURCE_HEAD, calibration_text, source_rows, threshold_lines
from barefaced.values.card import ModelCard
from barefaced.values.scores import Interval

MOST_POINTS = 600
"""Of a curve; more are joined to means."""


def page(
    card: ModelCard,
    run: Mapping[str, Any],
    terms: Mapping[str, Float[np.ndarray, "P 2"]],
    chosen: Mapping[str, Float[np.ndarray, "E 2"]],
    last: Sequence[Mapping[str, Any]],
) -> str:
    """Write the report of a run.

    Args:
        card: of the model it gave.
        run: its run.json.
        terms: every value of the log, as (step, value).
        chosen: what students were chosen by, as (step, value).
        last: the last validation, with the AUC of each method; none where nobody validates.
    """
    facts = {name: _shown(value) for name, value in card.metrics.items()}
    if card.thresholds.chosen_on:
        facts |= {"calibration": calibration_text(card.calibration), **dict(threshold_lines(card))}
    seen = {
        one.dataset: f"{len(one.train_origins)} origins train, {len(one.val_origins)} choose; {', '.join(one.methods)}"
        for one in card.trained_on
    }
    several = len(chosen) and len(next(iter(chosen.values()))) > 1
    worst_first = sorted(last[0]["methods"].items(), key=lambda kv: kv[1]) if last else []
    return render(
        "training.html",
        card=card,
        outcome=facts or {"validation": "nobody to choose by: the last epoch is kept"},
        source_head=SOURCE_HEAD,
        sources=source_rows(card),
        selected=SELECTED,
        chosen=_plot(chosen, "validation", "Validation AUC over the steps") if several else "",
        methods={name: f"{value:.3f}" for name, value in worst_first},
        terms=_plot(terms, "terms", "Loss terms over the steps"),
        data=seen | {"groups": str(run["groups"]), "checksum of the data": run["data"]},
        how={
            "network": f"{card.backbone}, {card.input_size} px, {card.channels} channels, preset {card.preset}",
            "real encoder": card.real_encoder,
            "machine": ", ".join(f"{name} {value}" for name, value in run["machine"].items()),
            "versions": ", ".join(f"{name} {value}" for name, value in run["versions"].items()),
            "code": _code(run["code"]),
            "weights": f"model.safetensors, sha256 {card.sha256}",
        },
        recipe=json.dumps(run["recipe"], indent=1, ensure_ascii=False),
    )


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
    shown = []
    for group in groups:
        pictures = []
        for method, stored, given in zip(group.methods, group.stored, group.given, strict=True):
            if given is None:
                pictures.append((method, ": a hole", ""))
                continue
            both = np.concatenate([given if stored is None else stored, given])
            pictures.append((method, " (made while training)" if stored is None else "", picture(both, 95)))
        shown.append({"name": group.name, "pictures": pictures})
    return render("batch.html", title=title, lines=lines, groups=shown)


def thin_points(points: Float[np.ndarray, "P 2"], most: int = MOST_POINTS) -> Float[np.ndarray, "Q 2"]:
    """Keep at most `most` points: means of neighbours."""
    if len(points) <= most:
        return points
    return np.stack([part.mean(axis=0) for part in np.array_split(points, most)])


def _plot(terms: Mapping[str, np.ndarray], name: str, alt: str) -> Markup:
    return drawing(curves({label: thin_points(points) for label, points in terms.items()}), name, alt)


def _shown(value: Interval) -> str:
    return f"{value.value:.3f}" + ("" if np.isnan(value.low) else f" [{value.low:.3f}, {value.high:.3f}]")


def _code(code: Mapping[str, Any]) -> str:
    if not code:
        return "an installed package"
    return f"commit {code['commit']}" + (", with changes" if code["changed"] else "")
