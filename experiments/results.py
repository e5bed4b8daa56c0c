"""The tables of docs/tables.md and docs/leaked.md, made again from what is stored in results/.

Run: make results         (python experiments/results.py; --check writes nothing, and a stale table is an error)

    results/shipped.parquet     the shipped detector's score of every crop of every set (experiments/ship.py)
    results/shipped_seed*       the same of the shipped recipe with other seeds
    results/without_*           the same of the recipe without one of its sets
    results/shipped_0.1.parquet and of the weights of 0.1.0, by the code of that time
    results/comparison.jsonl, ablation.*, parts.*, count.*, traces.json
                                of trainings on crops with a mirrored border (docs/leaked.md)

A table stands between `<!-- results: NAME -->` and `<!-- end -->`; the words around it are written by hand.
"""

import argparse
import json
import math
import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from ablation import table as ablation_table
from barefaced.metrics.bootstrap.confidence_interval import METRICS, bootstrap, interval
from barefaced.metrics.evaluation import evaluate_file
from barefaced.metrics.ranking import auc, has_both
from barefaced.metrics.score_rows import by_video, read_scores
from barefaced.values.card import Thresholds
from barefaced.values.evaluation import Model, ScoreFile, SetReport
from barefaced.values.json_codec import record
from barefaced.values.scores import Interval, ScoreTable, VideoScores
from forged import subset
from paired import rows_of, spread
from verdict import report as comparison_tables

