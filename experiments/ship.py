"""The detector that comes with barefaced, from its data to the weights file and every number on its card.

Run: python experiments/ship.py DATA --out runs/ship [--stop train]

DATA holds the folders of shipping_data.NEEDED. A step is a command of barefaced that is printed, can be killed, and
goes on where it was when this is started again:

    data      links to the pictures that train and to those that test (shipping_data.py)
    stores    crops of these
    train     recipes/shipped.yaml, then recipes/shipped_fine_tune.yaml from what it gives (one core: about three hours)
    measure   OUT/shipped.safetensors: the weights in half size, with their numbers on every set that tests on the card,
              and OUT/shipped.parquet: a row a crop of every set
    weak      OUT/groups.json and OUT/robustness.json: by groups of people, and under corruptions, on UTKFace people
              forged by barefaced's own methods
    seeds     both recipes with seeds 1 and 2, measured alike: OUT/shipped_seed1.parquet and so on (as long again, each)
    without   recipes/shipped.yaml, half as long, without one of the sets it learns from, tested on what it lacked:
              OUT/without_dfdc.parquet and so on

Copy OUT/shipped.safetensors over src/barefaced/weights/barefaced.safetensors and OUT/*.parquet and OUT/*.json into
results/, then run `make results`.
"""

import argparse
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
from barefaced.config.parsing import recipe
from barefaced.metrics.thresholds import rows_of
from barefaced.model.card import card_of
from barefaced.runtime.files import write_bytes
from barefaced.values.card import ModelCard
from barefaced.values.json_codec import plain
from shipping_data import NEEDED, link_pictures

STEPS = ("data", "stores", "train", "measure", "weak", "seeds", "without")
RECIPE = Path("recipes/shipped.yaml")
FINE_TUNE = Path("recipes/shipped_fine_tune.yaml")
SEEDS = (1, 2)
"""Beside the recipes' own."""
TERMS = (
    "Research only, non-commercial: trained on DFDC and FaceForensics++ (research only, their own terms) and on faces "
    "from OpenForensics (terms not verified), from ImageNet weights (Apache-2.0)."
)
WIDE = ("--crop.size", "256", "--crop.margin", "1.4")
SEEN = ("--crop.size", "192", "--crop.margin", "1.05")
"""The middle of a wide crop: what the model looks at."""
TRAINING = {
    "dfdc": ("dfdc_train", "--layout", "folder"),
    "ffpp_frames": ("ffpp_frames", "--layout", "folder"),
    "clips": ("faceforensics_c23", "--layout", "faceforensics", "--frames", "10"),
    "openforensics": ("openforensics_train", "--layout", "folder"),
}
"""Store to its data, under OUT/data where links were made, else under DATA, and how it is prepared."""
TESTS = {
    "celeb_df": ("celeb_df_v2", "--layout", "celeb_df_v2"),
    "c40": ("faceforensics", "--compression", "c40"),
    "dfdc_crops": ("dfdc_crops", "--layout", "folder"),
    "openforensics": ("openforensics", "--layout", "folder"),
    "utkface": ("utkface", "--layout", "reals"),
}
WITHOUT = {
    "dfdc": (("dfdc",), ("dfdc_crops",)),
    "ffpp": (("ffpp_frames", "clips"), ("c40", "celeb_df")),
    "openforensics": (("openforensics",), ("openforensics",)),
}
"""Name to the stores left out, and the tests that then are of a set never trained on."""
CORRUPTIONS = ("jpeg", "h264", "resize", "blur", "dark", "occlusion")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/ship"))
    parser.add_argument("--name", default="barefaced")
    parser.add_argument("--stop", choices=STEPS, default=STEPS[-1], help="the last step to do")
    asked = parser.parse_args()
    data, out = asked.data.resolve(), asked.out.resolve()
    missing = [name for name in NEEDED if not (data / name).is_dir()]
    if missing:
        parser.error(f"{data} lacks {', '.join(missing)}")
    shipped = out / "shipped.safetensors"
    for step in STEPS[: STEPS.index(asked.stop) + 1]:
        if step == "data":
            link_pictures(data, out / "data")
        if step == "stores":
            for folder, sets, crop in (("stores", TRAINING, WIDE), ("tests", TESTS, SEEN)):
                for name, (source, *words) in sets.items():
                    root = out / "data" / source if (out / "data" / source).is_dir() else data / source
                    barefaced("prepare", root, out / folder / name, *words, *crop)
        if step == "train":
            train_twice(out, out / "run")
        if step == "measure":
            measure(out / "run_fine_tune", shipped, out, asked.name)
        if step == "weak":
            weaknesses(shipped, out)
        if step == "seeds":
            for seed in SEEDS:
                run = out / f"run_seed{seed}"
                train_twice(out, run, "--seed", seed)
                measure(
                    run.with_name(f"{run.name}_fine_tune"),
                    out / f"shipped_seed{seed}.safetensors",
                    out,
                    f"{asked.name}_seed{seed}",
                )
        if step == "without":
            for name, (left_out, tests) in WITHOUT.items():
                run = out / f"run_without_{name}"
                train(RECIPE, out, run, "--optim.epochs", 2, without=left_out)
                measure(run, out / f"without_{name}.safetensors", out, f"{asked.name}_without_{name}", tests)
    return 0


