"""What do forged faces give away, and do they give away what they should not?

Run: python experiments/traces.py STORE... --out runs/traces [--steps 400] [--only alone domains trivial]

STORE holds real faces (method `real`) and their forgeries, split by person. Three looks, each on people held out:
    alone     a student of the binary loss alone learns each method against the same reals: how easy is the method?
              The AUC over frames of the people of --part, with an interval by a bootstrap over originals.
    domains   Lite0 and one linear layer learn which of the K methods (real among them) made a picture: rows are what
              it was, columns what it was taken for. A domain that is never told from real teaches nothing.
    trivial   the stored file's size, the picture's size, JPEG quantisation, mean and standard deviation of each colour:
              logistic regression and boosted trees, cross-validated with whole people held out, all people of the
              store. Where the AUC is over 0.5 + TOLERANCE a detector can win without looking at the face.
Markdown goes to standard output, the same numbers to OUT/traces.json. One thread.

N crops, F statistics, K methods. Pictures are RGB uint8.
"""

import argparse
import itertools
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from PIL import Image
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn

from barefaced.config.recipe import DataSettings, StudentSettings
from barefaced.datasets.data_loader import owners
from barefaced.datasets.groups import domains_of, make_groups
from barefaced.datasets.splits import assign
from barefaced.datasets.store import Store
from barefaced.metrics.score_rows import score_table
from barefaced.model.backbones import Encoder
from barefaced.model.lsda import LSDA
from barefaced.model.preprocess import Preprocess
from barefaced.runtime.files import write_json
from barefaced.values.dataset import REAL
from forged import BATCH, Numbers, Pictures, batches, clustered_auc, learn, open_pictures, optimizer_of, scored
from jobs import Job, settings
from paired import rows_of
from verdict import NOTHING

TOLERANCE = 0.03
FOLDS = 5
SETTINGS = ("steps", "batch", "seed", "set", "part")
"""What traces.json says of the trainings."""
FAMILIES = {"file": slice(0, 5), "colour": slice(5, 11), "both": slice(0, 11)}
"""Which of the F statistics."""


