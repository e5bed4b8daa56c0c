"""A detector under eleven corruptions at five strengths: the curve of AUC against strength."""

import hashlib
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from rich.console import Console

from barefaced.datasets.corruptions import CORRUPTIONS, STRENGTHS, UNITS, corrupt
from barefaced.datasets.store import PREPARED
from barefaced.errors import BadConfig
from barefaced.metrics.comparison import compare
from barefaced.metrics.evaluation import evaluate_file
from barefaced.pipelines.score import ClipSelection, score_clips, select_clips
from barefaced.pipelines.scorer import Scorer
from barefaced.reports import page
from barefaced.reports.robustness import Robustness, Strength, html, text, to_json
from barefaced.runtime.files import sole_writer, write_bytes, write_json
from barefaced.values.evaluation import EvaluationReport, ScoreFile
from barefaced.values.scores import Interval

Crops = UInt8[np.ndarray, "T S S 3"]


def measure_robustness(
    scorer: Scorer,
    stores: Sequence[Path],
    out: Path,
    names: Sequence[str],
    most: int,
    seed: int,
    draws: int,
    *,
    include_seen: bool,
) -> Robustness:
    """Score the clips as they are and under each corruption; a killed run goes on from what it had score_clips.

    Args:
        names: of `CORRUPTIONS`; none: all.
        most: clips of a data set, whole origins in an order that is always the same; 0: all.

    Raises:
        BadConfig: a corruption that there is not.
        CropMismatch, StoreDamaged, DataError: as `evaluate`.
    """
    unknown = [name for name in names if name not in CORRUPTIONS]
    if unknown:
        raise BadConfig(
            expected=f"corruptions among {', '.join(CORRUPTIONS)}", got=", ".join(unknown), fix="Correct the name."
        )
    clips = _some(select_clips(stores, scorer, include_seen=include_seen), most)
    with sole_writer(out):
        keep = out / "parts" if scorer.card is not None else None
        clean = score_clips(scorer, clips, keep, what="clean")
        corruptions = {}
        for name in names or CORRUPTIONS:
            points = []
            for strength in STRENGTHS[name]:
                what = f"{name} {strength:g}"

                def alter(clip: str, crops: Crops, name: str = name, strength: float = strength) -> Crops:
                    return corrupt(crops, name, strength, _rng(seed, clip, name))

                file = score_clips(scorer, clips, keep, alter, what)
                points.append(
                    _measured(clean, replace(file, model=replace(file.model, name=what)), strength, seed, draws)
                )
            corruptions[name] = tuple(points)
        report = Robustness(
            model=scorer.model,
            clean=_aucs(evaluate_file(clean, seed, draws)),
            corruptions=corruptions,
            units={name: UNITS[name] for name in corruptions},
            clips=len(set(clean.table.clip)),
            seed=seed,
            draws=draws,
            protocol=clean.protocol
            | {"h264": "a clip's crops in order of time, coded as one film by x264 and decoded again"},
        )
        write_json(out / "robustness.json", to_json(report))
        write_bytes(out / "robustness.html", html(report, _examples(clips, corruptions, seed)).encode())
        shutil.rmtree(out / "parts", ignore_errors=True)
    Console(width=max(Console().width, 132)).print(text(report))
    print(f"{out / 'robustness.html'}: {report.clips} clips", file=sys.stderr)  # noqa: T201
    return report


def _rng(seed: int, clip: str, name: str) -> np.random.Generator:
    """Of a clip: what is drawn for it does not depend on the clips beside it."""
    return np.random.default_rng([seed, *hashlib.sha256(f"{name} {clip}".encode()).digest()])


def _some(clips: ClipSelection, most: int) -> ClipSelection:
    if not most:
        return clips
    by_origin: dict[str, list] = {}
    for one in clips.records:
        by_origin.setdefault(one[1].clip.origin or one[1].clip.clip, []).append(one)
    order = sorted(by_origin, key=lambda origin: hashlib.sha256(origin.encode()).digest())
    kept, counted = [], {}
    for origin in order:
        dataset = by_origin[origin][0][1].clip.dataset
        if counted.get(dataset, 0) < most:
            counted[dataset] = counted.get(dataset, 0) + len(by_origin[origin])
            kept += by_origin[origin]
    inside = {record.clip.clip for _, record in kept}
    return replace(clips, records=tuple(one for one in clips.records if one[1].clip.clip in inside))


def _aucs(report: EvaluationReport) -> dict[str, Interval]:
    found = {name: one.video.auc for name, one in report.sets.items()}
    return found | ({"mean": report.mean.video.auc, "pooled": report.pooled.video.auc} if len(found) > 1 else {})


def _measured(clean: ScoreFile, file: ScoreFile, strength: float, seed: int, draws: int) -> Strength:
    lost = {name: one.difference for name, one in compare(clean, file, seed, draws).video.items()}
    return Strength(strength, _aucs(evaluate_file(file, seed, draws)), lost)


def _examples(clips: ClipSelection, corruptions: dict[str, tuple[Strength, ...]], seed: int) -> dict[str, list[str]]:
    """One clip's first crop under each strength."""
    for store, record in clips.records:
        crops = [crop for crop in record.crops if crop.subject] if record.outcome == PREPARED else []
        if crops:
            crop = store.load(crops[0])[None]
            return {
                name: [
                    page.picture(corrupt(crop, name, one.strength, _rng(seed, record.clip.clip, name))[0])
                    for one in points
                ]
                for name, points in corruptions.items()
            }
    return {name: [] for name in corruptions}