def train_twice(out: Path, run: Path, *words: object) -> None:
    """Train the recipe in the folder `run`, and fine-tune what it gives in `run` with `_fine_tune` behind its name."""
    train(RECIPE, out, run, *words)
    train(FINE_TUNE, out, run.with_name(f"{run.name}_fine_tune"), "--start", run / "model.safetensors", *words)


def train(file: Path, out: Path, run: Path, *words: object, without: tuple[str, ...] = ()) -> None:
    """Train the recipe on the stores less those left out, whose shares the others take."""
    shares = dict(zip(TRAINING, recipe(file, []).data.shares, strict=True))
    kept = {name: share for name, share in shares.items() if name not in without}
    total = sum(kept.values())
    stores = ", ".join(str(out / "stores" / name) for name in kept)
    parts = ", ".join(f"{share / total:.9f}" for share in kept.values())
    barefaced("train", file, "--data.stores", f"[{stores}]", "--data.shares", f"[{parts}]", *words, "--out", run)


def measure(run: Path, model: Path, out: Path, name: str, tests: tuple[str, ...] = tuple(TESTS)) -> None:
    """A run's detector in half size, measured on sets that test: numbers onto its card, scores into a table beside it.

    A table that is younger than the run's detector stands.
    """
    table = model.with_suffix(".parquet")
    if table.is_file() and table.stat().st_mtime_ns >= (run / "model.safetensors").stat().st_mtime_ns:
        print(f"{table} stands")
        return
    barefaced("publish", run / "model.safetensors", model, "--half", "--name", name, "--terms", TERMS)
    folders = [model.with_suffix("") / test for test in tests]
    for folder in folders:
        barefaced("evaluate", model, out / "tests" / folder.name, "--out", folder)
    barefaced("publish", model, model, *(word for folder in folders for word in ("--evaluation", folder)))
    gather([folder / "scores.parquet" for folder in folders], card_of(model), table)


def weaknesses(model: Path, out: Path) -> None:
    """Who raises false alarms, and what is left under corruptions; both on people never seen."""
    store = out / "tests" / "forged"
    barefaced("forge", out / "tests" / "utkface", store, "--methods", "[self_blend, cross_blend, face_swap, reenact]")
    groups.write(store, out / "groups.csv")
    by = [word for name in ("age", "skin", "sex", "pose", "light") for word in ("--by", name)]
    barefaced("evaluate", model, store, "--attributes", out / "groups.csv", *by, "--out", out / "groups")
    only = [word for name in CORRUPTIONS for word in ("--only", name)]
    words = ["--most", "400", *only, "--draws", "500", "--out", out / "robustness"]
    barefaced("robustness", model, store, *words)
    for name, file in (("groups", "report.json"), ("robustness", "robustness.json")):
        shutil.copyfile(out / name / file, out / f"{name}.json")


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
