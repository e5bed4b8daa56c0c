"""Where the answer is known: does LSDA find forgeries of kinds it never saw better than the binary loss alone does?

Run: python experiments/planted.py [--seeds 0 1 2 3 4] [--steps 400] [--variants plain paper ...] --out runs/planted
     python experiments/planted.py --explore --seeds 100 --out runs/planted      (other settings, validation people)
     python experiments/planted.py --quick                                       (a smoke run; its numbers say nothing)
One thread. On a 2-core machine a seed takes about 5 minutes of processor time: plain 21 s, paper 54 s, official 80 s,
wd and cd 50 s, the real encoder 20 s. What is already in OUT/compared.jsonl is not run again; several processes may
share OUT if their seeds differ.

The set. A picture is a made face: smooth colour fields, eyes and a mouth, fine grain, all of one person; a moment
moves, turns, lights, blurs and grains it. A forgery is that very picture with one artefact planted into the soft
ellipse of the face. Trained on: blend (a colour shift), lattice (a faint checkerboard), smooth (the lower face
blurred), grain (correlated noise), at strengths from 0.4 to 1.4. Held out: mixed (two of the four, each at 0.5),
stronger (one of them at 1.6), weaker (at 0.3), new (a ghost: a shifted copy shining through). People are disjoint
between training, validation and test. The set and the learning rate were fixed with `plain` alone, on validation
people: `seen` high without being saturated.

The comparison. Every variant of a seed has the same data, batches, picture augmentation, student, initial student,
learning rate and number of steps; the last step's student is tested. `wd` and `cd` are `paper` with one of the two
latent augmentations. AUC over test pictures; differences to `plain` are paired by seed, with Student's t interval.

The real encoder of `paper`, `wd` and `cd` is a stand-in for ArcFace: the student's own backbone, trained beforehand to
tell the training people apart by their real pictures, then frozen. A person's ground and colours stay the same, so that
is easier than faces are. `official` trains one from a random start, as it does; its identity loss calls smooth and
grain identity-keeping, blend and lattice not, which is arbitrary here.

What it shows: whether the method as written here learns, and what each part of it costs or gives where nothing but the
artefact can tell, in a short training from a random start, where a run may fail to find one of the four kinds at all.
What it does not show: anything about faces, compression or generators that exist, about long training, or about a
network with ImageNet weights. Maps are 2 x 2 here, where turning one is hardly more than blending its positions.

N groups, K pictures in a group (0 is real), G groups in a batch, S side in pixels.
"""

import argparse
import csv
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import Int
from safetensors.torch import load_file, save_file
from torch import nn

from barefaced.config.parsing import recipe
from barefaced.config.pictures import PixelSettings
from barefaced.config.recipe import Recipe
from barefaced.datasets.transforms import augment
from barefaced.metrics.ranking import auc
from barefaced.model.backbones import LastMap
from barefaced.model.losses import check_finite
from barefaced.model.lsda import LSDA
from barefaced.values.tensors import GroupBatch
from made_faces import HELD_OUT, KINDS, SIDE, Made, make
from paired import paired, spread

METHODS = ("real", *KINDS)
TRAIN, VALIDATION, TEST = range(0, 240), range(240, 300), range(300, 400)
"""People."""
MOMENTS = 8
"""Pictures of a person."""
GROUPS = 8
"""In a batch."""
LEARNING_RATE = 2e-3
PIXELS = PixelSettings(downscale=(), jpeg=(80, 100))
"""Milder than the paper's: at 48 pixels its down-scaling leaves nothing of fine grain."""
MARGIN = 1.3

COMMON = (
    "--student.backbone=test_resnet",
    "--student.weights=random",
    f"--student.input_size={SIDE}",
    "--student.channels=128",
    "--loss.same_identity=[smooth,grain]",
    "--loss.other_identity=[blend,lattice]",
)
VARIANTS: dict[str, tuple[str, ...]] = {
    "plain": ("--preset=plain",),
    "paper": ("--preset=paper",),
    "official": ("--preset=official",),
    "wd": ("--preset=paper", "--augment.inputs=wd"),
    "cd": ("--preset=paper", "--augment.inputs=cd"),
}
"""What is compared on the test people."""

EXPLORED: dict[str, tuple[str, ...]] = {
    "plain": VARIANTS["plain"],
    "paper": VARIANTS["paper"],
    "cosine": ("--preset=paper", "--loss.distance=cosine"),
    "joint": ("--preset=paper", "--loss.targets=joint"),
    "distill 0.1": ("--preset=paper", "--loss.distill=0.1"),
    "wd cosine": ("--preset=paper", "--augment.inputs=wd", "--loss.distance=cosine"),
    "no augment": ("--preset=paper", "--augment.inputs=none"),
    "gentle": ("--preset=paper", "--augment.beta=[0,0.3]", "--augment.degrees=10", "--augment.sigmas=[0.03,0.08,0.15]"),
    "all inputs": ("--preset=paper", "--teacher.domain_inputs=all"),
}
"""What was tried to find out why, on the validation people only."""


