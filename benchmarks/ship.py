"""The detector that comes with barefaced, from its data to the weights file and every number on its card.

Run: python benchmarks/ship.py DATA --out runs/ship [--recipe recipes/shipped.yaml] [--stop train]

DATA holds utkface/, openforensics/{real,fake}/, faceforensics/, celeb_df_v2/ and dfdc_crops/{real,fake}/. A step is a
command of barefaced that is printed, can be killed, and goes on where it was when this is started again:

    faces     links to the photographs: of UTKFace and OpenForensics the first 3,000 and 1,500 by the sha256 of their
              names; all others are never trained on
    stores    crops of these, of the other photographs, and of the sets that only test
    train     the recipe (two cores: about an hour and a half)
    forge     the other UTKFace people, forged: people never seen, by methods that were
    measure   OUT/shipped.safetensors: the weights in half size, with their numbers on every set on the card, and
              OUT/shipped.parquet: a row a crop of every set
    weak      OUT/groups.json and OUT/robustness.json: by groups of people, and under corruptions
    seeds     the recipe with seeds 1 and 2, measured alike: OUT/shipped_seed1.parquet and so on (as long again, each)
    second    the second variant, gone on from these weights with FaceForensics++ c40: OUT/shipped_c40.safetensors and
              OUT/shipped_c40.parquet (two cores: about an hour)

Copy OUT/shipped.safetensors over src/barefaced/weights/barefaced.safetensors and OUT/*.parquet and OUT/*.json into
results/, then run `make results`.
"""

import argparse
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import groups
from barefaced.durable import write_bytes
from barefaced.metrics.thresholds import rows_of
from barefaced.model.card import card_of
from barefaced.records import plain
from barefaced.types import ModelCard

NEEDED = ("utkface", "openforensics/real", "openforensics/fake", "faceforensics", "celeb_df_v2", "dfdc_crops")
"""Folders of DATA."""
STEPS = ("faces", "stores", "train", "forge", "measure", "weak", "seeds", "second")
SEEDS = (1, 2)
"""Beside the recipe's own."""
LEARNING_STEPS = 600
"""Of the learned methods that forge the people who test."""
SIDE = 160
TERMS = (
    "Research only, non-commercial: trained on photographs of UTKFace (non-commercial research) and of faces from "
    "OpenForensics (terms not verified), from ImageNet weights (Apache-2.0). `faces` are 3,000 photographs of the one "
    "and 1,500 of the other."
)
C40_TERMS = "And on video of FaceForensics++ (its own terms of use, research only)."
SECOND = Path("recipes/shipped_c40.yaml")
STORES = {
    "faces": ("faces", "--layout", "reals"),
    "c40": ("faceforensics", "--compression", "c40", "--frames", "16"),
    "c40_train": ("faceforensics", "--compression", "c40", "--frames", "64"),
    "celeb": ("celeb_df_v2", "--layout", "celeb_df_v2"),
    "dfdc": ("dfdc_crops", "--layout", "folder"),
    "of": ("openforensics", "--layout", "folder"),
    "held_out": ("utkface_held_out", "--layout", "reals"),
}
"""Store to its data, under OUT where some were chosen, else under DATA, and how it is prepared.

The folder's name is the set's on every page.
"""
CORRUPTIONS = ("jpeg", "h264", "resize", "blur", "dark", "occlusion")
MEASURED = ("forged", "c40", "celeb", "dfdc", "of")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/ship"))
    parser.add_argument("--recipe", type=Path, default=Path("recipes/shipped.yaml"))
    parser.add_argument("--name", default="barefaced")
    parser.add_argument("--stop", choices=STEPS, default=STEPS[-1], help="the last step to do")
    asked = parser.parse_args()
    data, out = asked.data.resolve(), asked.out.resolve()
    missing = [name for name in NEEDED if not (data / name).is_dir()]
    if missing:
        parser.error(f"{data} lacks {', '.join(missing)}")
    stores, shipped = out / "stores", out / "shipped.safetensors"
    for step in STEPS[: STEPS.index(asked.stop) + 1]:
        if step == "faces":
            choose(data, out)
        if step == "stores":
            for name, (folder, *words) in STORES.items():
                root = out / folder if (out / folder).is_dir() else data / folder
                barefaced("prepare", root, stores / name, *words, "--crop.size", str(SIDE))
        if step == "train":
            barefaced("train", asked.recipe, "--data.stores", f"[{stores / 'faces'}]", "--out", out / "run")
        if step == "forge":
            barefaced("forge", stores / "held_out", stores / "forged", "--steps", str(LEARNING_STEPS))
        if step == "measure":
            measure(out / "run", shipped, stores, asked.name, TERMS)
        if step == "weak":
            weaknesses(shipped, stores / "forged", out)
        if step == "seeds":
            for seed in SEEDS:
                run, model = out / f"run_seed{seed}", out / f"shipped_seed{seed}.safetensors"
                words = ["--data.stores", f"[{stores / 'faces'}]", "--seed", str(seed), "--out", run]
                barefaced("train", asked.recipe, *words)
                measure(run, model, stores, f"{asked.name}_seed{seed}", TERMS)
        if step == "second":
            run, trained = out / "run_c40", f"[{stores / 'faces'}, {stores / 'c40_train'}]"
            barefaced("train", SECOND, "--data.stores", trained, "--start", shipped, "--out", run)
            measure(run, out / "shipped_c40.safetensors", stores, f"{asked.name}_c40", f"{TERMS} {C40_TERMS}")
    return 0


