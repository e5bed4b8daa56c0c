"""What each part of LSDA adds: the lines and scores of experiments/compare.py, gathered, and their table.

Run: python experiments/ablation.py OUT... --into results/ablation     (OUT as compare.py --rotations turn wrote it)

The trainings that are there already stay; delete both files to begin anew.

    results/ablation.json       a line for each training: preset, held-out method, seed, methods, loss terms, seconds
    results/ablation.parquet    a row for each crop of every set, and a column of fakeness for each training

`python experiments/results.py` makes docs/leaked.md's table of these two files alone.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Bool

from barefaced.metrics.ranking import auc
from barefaced.metrics.score_rows import by_video, read_scores
from barefaced.values.dataset import REAL
from barefaced.values.scores import ScoreTable
from compare import IDENTITY
from forged import subset
from jobs import PRESETS, Job
from paired import paired, rows_of, spread

KEPT = ("preset", "held_out", "seed", "trained_on", "terms", "seconds", "cpu_seconds", "images_per_second")
WHAT = ("clip", "label", "method", "origin")
SCORE = "fakeness"
PEOPLE = "test"
"""The set of held-out people's crops; the others are other people's data sets."""

PAIRS = (
    ("cosine", "paper"),
    ("cosine", "none_cosine"),
    ("distill_0.1", "paper"),
    ("inputs_all", "paper"),
    ("paper@1", "plain@1"),
    ("paper@2", "plain@2"),
    ("paper@4", "plain@4"),
)
"""Compared beside every preset with `plain`."""

Read = Callable[[ScoreTable, dict], float | None]


def gather(folders: list[Path], into: Path) -> None:
    """Add to the two files, or begin them.

    Raises:
        SystemExit: trainings that do not belong in one table, or one that is there already.
    """
    if lacking := [str(folder) for folder in folders if not (folder / "results.jsonl").is_file()]:
        raise SystemExit(f"no results.jsonl of compare.py in {', '.join(lacking)}")
    rows = [
        (folder, json.loads(line)) for folder in folders for line in (folder / "results.jsonl").read_text().splitlines()
    ]
    table, settings, runs = None, None, []
    numbers, scored = into.with_suffix(".json"), into.with_suffix(".parquet")
    if numbers.is_file():
        stored = json.loads(numbers.read_bytes())
        settings, runs = stored["settings"], stored["runs"]
        table = pq.read_table(scored, columns=["set", *WHAT, *map(name_of, runs)])
    for folder, row in rows:
        same = {name: row[name] for name in IDENTITY} | {"sets": row["externals"]}
        settings = settings or same
        if same != settings:
            raise SystemExit(f"{folder}: other settings or data:\n{json.dumps(same)}\n{json.dumps(settings)}")
        scores = _scores(folder, row)
        crops, name = scores.drop_columns([SCORE]), name_of(row)
        table = table if table is not None else crops
        if name in table.column_names:
            raise SystemExit(f"{name} twice, the second time in {folder}")
        if not crops.equals(table.select(crops.column_names)):
            raise SystemExit(f"{folder}: {name} scored other crops than those before it")
        table = table.append_column(name, scores[SCORE])
        runs.append({field: row[field] for field in KEPT})
    if table is None or "plain" not in {row["preset"] for row in runs}:
        raise SystemExit("no training of `plain` there, which all others are compared with")
    runs.sort(key=lambda row: (row["seed"], row["preset"]))
    whole = table.select(["set", *WHAT, *map(name_of, runs)])
    pq.write_table(whole, scored, compression="zstd")
    numbers.write_text(json.dumps({"settings": settings, "runs": runs}, indent=1) + "\n")
    print(
        f"{len(runs)} trainings, {len(whole)} crops of {', '.join(dict.fromkeys(map(str, whole['set'].to_pylist())))}"
    )


def _scores(folder: Path, row: dict) -> pa.Table:
    """A training's crops, and what it made of each."""
    name = Job(row["preset"], row["held_out"], row["seed"]).name
    tables = {one: read_scores(folder / "scores" / name / f"{one}.parquet") for one in row["sets"]}
    return pa.table(
        {
            "set": [one for one, table in tables.items() for _ in table.clip],
            **{field: [value for table in tables.values() for value in getattr(table, field)] for field in WHAT},
            SCORE: pa.array(np.concatenate([table.fakeness for table in tables.values()]), pa.float32()),
        }
    )


def name_of(row: dict) -> str:
    """A training, as its column is called."""
    return f"{row['preset']} {row['seed']}"