def settings(words: Sequence[str], seed: int) -> Recipe:
    """A variant's recipe."""
    return recipe(None, [*COMMON, *words, f"--seed={seed}"])


def batches(made: Made, steps: int, seed: int) -> list[Int[np.ndarray, " G"]]:
    """Which groups each step sees: every group once an epoch, in the order of the seed."""
    rng = np.random.default_rng((seed, 2))
    order = [rng.permutation(len(made.people)) for _ in range(steps * GROUPS // len(made.people) + 1)]
    return np.array_split(np.concatenate(order)[: steps * GROUPS], steps)


def learn(model: LSDA, made: Made, steps: int, seed: int) -> dict[str, list[float]]:
    """Train. Gives the loss terms, step by step."""
    optimizer = torch.optim.Adam(
        [p for p in model.parameters() if p.requires_grad], lr=LEARNING_RATE, weight_decay=5e-4
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    terms_by_name: dict[str, list[float]] = {}
    model.train()
    for step, chosen in enumerate(batches(made, steps, seed)):
        rng = np.random.default_rng((seed, 3, step))
        pictures = np.stack([augment(group, PIXELS, rng) for group in made.pictures[chosen]])
        batch = GroupBatch(
            torch.from_numpy(pictures).movedim(-1, 2), torch.ones(pictures.shape[:2], dtype=torch.bool), made.names
        )
        terms = model(batch, model.draw(batch, torch.Generator().manual_seed(seed * 1_000_003 + step)))
        check_finite(terms, step)
        optimizer.zero_grad()
        terms.total(model.weights).backward()
        optimizer.step()
        schedule.step()
        for name, value in terms.terms.items():
            terms_by_name.setdefault(name, []).append(float(value.detach()))
    return terms_by_name


def recognise(seed: int, made: Made, steps: int, file: Path) -> float:
    """Train the stand-in for ArcFace: which person is this real picture of. Written to `file`.

    Gives the AUC of its cosines on pairs of validation people: the same person against another.
    """
    torch.manual_seed(seed + 1)
    network = LSDA(settings(("--preset=paper", "--teacher.real_frozen=false"), seed), METHODS, MARGIN).real
    people = np.unique(made.people, return_inverse=True)[1]
    assert isinstance(network.network, LastMap)
    head = nn.Linear(network.network.features, int(people.max()) + 1)
    optimizer = torch.optim.Adam([*network.network.parameters(), *head.parameters()], lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    network.train()
    rng = np.random.default_rng((seed, 4))
    for _ in range(steps):
        chosen = rng.choice(len(people), 48, replace=False)
        pictures = np.concatenate([augment(made.pictures[one, :1], PIXELS, rng) for one in chosen])
        answer = head(network.maps(torch.from_numpy(pictures).movedim(-1, 1)).mean(dim=(-2, -1)))
        loss = nn.functional.cross_entropy(answer, torch.from_numpy(people[chosen]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in network.network.state_dict().items()}, file)
    seen = make(seed, VALIDATION, 4, ())
    with torch.no_grad():
        vectors = network.eval().embed(torch.from_numpy(seen.pictures[:, 0]).movedim(-1, 1)).numpy()
    vectors = vectors - vectors.mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    one, two = np.triu_indices(len(vectors), 1)
    return auc((seen.people[one] == seen.people[two]).astype(int), (vectors @ vectors.T)[one, two].astype(np.float64))


def measure(model: LSDA, made: Made) -> dict[str, float]:
    """AUC of each column against the real one; `seen` is the mean over the kinds trained on."""
    scores = model.student.score(made.pictures.reshape(-1, SIDE, SIDE, 3), 256).reshape(made.pictures.shape[:2])
    labels = np.repeat([0, 1], len(scores))
    found = {
        name: auc(labels, np.concatenate([scores[:, 0], scores[:, k]]).astype(np.float64))
        for k, name in enumerate(made.names)
        if k
    }
    return {"seen": float(np.mean([found[kind] for kind in KINDS])), **found}


def run(variant: str, words: Sequence[str], seed: int, steps: int, train: Made, test: Made, real: Path) -> dict:
    """One variant of one seed: its AUCs, seconds, and what its loss terms came to."""
    torch.manual_seed(seed)
    chosen = settings(words, seed)
    model = LSDA(chosen, METHODS, MARGIN)
    if model.teaches and chosen.teacher.real_frozen:
        model.real.network.load_state_dict(load_file(real))
    begin = time.process_time()
    terms = learn(model, train, steps, seed)
    seconds = time.process_time() - begin
    tail = {name: float(np.mean(values[-max(steps // 10, 1) :])) for name, values in terms.items()}
    return {
        "variant": variant,
        "seed": seed,
        "steps": steps,
        "seconds": seconds,
        "auc": measure(model, test),
        "terms": tail,
        "peaks": {name: max(values) for name, values in terms.items()},
    }


def table(rows: Sequence[dict], columns: Sequence[str] = ("seen", *HELD_OUT)) -> list[dict[str, str]]:
    """A row for each variant: mean and standard deviation of AUC, and the paired difference to `plain`."""
    base = {row["seed"]: row["auc"] for row in rows if row["variant"] == "plain"}
    lines = []
    for variant in dict.fromkeys(row["variant"] for row in rows):
        mine = [row for row in rows if row["variant"] == variant]
        line = {"variant": variant, "seeds": str(len(mine))}
        for column in columns:
            line[column] = spread([row["auc"][column] for row in mine])
        for column in columns:
            pairs = [row["auc"][column] - base[row["seed"]][column] for row in mine if row["seed"] in base]
            line[f"{column} - plain"] = paired(pairs) if variant != "plain" else ""
        for term in ("binary", "domain", "distill"):
            line[term] = spread([row["terms"][term] for row in mine if term in row["terms"]])
        line["cpu s"] = spread([row["seconds"] for row in mine], 0)
        lines.append(line)
    return lines


def markdown(lines: Sequence[dict[str, str]]) -> str:
    """The lines as two tables: values, then differences."""
    wide = [name for name in lines[0] if not name.endswith("- plain")]
    paired = ["variant", *(name for name in lines[0] if name.endswith("- plain"))]
    parts = []
    for names, some in ((wide, lines), (paired, [line for line in lines if line["variant"] != "plain"])):
        parts.append("| " + " | ".join(names) + " |\n|" + "---|" * len(names))
        parts[-1] += "".join("\n| " + " | ".join(line[name] for name in names) + " |" for line in some)
    return "\n\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--variants", nargs="+", help="some of those there are")
    parser.add_argument("--explore", action="store_true", help="other settings, on the validation people")
    parser.add_argument("--quick", action="store_true", help="a smoke run: one seed, a few steps and people")
    parser.add_argument("--out", type=Path, default=Path("runs/planted"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    known = EXPLORED if asked.explore else VARIANTS
    if unknown := set(asked.variants or ()) - set(known):
        parser.error(f"--variants: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    trained, tested = TRAIN, VALIDATION if asked.explore else TEST
    if asked.quick:
        asked.seeds, asked.steps, trained, tested = [0], 4, TRAIN[:12], tested[:4]
        asked.out = asked.out / "quick"
    asked.out.mkdir(parents=True, exist_ok=True)
    name = "explored" if asked.explore else "compared"
    log = asked.out / f"{name}.jsonl"
    for seed in asked.seeds:
        todo = [variant for variant in asked.variants or known if not _done(log, variant, seed, asked.steps)]
        if not todo:
            continue
        train = make(seed, trained, MOMENTS, KINDS)
        test = make(seed, tested, MOMENTS, (*KINDS, *HELD_OUT))
        real = asked.out / f"real_{seed}_{asked.steps}.safetensors"
        if not real.is_file():
            knows = recognise(seed, train, asked.steps, real)
            print(f"seed {seed}: the real encoder tells new people apart with AUC {knows:.3f}", file=sys.stderr)
        for variant in todo:
            row = run(variant, known[variant], seed, asked.steps, train, test, real)
            with log.open("a") as file:
                file.write(json.dumps(row) + "\n")
            shown = " ".join(f"{name} {value:.3f}" for name, value in row["auc"].items() if name not in KINDS)
            print(f"seed {seed} {variant}: {shown} ({row['seconds']:.0f} s)", file=sys.stderr, flush=True)
    rows = [row for row in _rows(log) if row["steps"] == asked.steps]
    lines = table(sorted(rows, key=lambda row: list(known).index(row["variant"])))
    with (asked.out / f"{name}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, lines[0])
        writer.writeheader()
        writer.writerows(lines)
    print(markdown(lines))


def _rows(log: Path) -> list[dict]:
    return [json.loads(line) for line in log.read_text().splitlines()] if log.is_file() else []


def _done(log: Path, variant: str, seed: int, steps: int) -> bool:
    return any((row["variant"], row["seed"], row["steps"]) == (variant, seed, steps) for row in _rows(log))


if __name__ == "__main__":
    main()