STORED = Path("results")
PAGES = (Path("docs/tables.md"), Path("docs/leaked.md"))
DRAWS = 1000
PLACE = re.compile(r"(<!-- results: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def shipped() -> str:
    return _sets(STORED / "shipped.parquet")


def seeds() -> str:
    """Every set by trainings of the shipped recipe: AUC, its mean and standard deviation over the seeds."""
    files = {0: STORED / "shipped.parquet"}
    files |= {int(file.stem.removeprefix("shipped_seed")): file for file in STORED.glob("shipped_seed*.parquet")}
    tables = {seed: read_scores(files[seed]) for seed in sorted(files)}
    lines = []
    for of in np.unique(tables[0].dataset):
        parts = {seed: subset(table, table.dataset == of) for seed, table in tables.items()}
        line = {"": str(of)}
        for unit, rows in (("frame", parts), ("video", {seed: by_video(part) for seed, part in parts.items()})):
            found = {seed: float(auc(one.label, one.fakeness)) for seed, one in rows.items()}
            line |= {f"{unit} AUC, seed {seed}": f"{value:.3f}" for seed, value in found.items()}
            line[f"{unit}, mean"] = spread(list(found.values()))
        lines.append(line)
    return rows_of(lines)


def without() -> str:
    """The recipe without one of its sets, on what it lacked."""
    lines = []
    for file in sorted(STORED.glob("without_*.parquet")):
        for line in _lines(file):
            lines.append({"without": file.stem.removeprefix("without_")} | line)
    return rows_of(lines)


def against_earlier() -> str:
    """The shipped weights less those of 0.1.0, on the clips that both scored: a paired bootstrap over origins."""
    new, old = (by_video(read_scores(STORED / f"{name}.parquet")) for name in ("shipped", "shipped_0.1"))
    lines = []
    for of in sorted(set(new.dataset) & set(old.dataset)):
        place_new, place_old = _places(new, of), _places(old, of)
        both = sorted(place_new.keys() & place_old.keys())
        at_new, at_old = (np.array([place[key] for key in both], int) for place in (place_new, place_old))
        labels, origins = new.label[at_new], np.unique(new.origin[at_new].astype(str), return_inverse=True)[1]
        if not has_both(labels):
            continue
        scores = [new.fakeness[at_new].astype(np.float64), old.fakeness[at_old].astype(np.float64)]
        now, then = (float(auc(labels, some)) for some in scores)
        drawn = [
            bootstrap(labels, some, origins, np.random.default_rng(0), DRAWS)[:, METRICS.index("auc")]
            for some in scores
        ]
        gain = interval(now - then, drawn[0] - drawn[1])
        lines.append(
            {
                "": of,
                "clips": str(len(both)),
                "0.1.0, video AUC": f"{then:.3f}",
                "shipped, video AUC": f"{now:.3f}",
                "difference": f"{gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]",
            }
        )
    return rows_of(lines)


def _places(videos: VideoScores, dataset: str) -> dict[tuple[str, ...], int]:
    """Row of each clip by label, method where there are several, and name."""
    several = len(set(videos.method[(videos.dataset == dataset) & (videos.label == 1)])) > 1
    return {
        (str(videos.label[at]), str(videos.method[at]) if several else "", str(videos.clip[at]).rpartition("/")[2]): at
        for at in np.flatnonzero(videos.dataset == dataset).tolist()
    }


def _sets(scores: Path) -> str:
    """Every set, and every method against all the set's reals."""
    return rows_of(_lines(scores))


def _lines(scores: Path) -> list[dict[str, str]]:
    table = read_scores(scores)
    forged = np.unique(table.origin[table.label == 1])
    own = np.isin(table.origin, forged)
    stored = pq.read_schema(scores).metadata
    model, chosen = (
        Model(stored[b"model"].decode()),
        record(Thresholds, json.loads(stored[b"thresholds"]), "thresholds"),
    )
    fewer = tuple(record(Thresholds, row, "thresholds") for row in json.loads(stored.get(b"fewer", b"[]")))

    def measured(rows: ScoreTable) -> dict[str, SetReport]:
        return evaluate_file(ScoreFile(rows, model, thresholds=chosen, fewer=fewer), 0, DRAWS).sets

    alone = {name: part for name, part in measured(subset(table, own)).items() if not own[table.dataset == name].all()}
    lines = []
    for name, part in measured(table).items():
        lines.append(_line(f"**{name}**", part))
        if name in alone and alone[name].counts["real"].clips:
            lines.append(_line(f"{name}, against the forgeries' own originals", alone[name]))
        if len(part.methods) > 1:
            lines += [_line(f"{name}: {method}", one) for method, one in part.methods.items()]
    return lines


def _line(name: str, part: SetReport) -> dict[str, str]:
    counts = {label: count.clips for label, count in part.counts.items()}
    return {
        "": name,
        "real / forged clips": f"{counts.get('real', 0)} / {counts.get('fake', 0)}",
        "frame AUC": _shown(part.frame.auc),
        "video AUC": _shown(part.video.auc),
        "false alarms at the 1 % threshold": _shown(part.video.false_alarms),
        "found": _shown(part.video.found),
    }


def _shown(one: Interval) -> str:
    """A number and its interval; what is not known is left out."""
    if math.isnan(one.value):
        return ""
    return f"{one.value:.3f}" + ("" if math.isnan(one.low) else f" [{one.low:.3f}, {one.high:.3f}]")


def comparison() -> str:
    lines = [json.loads(line) for line in (STORED / "comparison.jsonl").read_text().splitlines()]
    return comparison_tables(lines).replace("## ", "### ").replace("#### ", "### ")


def ablation() -> str:
    return ablation_table(STORED / "ablation")


def parts() -> str:
    return ablation_table(STORED / "parts")


def count() -> str:
    return ablation_table(STORED / "count")


def alone() -> str:
    found = json.loads((STORED / "traces.json").read_bytes())["alone"]
    return rows_of(
        [{"method": name, "frame AUC": f"{a:.3f} [{low:.3f}, {high:.3f}]"} for name, (a, low, high) in found.items()]
    )


def domains() -> str:
    found = json.loads((STORED / "traces.json").read_bytes())["domains"]
    return rows_of(
        [
            {"was / taken for": name}
            | {other: f"{share:.2f}" for other, share in zip(found["methods"], row, strict=True)}
            for name, row in zip(found["methods"], found["shares"], strict=True)
        ]
    )


TABLES: dict[str, Callable[[], str]] = {
    one.__name__: one
    for one in (
        shipped,
        seeds,
        without,
        against_earlier,
        comparison,
        ablation,
        parts,
        count,
        alone,
        domains,
    )
}


def filled(page: str) -> str:
    """The page with every table made anew."""
    return PLACE.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}\n{found[3]}", page)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        anew = filled(text)
        if asked.check and anew != text:
            print(f"{page} is not what {STORED} gives: run `make results`", file=sys.stderr)
            return 1
        if not asked.check:
            page.write_text(anew, encoding="utf-8")
            print(f"{page}: {len(PLACE.findall(anew))} tables")
    return 0


if __name__ == "__main__":
    sys.exit(main())
