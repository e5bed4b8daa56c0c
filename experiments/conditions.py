"""The validation AUC of several weights files under the conditions of use: the same people, their pictures compressed.

Run: python experiments/conditions.py RUN MODEL... [--strengths 0 30 40] [--out conditions.json]

RUN is a training's folder: its recipe says who validates. The stored validation crops, real and forged by others, are
cut as training cuts them, and compressed by H.264 at each rate factor (0: as they are). The AUC is the mean over the
methods of every data set that have forgeries of at least 30 origins; the intervals of the differences are by a
bootstrap over origins, paired. Test sets are never opened, so that this may choose.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float64

from barefaced.config.parsing import recipe
from barefaced.datasets.corruptions import corrupt
from barefaced.datasets.data_loader import score_batches
from barefaced.metrics.ranking import auc
from barefaced.model.checkpoint import load
from barefaced.pipelines.train.train import select_data
from barefaced.values.dataset import REAL
from paired import rows_of

LEAST = 30
DRAWS = 500


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--strengths", type=float, nargs="+", default=[0, 30, 40])
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    data = select_data(recipe(asked.run / "recipe.yaml"))
    clips = {clip.clip: clip for clip in data.val_clips}
    students = {str(path): load(path)[0] for path in asked.models}
    scores: dict[tuple[str, float], list[float]] = {
        (name, strength): [] for name in students for strength in asked.strengths
    }
    kinds: list[tuple[str, str, str]] = []
    rng = np.random.default_rng(0)
    for store, crops in data.val:
        for batch in score_batches(store, crops, 64, data.crop.size):
            kinds += [
                (clips[crop.clip].dataset, clips[crop.clip].method, clips[crop.clip].origin) for crop in batch.crops
            ]
            for strength in asked.strengths:
                seen = batch.pictures
                if strength:
                    seen = np.concatenate([corrupt(crop[None], "h264", strength, rng) for crop in batch.pictures])
                for name, student in students.items():
                    scores[name, strength] += student.score(seen).tolist()
            print(f"{len(kinds)} crops", file=sys.stderr)
    rows, dataset, method, origin = [], *(np.array(column) for column in zip(*kinds, strict=True))
    first = str(asked.models[0])
    for strength in asked.strengths:
        drawn = {name: _means(np.array(scores[name, strength]), dataset, method, origin) for name in students}
        for name, (value, parts, draws) in drawn.items():
            gain = draws - drawn[first][2]
            low, high = np.percentile(gain, [2.5, 97.5])
            rows.append(
                {"H.264": f"{strength:g}", "weights": Path(name).stem, "mean AUC": f"{value:.3f}"}
                | {"less the first": f"{value - drawn[first][0]:+.3f} [{low:+.3f}, {high:+.3f}]"}
                | {part: f"{number:.3f}" for part, number in parts.items()}
            )
    print(rows_of(rows))
    if asked.out:
        asked.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def _means(
    scores: Float64[np.ndarray, " N"], dataset: np.ndarray, method: np.ndarray, origin: np.ndarray
) -> tuple[float, dict[str, float], Float64[np.ndarray, " draws"]]:
    """The mean AUC over methods, each method's, and the mean in every draw of origins."""
    known = {
        (one, kind): (dataset == one) & ((method == kind) | (method == REAL))
        for one, kind in sorted(set(zip(dataset.tolist(), method.tolist(), strict=True)))
        if kind != REAL and len(set(origin[(dataset == one) & (method == kind)].tolist())) >= LEAST
    }
    parts = {f"{one}/{kind}": _auc(scores, method, rows) for (one, kind), rows in known.items()}
    people, index = np.unique(origin, return_inverse=True)
    rng, draws = np.random.default_rng(0), []
    for _ in range(DRAWS):
        weight = np.bincount(rng.integers(len(people), size=len(people)), minlength=len(people))[index]
        taken = np.repeat(np.arange(len(scores)), weight)
        draws.append(np.mean([_auc(scores[taken], method[taken], rows[taken]) for rows in known.values()]))
    return float(np.mean(list(parts.values()))), parts, np.array(draws)


def _auc(scores: Float64[np.ndarray, " N"], method: np.ndarray, rows: Bool[np.ndarray, " N"]) -> float:
    return float(auc((method[rows] != REAL).astype(np.int64), scores[rows]))


if __name__ == "__main__":
    sys.exit(main())
