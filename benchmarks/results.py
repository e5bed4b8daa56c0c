"""The tables of docs/results.md, made again from what is stored in results/.

Run: make results         (python benchmarks/results.py; --check writes nothing, and a stale table is an error)

    results/shipped.parquet     the shipped detector's score of every crop of every set (benchmarks/ship.py)
    results/shipped_c40.parquet the second variant's, gone on from it with FaceForensics++ c40 (benchmarks/ship.py)
    results/shipped_seed*       the same of the shipped recipe run again, seed by seed (benchmarks/ship.py)
    results/shipped_earlier.parquet and of the weights that shipped before it, by earlier code
    results/groups.json         its evaluation by groups of people (benchmarks/groups.py)
    results/robustness.json     its curves under corruptions (barefaced robustness)
    results/comparison.jsonl    a line for each training of the comparison (benchmarks/compare.py)
    results/ablation.*          every training of the ablation and its scores (benchmarks/ablation.py)
    results/parts.*             the same of its second half: single parts of LSDA, on photographs forged anew
    results/count.*             the same of two, four and six methods to train on
    results/traces.json         each forgery method alone, and which is taken for which (benchmarks/traces.py)

A table stands between `<!-- results: NAME -->` and `<!-- end -->`; the words around it are written by hand.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from scipy.special import expit, logit

from ablation import table as ablation_table
from barefaced.metrics.evaluation import evaluate_file
from barefaced.metrics.ranking import auc
from barefaced.metrics.tables import by_video, read_scores
from barefaced.records import record
from barefaced.results import Model, ScoreFile, SetReport
from barefaced.types import Interval, ScoreTable, Thresholds
from forged import subset
from groups import table as groups_table
from paired import rows_of
from verdict import report as comparison_tables

STORED, PAGE = Path("results"), Path("docs/results.md")
DRAWS = 1000
PLACE = re.compile(r"(<!-- results: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def shipped() -> str:
    return _sets(STORED / "shipped.parquet")


def shipped_c40() -> str:
    return _sets(STORED / "shipped_c40.parquet")


def seeds() -> str:
    """Every set by trainings of the shipped recipe: AUC, and how far the others are from the one that ships at most.

    Beside them the mean of the seeds' log-odds.
    """
    by_seed = {int(file.stem.removeprefix("shipped_seed")): file for file in STORED.glob("shipped_seed*.parquet")}
    files = {"shipped": STORED / "shipped.parquet"} | {f"seed {seed}": by_seed[seed] for seed in sorted(by_seed)}
    files["earlier code"] = STORED / "shipped_earlier.parquet"
    tables = {name: read_scores(file) for name, file in files.items()}
    first = tables["shipped"]
    for name, table in tables.items():
        if not all(np.array_equal(getattr(table, of), getattr(first, of)) for of in ("clip", "track", "frame")):
            raise SystemExit(f"{files[name]} scored other crops than {files['shipped']}")
    drawn = [logit(table.fakeness.astype(np.float64)) for name, table in tables.items() if name != "earlier code"]
    tables["mean of the seeds"] = replace(first, fakeness=expit(np.mean(drawn, axis=0)))
    lines = []
    for of in np.unique(first.dataset):
        parts = {name: subset(table, table.dataset == of) for name, table in tables.items()}
        line = {"": str(of)}
        for unit, rows in (("frame", parts), ("video", {name: by_video(part) for name, part in parts.items()})):
            found = {name: float(auc(one.label, one.fakeness)) for name, one in rows.items()}
            line |= {f"{unit} AUC, {name}": f"{value:.3f}" for name, value in found.items()}
            farthest = max((found[name] - found["shipped"] for name in files), key=abs)
            line[f"{unit}: farthest from shipped"] = f"{farthest:+.3f}"
        lines.append(line)
    return rows_of(lines)


def _sets(scores: Path) -> str:
    """Every set, and every method against all the set's reals."""
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
    return rows_of(lines)


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
    return f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"


def groups() -> str:
    return groups_table(json.loads((STORED / "groups.json").read_bytes()))


def robustness() -> str:
    """What is left of the AUC at each strength, and its interval."""
    found = json.loads((STORED / "robustness.json").read_bytes())
    overall = "mean" if "mean" in found["clean"] else next(iter(found["clean"]))

    def bounds(one: dict) -> str:
        auc = one["auc"][overall] if overall in one["auc"] else one["auc"]
        return f"{auc['value']:.3f} [{auc['low']:.3f}, {auc['high']:.3f}]"

    lines = [
        {"": "clean", "unit": ""} | {str(n): bounds(found["clean"][overall]) if n == 1 else "" for n in range(1, 6)}
    ]
    for name, curve in found["corruptions"].items():
        cells = {str(n): f"{at['strength']:g}: {bounds(at)}" for n, at in enumerate(curve["strengths"], 1)}
        lines.append({"": name, "unit": curve["unit"]} | cells)
    return rows_of(lines)


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
        shipped_c40,
        groups,
        robustness,
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
    page = PAGE.read_text(encoding="utf-8")
    anew = filled(page)
    if asked.check and anew != page:
        print(f"{PAGE} is not what {STORED} gives: run `make results`", file=sys.stderr)
        return 1
    if not asked.check:
        PAGE.write_text(anew, encoding="utf-8")
        print(f"{PAGE}: {len(PLACE.findall(anew))} tables")
    return 0


if __name__ == "__main__":
    sys.exit(main())