def measure(run: Path, model: Path, stores: Path, name: str, terms: str) -> None:
    """A run's detector in half size, measured on every set: numbers onto its card, scores into one table beside it.

    What it has seen is left out. A table that is younger than the run's detector stands.
    """
    table = model.with_suffix(".parquet")
    if table.is_file() and table.stat().st_mtime_ns >= (run / "model.safetensors").stat().st_mtime_ns:
        print(f"{table} stands")
        return
    barefaced("publish", run / "model.safetensors", model, "--half", "--name", name, "--terms", terms)
    folders = [model.with_suffix("") / of for of in MEASURED]
    for folder in folders:
        barefaced("evaluate", model, stores / folder.name, "--out", folder)
    barefaced("publish", model, model, *(word for folder in folders for word in ("--evaluation", folder)))
    gather([folder / "scores.parquet" for folder in folders], card_of(model), table)


def weaknesses(model: Path, store: Path, out: Path) -> None:
    """Who raises false alarms, and what is left under corruptions; both on people never seen."""
    groups.write(store, out / "groups.csv")
    by = [word for name in ("age", "skin", "sex", "pose", "light") for word in ("--by", name)]
    barefaced("evaluate", model, store, "--attributes", out / "groups.csv", *by, "--out", out / "groups")
    only = [word for name in CORRUPTIONS for word in ("--only", name)]
    words = ["--most", "400", *only, "--draws", "500", "--out", out / "robustness"]
    barefaced("robustness", model, store, *words)
    for name, file in (("groups", "report.json"), ("robustness", "robustness.json")):
        shutil.copyfile(out / name / file, out / f"{name}.json")


def choose(data: Path, out: Path) -> None:
    """Links to the photographs: those to train from, and those that only test."""
    for source, there, rest, count in (
        (data / "utkface", out / "faces" / "utk", out / "utkface_held_out", 3000),
        (data / "openforensics" / "real", out / "faces" / "of", out / "openforensics" / "real", 1500),
    ):
        photographs = sorted(source.glob("*.jpg"), key=lambda file: hashlib.sha256(file.name.encode()).digest())
        for number, photograph in enumerate(photographs):
            link = (there if number < count else rest) / photograph.name
            link.parent.mkdir(parents=True, exist_ok=True)
            if not link.exists():
                link.symlink_to(photograph)
    if not (out / "openforensics" / "fake").exists():
        (out / "openforensics" / "fake").symlink_to(data / "openforensics" / "fake")


def barefaced(verb: str, *words: object) -> None:
    """One command, printed; this ends where it fails. Exit code 2 says that single files could not be read."""
    line = [sys.executable, "-m", "barefaced", verb, *map(str, words)]
    print(f"\n$ {shlex.join(['barefaced', *line[3:]])}", flush=True)
    # Sums depend on the number of threads in their last digits, and so do networks that learn to forge.
    code = subprocess.run(line, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"}).returncode
    if code not in (0, 2) or (code == 2 and verb not in ("prepare", "forge")):
        raise SystemExit(code)


def gather(files: list[Path], card: ModelCard, out: Path) -> None:
    """One table of all scores, the model's thresholds beside them; what a table lacks is null there."""
    tables = [pq.read_table(file).replace_schema_metadata() for file in files]
    whole = pa.concat_tables(tables, promote_options="default")
    *fewer, thresholds = (plain(asdict(row)) for row in rows_of(card))
    known = {"model": card.name, "thresholds": json.dumps(thresholds), "fewer": json.dumps(fewer)}
    stream = pa.BufferOutputStream()
    pq.write_table(whole.replace_schema_metadata(known), stream, compression="zstd")
    write_bytes(out, stream.getvalue().to_pybytes())
    print(f"{out}: {sum(table.num_rows for table in tables)} crops, {out.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
