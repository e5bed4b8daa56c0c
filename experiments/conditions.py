"""The validation AUC of two weights files under the conditions of use: the same people, their pictures compressed.

Run: python experiments/conditions.py RUN FIRST SECOND --out OUT [--strengths 0 30 40]

RUN is a training's folder: its recipe says who validates. The stored validation crops, real and forged by others, are
cut as training cuts them, and compressed by H.264 at each rate factor (0: as they are). Data sets with fewer than 30
validation people are left out. OUT gets the scores, a file of each weights file and rate factor, for
`barefaced evaluate --scores`. Test sets are never opened, so that this may choose.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from barefaced.config.parsing import recipe
from barefaced.datasets.corruptions import corrupt
from barefaced.datasets.data_loader import score_batches
from barefaced.metrics.comparison import compare
from barefaced.metrics.evaluation import evaluate
from barefaced.metrics.score_files import write_score_file
from barefaced.metrics.score_rows import score_table
from barefaced.model.checkpoint import load
from barefaced.pipelines.train.train import select_data
from barefaced.values.evaluation import Model, ScoreFile
from paired import rows_of

LEAST = 30
"""Validation people of a data set."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("models", type=Path, nargs=2)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--strengths", type=float, nargs="+", default=[0, 30, 40])
    asked = parser.parse_args()
    data = select_data(recipe(asked.run / "recipe.yaml"))
    people = defaultdict(set)
    for clip in data.val_clips:
        people[clip.dataset].add(clip.origin)
    clips = {clip.clip: clip for clip in data.val_clips if len(people[clip.dataset]) >= LEAST}
    students = {path.stem: load(path)[0] for path in asked.models}
    fakeness = {(name, strength): [] for name in students for strength in asked.strengths}
    crops = []
    for store, stored in data.val:
        for batch in score_batches(store, [crop for crop in stored if crop.clip in clips], 64, data.crop.size):
            crops += batch.crops
            for strength in asked.strengths:
                pictures = batch.pictures
                if strength:
                    rng = np.random.default_rng(0)  # H.264 draws nothing
                    pictures = np.concatenate([corrupt(crop[None], "h264", strength, rng) for crop in pictures])
                for name, student in students.items():
                    fakeness[name, strength].append(student.score(pictures))
            print(f"{len(crops)} crops", file=sys.stderr)
    asked.out.mkdir(parents=True, exist_ok=True)
    lines = []
    for strength in asked.strengths:
        files = []
        for name in students:
            table = score_table(list(clips.values()), crops, np.concatenate(fakeness[name, strength]))
            files.append(ScoreFile(table, Model(name)))
            write_score_file(asked.out / f"{name}_h264_{strength:g}.parquet", files[-1])
        reports = [evaluate(file.table, 0, draws=0) for file in files]
        for name, gain in compare(files[1], files[0], 0).video.items():
            sets = [
                [report.sets[one] for one in ([name] if name in report.sets else report.sets)] for report in reports
            ]
            values = [np.mean([part.video.auc.value for part in parts]) for parts in sets]
            if name != "pooled":
                low_high = f"[{gain.difference.low:+.3f}, {gain.difference.high:+.3f}]"
                lines.append(
                    {"H.264": f"{strength:g}", "data set": name}
                    | {path: f"{value:.3f}" for path, value in zip(students, values, strict=True)}
                    | {"difference": f"{gain.difference.value:+.3f} {low_high}"}
                )
    print(rows_of(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
