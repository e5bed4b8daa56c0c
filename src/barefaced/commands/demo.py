"""The whole road on faces it makes itself: no data, no network, no GPU.

Each step is the command that a user would type, printed before it runs.
"""

import json
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from barefaced.config import CropSettings, FinderSettings
from barefaced.datasets.store import Store
from barefaced.durable import write_bytes
from barefaced.errors import BarefacedError, MissingWeights
from barefaced.forgery.donor import Donor
from barefaced.forgery.methods import METHODS
from barefaced.forgery.puppets import Puppet, moved, puppet
from barefaced.metrics.tables import by_video, read_scores
from barefaced.model.card import card_of
from barefaced.reports import figures
from barefaced.reports.detection import from_json
from barefaced.types import REAL, TrackScore
from barefaced.vision.align import crop, to_crop, transform
from barefaced.vision.detector import FaceFinder, load_finder
from barefaced.vision.writer import write_clip

PEOPLE, HELD_OUT_PEOPLE = 20, 4
HELD_OUT_METHOD = "face_swap"
FRAMES, SIDE, FPS = 16, 256, 8.0
CROP, MOMENTS = 112, 8
SEEDS_OF_A_PERSON = 4
"""Draws that a person may take until the face finder sees a face in them."""
NOTE = "This is a demonstration of the road, not a detector: one photograph, made-up people, crude forgeries."


@dataclass(frozen=True)
class Places:
    """Where everything lies."""

    clips: Path
    store: Path
    recipe: Path
    run: Path
    evaluation: Path
    answers: Path
    picture: Path


def run(out: Path, seed: int) -> int:
    """Make clips, prepare, train, evaluate, detect and draw one picture, under `out`.

    Raises:
        MissingWeights: a model package or scikit-image's photograph is not installed.
        BarefacedError: a step failed.
    """
    began = time.monotonic()
    at = Places(
        out / "clips",
        out / "store",
        out / "recipe.yaml",
        out / "run",
        out / "evaluation",
        out / "answers.jsonl",
        out / "demo.png",
    )
    print(NOTE)  # noqa: T201
    people = _make_clips(at.clips, seed)
    held_out = [f"person{number:02d}" for number in range(PEOPLE - HELD_OUT_PEOPLE, PEOPLE)]
    write_bytes(at.recipe, _recipe(at, held_out, seed).encode())
    size = ["--crop.size", str(CROP), "--frames", str(MOMENTS)]
    _command("prepare", str(at.clips), str(at.store), *size)
    _command("train", str(at.recipe), "--out", str(at.run))
    model = str(at.run / "model.safetensors")
    _command("evaluate", model, str(at.store), "--out", str(at.evaluation))
    shown = held_out[0]
    files = [at.clips / "real" / f"{shown}.mp4", *(at.clips / "fake" / name / f"{shown}.mp4" for name in METHODS)]
    answers = _command("detect", *map(str, files), "--model", model, "--json", keep=True)
    write_bytes(at.answers, answers.encode())
    _draw(at, shown, files)
    _tell(at, people, held_out, time.monotonic() - began)
    return 0


def _make_clips(folder: Path, seed: int) -> int:
    """One clip a person, and one forgery of it by each method, all through the same encoder."""
    finder = load_finder(FinderSettings())
    base = _photograph(finder)
    people = [_person(base, finder, np.random.default_rng((seed, number))) for number in range(PEOPLE)]
    for number, person in enumerate(people):
        name = f"person{number:02d}.mp4"
        frames, points = moved(person, FRAMES, np.random.default_rng((seed, number, 1)))
        others = [other for other in range(PEOPLE) if other != number]
        donor = people[int(np.random.default_rng((seed, number, 2)).choice(others))]
        write_clip(folder / "real" / name, frames, FPS)
        for place, (method, forge) in enumerate(METHODS.items()):
            forged = [
                # The same draws for every frame: the forgery plays as one.
                forge(frame, at, np.random.default_rng((seed, number, 3, place)), Donor(donor.rgb, donor.landmarks))[0]
                for frame, at in zip(frames, points, strict=True)
            ]
            write_clip(folder / "fake" / method / name, forged, FPS)
    print(f"{folder}: {PEOPLE} made-up people, one clip each and {len(METHODS)} forgeries of it")  # noqa: T201
    return len(people)