def alone(pictures: Pictures, part: dict[str, str], asked: argparse.Namespace) -> dict[str, Numbers]:
    """AUC of each method, learned alone."""
    clips = list(pictures.clips.values())
    train = [clip for clip in clips if part[clip.origin] == "train"]
    recipe = settings(Job("plain", NOTHING, asked.seed), asked.set)
    found = {}
    for method in asked.methods or domains_of(clips, DataSettings()):
        groups = make_groups(train, pictures.crops, (method,), "present")
        torch.manual_seed(asked.seed)
        model = LSDA(recipe, groups.methods, pictures.margin)
        # As many pictures in a batch as a group of every method would give: two a group.
        stream = batches(groups, pictures, recipe.pixels, size=asked.batch // 2, steps=asked.steps, seed=asked.seed)
        learn(model, stream, recipe.optim, asked.steps, asked.seed)
        rows = pictures.of(
            clip.clip for clip in clips if part[clip.origin] == asked.part and clip.method in (REAL, method)
        )
        found[method] = clustered_auc(scored(model.student, pictures, rows), asked.draws)
        print(f"alone, {method}: {found[method]}", file=sys.stderr)
    return found


class Domains(nn.Module):
    """Which of K methods made a picture: Lite0's last map, pooled, and one linear layer."""

    def __init__(self, student: StudentSettings, kinds: int) -> None:
        super().__init__()
        self.preprocess, self.encoder = Preprocess(student), Encoder(student)
        self.head = nn.Linear(student.channels, kinds)

    def forward(self, images: UInt8[Tensor, "B 3 S S"]) -> Float[Tensor, "B K"]:
        return self.head(self.encoder(self.preprocess(images)).mean(dim=(-2, -1)))


def domains(
    pictures: Pictures, part: dict[str, str], asked: argparse.Namespace
) -> tuple[tuple[str, ...], Float[np.ndarray, "K K"]]:
    """The methods, and for each (row) the share of its pictures taken for each (column)."""
    clips = list(pictures.clips.values())
    recipe = settings(Job("plain", NOTHING, asked.seed), asked.set)
    train = [clip for clip in clips if part[clip.origin] == "train"]
    groups = make_groups(train, pictures.crops, domains_of(clips, DataSettings()), "present")
    kinds = len(groups.methods)
    torch.manual_seed(asked.seed)
    network = Domains(recipe.student, kinds)
    network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  torch's stubs lack this overload
    optimizer = optimizer_of(network, recipe.optim)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, asked.steps)
    size = max(asked.batch // kinds, 1)
    for batch in batches(groups, pictures, recipe.pixels, size=size, steps=asked.steps, seed=asked.seed):
        truth = torch.arange(kinds).expand_as(batch.present)[batch.present]
        loss = nn.functional.cross_entropy(network(batch.images[batch.present]), truth)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    rows = pictures.of(clip.clip for clip in clips if part[clip.origin] == asked.part)
    was = np.array([groups.methods.index(pictures.clips[pictures.crops[row].clip].method) for row in rows])
    taken = np.concatenate([_taken_for(network, pictures, rows[at : at + BATCH]) for at in range(0, len(rows), BATCH)])
    counts = np.zeros((kinds, kinds))
    np.add.at(counts, (was, taken), 1)
    return groups.methods, counts / counts.sum(axis=1, keepdims=True)


def _taken_for(network: Domains, pictures: Pictures, rows: Int[np.ndarray, " B"]) -> Int[np.ndarray, " B"]:
    network.eval()
    with torch.inference_mode():
        return network(torch.from_numpy(pictures.pixels[rows]).movedim(-1, 1)).argmax(dim=1).numpy()


def trivial(pictures: Pictures, stores: Sequence[Path], asked: argparse.Namespace) -> dict[str, dict[str, Numbers]]:
    """For all forgeries and each method: the AUC of two classifiers on statistics that say nothing of a face."""
    owner = owners([Store.open(path) for path in stores])
    statistics = np.array(
        [
            _statistics(owner[crop.clip].path / crop.file, picture)
            for crop, picture in zip(pictures.crops, pictures.pixels, strict=True)
        ]
    )
    clips = [pictures.clips[crop.clip] for crop in pictures.crops]
    person = np.unique([clip.identity or clip.origin or clip.clip for clip in clips], return_inverse=True)[1]
    method = np.array([clip.method for clip in clips])
    classifiers = {
        "logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
        "trees": HistGradientBoostingClassifier(max_iter=50, random_state=asked.seed),
    }
    found: dict[str, dict[str, Numbers]] = {}
    for name in ("all", *domains_of(clips, DataSettings())):
        some = np.flatnonzero((method == REAL) | (method == name if name != "all" else method != REAL))
        label = (method[some] != REAL).astype(np.int64)
        found[name] = {}
        for (family, columns), (kind, classifier) in itertools.product(FAMILIES.items(), classifiers.items()):
            folds = GroupKFold(FOLDS, shuffle=True, random_state=asked.seed)
            fakeness = cross_val_predict(
                classifier, statistics[some, columns], label, groups=person[some], cv=folds, method="predict_proba"
            )
            table = score_table(clips, [pictures.crops[row] for row in some], np.asarray(fakeness)[:, 1])
            found[name][f"{family}, {kind}"] = clustered_auc(table, asked.draws)
    return found


def _statistics(file: Path, picture: UInt8[np.ndarray, "S S 3"]) -> list[float]:
    """F numbers: bytes, height, width, the sum of each quantisation table (0 0 where there is none), colour."""
    with Image.open(file) as opened:
        # A JPEG's tables by number: 0 brightness, 1 colour.
        tables = getattr(opened, "quantization", {})
        size = opened.size
    coarse = [float(sum(tables.get(number, ()))) for number in (0, 1)]
    return [file.stat().st_size, *size, *coarse, *picture.mean(axis=(0, 1)), *picture.std(axis=(0, 1))]


def _shown(numbers: Numbers) -> str:
    value, low, high = ("-" if number is None else f"{number:.3f}" for number in numbers)
    return f"{value} [{low}, {high}]"


def _far(numbers: Numbers) -> bool:
    return numbers[0] is None or numbers[0] > 0.5 + TOLERANCE


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stores", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/traces"))
    looks = ("alone", "domains", "trivial")
    parser.add_argument("--only", nargs="+", choices=looks, default=looks)
    parser.add_argument("--methods", nargs="+", default=[], help="`alone` learns these only; none named: all")
    parser.add_argument("--part", choices=("val", "test"), default="test", help="the people held out")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=32, help="pictures in a batch")
    parser.add_argument("--most", type=int, default=0, help="crops of the stores, whole origins; 0: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="settings of the recipe")
    parser.add_argument("--draws", type=int, default=500, help="of the bootstrap")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    pictures = open_pictures(asked.stores, asked.out / "cache", most=asked.most)
    pictures = replace(pictures, clips={crop.clip: pictures.clips[crop.clip] for crop in pictures.crops})
    part = assign(pictures.clips.values(), DataSettings(), 0)
    found: dict[str, object] = {"data": pictures.digest, **{name: getattr(asked, name) for name in SETTINGS}}
    leaking = []
    if "trivial" in asked.only:
        found["trivial"] = some = trivial(pictures, asked.stores, asked)
        lines = [{"method": name, **{kind: _shown(of) for kind, of in both.items()}} for name, both in some.items()]
        print(f"## What says nothing of a face\n\n{rows_of(lines)}\n")
        leaking = [f"{name}, {kind}" for name, both in some.items() for kind, of in both.items() if _far(of)]
    if "alone" in asked.only:
        found["alone"] = each = alone(pictures, part, asked)
        print("## Each method alone, frame AUC\n")
        print(rows_of([{"method": name, "AUC": _shown(of)} for name, of in each.items()]) + "\n")
    if "domains" in asked.only:
        methods, shares = domains(pictures, part, asked)
        found["domains"] = {"methods": methods, "shares": shares.tolist()}
        lines = [
            {"was / taken for": name} | {other: f"{share:.2f}" for other, share in zip(methods, row, strict=True)}
            for name, row in zip(methods, shares, strict=True)
        ]
        print(f"## Which method\n\n{rows_of(lines)}\n")
    write_json(asked.out / "traces.json", found)
    if leaking:
        print(f"over 0.5 + {TOLERANCE} without a look at the face: {'; '.join(leaking)}", file=sys.stderr)
    return 1 if leaking else 0


if __name__ == "__main__":
    sys.exit(main())