def table(stored: Path) -> str:
    """Mean and spread over the seeds, each with its own held-out method; then paired differences.

    Args:
        stored: the two files, without their endings.
    """
    found_there = json.loads(stored.with_suffix(".json").read_bytes())
    runs, compared = found_there["runs"], found_there["settings"]["methods"]
    scores = pq.read_table(stored.with_suffix(".parquet"))
    of = {name: np.array(scores[name].to_pylist()) for name in ("set", *WHAT)}
    found: dict[str, dict[int, dict[str, float | None]]] = {}
    columns = _columns(of["set"], of["method"], compared)
    for row in runs:
        fakeness = scores[name_of(row)].to_numpy().astype(np.float64)
        parts = {one: _scored(of, fakeness, of["set"] == one) for one in dict.fromkeys(of["set"])}
        cells = {name: read(parts[one], row) for name, (one, read) in columns.items()}
        found.setdefault(row["preset"], {})[row["seed"]] = cells
    found = dict(sorted(found.items(), key=lambda one: _place(one[0])))
    cost = {preset: np.median([row["cpu_seconds"] for row in runs if row["preset"] == preset]) for preset in found}
    lines = []
    for preset, mine in found.items():
        line = {"": preset, "seeds": str(len(mine))}
        for name in columns:
            line[name] = spread([value for cells in mine.values() if (value := cells[name]) is not None])
        lines.append(line | {"cpu time": f"{cost[preset] / cost['plain']:.1f}"})
    pairs = [(preset, "plain") for preset in found if preset != "plain"]
    gains = [_gain(found, pair, list(columns)) for pair in [*pairs, *(pair for pair in PAIRS if {*pair} <= {*found})]]
    said = "Differences paired by seed (and so by held-out method), mean ± sd [95 % interval]:"
    return f"{rows_of(lines)}\n\n{said}\n\n{rows_of(gains)}" if gains else rows_of(lines)


Cells = dict[str, dict[int, dict[str, float | None]]]
"""Preset to seed to column to AUC."""


def _gain(found: Cells, pair: tuple[str, str], columns: list[str]) -> dict[str, str]:
    mine, base = (found[preset] for preset in pair)
    seeds = sorted(mine.keys() & base.keys())
    line = {"": " - ".join(pair), "pairs": str(len(seeds))}
    for name in columns:
        both = [(mine[seed][name], base[seed][name]) for seed in seeds]
        line[name] = paired([a - b for a, b in both if a is not None and b is not None])
    return line


def _place(preset: str) -> tuple[int, int]:
    """In the order of PRESETS; those of few methods after all others."""
    name, _, few = preset.partition("@")
    return int(few or 0), list(PRESETS).index(name)


def _scored(of: dict[str, np.ndarray], fakeness: np.ndarray, keep: Bool[np.ndarray, " N"]) -> ScoreTable:
    count = int(keep.sum())
    none = np.zeros(count, np.int64)
    return ScoreTable(
        clip=of["clip"][keep],
        track=none,
        frame=np.arange(count),
        seconds=np.zeros(count),
        fakeness=fakeness[keep],
        label=of["label"][keep],
        dataset=of["set"][keep],
        method=of["method"][keep],
        origin=of["origin"][keep],
    )


def _columns(sets: np.ndarray, methods: np.ndarray, compared: list[str]) -> dict[str, tuple[str, Read]]:
    """Column to its set and how it is read."""
    columns: dict[str, tuple[str, Read]] = {
        "held-out method": (PEOPLE, lambda table, row: _auc(table, [row["held_out"]])),
        "methods seen": (PEOPLE, lambda table, row: _mean(table, row["trained_on"])),
    }
    if never := sorted({*methods[sets == PEOPLE]} - {REAL, *compared}) if compared else []:
        columns["methods in no row"] = (PEOPLE, lambda table, _: _mean(table, never))
    for one in dict.fromkeys(sets):
        if one == PEOPLE:
            continue
        there = sorted({*methods[sets == one]} - {REAL})
        clips = len(there) > 1
        # Clips where there are any: several methods say that it is a set of clips. Own originals alone, where known.
        for some in [there] if not clips else [there, *[[name] for name in there]]:
            name = one if len(some) == len(there) else f"{one} {some[0]}"
            columns[name] = (one, lambda table, _, some=some: _auc(table, some, own=True))
    return columns


def _mean(table: ScoreTable, methods: list[str]) -> float | None:
    found = [value for name in methods if (value := _auc(table, [name])) is not None]
    return float(np.mean(found)) if found else None


def _auc(table: ScoreTable, methods: list[str], *, own: bool = False) -> float | None:
    """By video, of a photograph the same as by frame; against the forgeries' own originals where they have any."""
    fake = np.isin(table.method, methods)
    reals = table.label == 0
    originals = reals & np.isin(table.origin, table.origin[fake])
    videos = by_video(subset(table, fake | (originals if own and originals.any() else reals)))
    return float(auc(videos.label, videos.fakeness)) if 0 < videos.label.sum() < len(videos.label) else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--into", type=Path, required=True, help="the two files, without their endings")
    asked = parser.parse_args()
    gather(asked.folders, asked.into)
    print(table(asked.into))
    return 0


if __name__ == "__main__":
    sys.exit(main())