def _photograph(finder: FaceFinder) -> Puppet:
    """Eileen Collins (NASA, public domain), as scikit-image ships it: head and shoulders."""
    try:
        from skimage.data import astronaut
    except ImportError as e:
        raise MissingWeights(
            expected="scikit-image, whose photograph the demo makes its people of",
            got="no such package",
            fix="Run `pip install 'barefaced[demo]'`.",
        ) from e
    photograph = astronaut()
    face = max(finder.find(photograph), key=lambda face: face.confidence)
    matrix = to_crop(face.landmarks, CropSettings(size=SIDE, margin=2.6))
    return Puppet(crop(photograph, matrix, SIDE), transform(face.landmarks, matrix).astype(np.float32))


def _person(base: Puppet, finder: FaceFinder, generator: np.random.Generator) -> Puppet:
    """A made-up person whose face the finder sees, with the landmarks that it gives."""
    for _ in range(SEEDS_OF_A_PERSON):
        made = puppet(base.rgb, base.landmarks, generator)
        found = finder.find(made.rgb)
        if found:
            return Puppet(made.rgb, max(found, key=lambda face: face.confidence).landmarks)
    return base


def _recipe(at: Places, held_out: list[str], seed: int) -> str:
    return f"""\
# The demo's training: {PEOPLE - HELD_OUT_PEOPLE} made-up people, {len(METHODS) - 1} forgery methods.
# barefaced train {shlex.quote(str(at.recipe))} --out {shlex.quote(str(at.run))}
name: demo
seed: {seed}
data:
  stores: [{json.dumps(str(at.store.resolve()))}]
  held_out: [{HELD_OUT_METHOD}]
  test_origins: [{", ".join(f"clips/{name}" for name in held_out)}]
student:
  backbone: tf_efficientnet_lite0
  input_size: 96
  channels: 128
optim:
  epochs: 5
  groups: 4
  lr: 0.0005
"""


def _command(verb: str, *words: str, keep: bool = False) -> str:
    """Run one command of barefaced in a process of its own, as a user would; what it prints, where that is kept."""
    shown = shlex.join(words[:4]) + (" ..." if len(words) > 4 else "")
    print(f"\n$ barefaced {verb} {shown}", flush=True)  # noqa: T201
    line = [sys.executable, "-m", "barefaced", verb, *words]
    done = subprocess.run(line, stdout=subprocess.PIPE if keep else None, check=False, text=True)
    if done.returncode:
        raise BarefacedError(
            expected=f"`barefaced {verb}` to end with 0", got=f"{done.returncode}", fix="Its own message is above."
        )
    return done.stdout or ""


def _draw(at: Places, shown: str, files: list[Path]) -> None:
    store = Store.open(at.store)
    clips = {clip.clip: clip for clip in store.clips()}
    rows: dict[str, list[UInt8[np.ndarray, "S S 3"]]] = {name: [] for name in (REAL, *METHODS)}
    for stored in store.crops():
        clip = clips[stored.clip]
        if stored.subject and clip.path.stem == shown:
            rows[clip.method].append(store.load(stored))
    reports = [from_json(json.loads(line)) for line in at.answers.read_text(encoding="utf-8").splitlines()]
    tracks: dict[str, TrackScore] = {}
    for file, report in zip(files, reports, strict=True):
        if report.tracks and file.parent.name in (REAL, "self_blend", HELD_OUT_METHOD):
            tracks[file.parent.name] = max(report.tracks, key=lambda track: len(track.moments))
    title = f"{NOTE.split(':')[0]}. Unseen people; {HELD_OUT_METHOD} was never trained on"
    videos = by_video(read_scores(at.evaluation / "scores.parquet"))
    thresholds = card_of(at.run / "model.safetensors").thresholds
    figures.save(figures.one_picture(rows, tracks, thresholds, videos, title), at.picture)


def _tell(at: Places, people: int, held_out: list[str], seconds: float) -> None:
    lines = [
        "",
        f"Done in {seconds:.0f} s: {people} people; {len(held_out)} and {HELD_OUT_METHOD} were never trained on.",
        f"  look at this   {at.picture}",
        f"  the model      {at.run / 'model.safetensors'}   (barefaced info tells what it is)",
        f"  the numbers    {at.evaluation / 'report.json'}",
        f"  the answers    {at.answers}",
        f"  its clips      {at.clips}",
        NOTE,
    ]
    print("\n".join(lines))  # noqa: T201
