"""The whole way on faces it makes itself: no data, no network, no GPU.

Each step is the command that a user would type, printed before it runs.
"""

import json
import shlex
import sys
import time
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from barefaced.config.media import CropSettings, FinderSettings
from barefaced.datasets.store import Store
from barefaced.errors import BarefacedError, MissingWeights
from barefaced.faces.align import crop, to_crop
from barefaced.faces.face_finder import FaceFinder, load_finder
from barefaced.faces.video_writer import write_clip
from barefaced.forgery.puppets import Puppet, moved, puppet
from barefaced.forgery.registry import USUAL
from barefaced.imaging.similarity import transform
from barefaced.metrics.score_rows import by_video, read_scores
from barefaced.model.card import card_of
from barefaced.reports import figures
from barefaced.reports.detection.report import Report, from_json
from barefaced.runtime.files import write_bytes
from barefaced.runtime.model_packages import weights_file
from barefaced.values.dataset import REAL
from barefaced.values.scores import TrackScore

PEOPLE = 14
VAL_SHARE, TEST_SHARE = 0.15, 0.2
HELD_OUT_METHOD = "face_swap"
LEARNING_STEPS = 120
FRAMES, SIDE, FPS = 12, 256, 8.0
CROP, MOMENTS = 112, 6
SEEDS_OF_A_PERSON = 4
"""Draws that a person may take until the face finder sees a face in them."""
NOTE = "A demonstration of the way: one photograph, made-up people, crude forgeries, a detector trained for a minute."


@dataclass(frozen=True)
class Places:
    """Where everything lies."""

    clips: Path
    store: Path
    films: Path
    recipe: Path
    run: Path
    evaluation: Path
    answers: Path
    """What the detector that comes with the package says of films of a person that nothing here was trained on."""
    picture: Path


def run_demo(out: Path, seed: int, barefaced: Callable[[list[str]], int]) -> None:
    """Make clips, forge them, train a detector and evaluate it; then ask the one that comes with the package, and draw.

    Args:
        out: where everything is left to look at.
        seed: of everything that is drawn.
        barefaced: runs one command in this process, for a start of PyTorch takes seconds; gives its exit code.

    Raises:
        MissingWeights: a model package or scikit-image's photograph is not installed.
        BarefacedError: a step failed.
    """
    began = time.monotonic()
    at = Places(
        out / "clips",
        out / "store",
        out / "films",
        out / "recipe.yaml",
        out / "run",
        out / "evaluation",
        out / "answers",
        out / "demo.png",
    )
    print(NOTE)  # noqa: T201
    _make_clips(at.clips, seed)
    size = ["--prepare.crop.size", str(CROP), "--prepare.frames", str(MOMENTS)]
    shares = ["--val-share", str(VAL_SHARE), "--test-share", str(TEST_SHARE)]
    learning = ["--steps", str(LEARNING_STEPS), "--seed", str(seed), "--gallery"]
    _command(barefaced, "forge", str(at.clips), str(at.store), *size, *shares, *learning)
    held_out = sorted({clip.origin for clip in Store.open(at.store).clips() if clip.split == "test"})
    write_bytes(at.recipe, _recipe(at, len(held_out), seed).encode())
    _command(barefaced, "train", str(at.recipe), "--out", str(at.run))
    model = str(at.run / "model.safetensors")
    _command(barefaced, "evaluate", model, str(at.store), "--out", str(at.evaluation))
    films = _films(at, held_out[0])
    _command(barefaced, "detect", *map(str, films), "--out", str(at.answers), "--evidence", "1")
    _open(at.answers / "reports", USUAL[0])
    reports = _reports(at, films)
    _draw(at, held_out[0], reports)
    _tell(at, held_out, reports, time.monotonic() - began)


def _make_clips(folder: Path, seed: int) -> None:
    """One clip a person."""
    finder = load_finder(FinderSettings())
    base = _photograph(finder)
    for number in range(PEOPLE):
        person = _person(base, finder, np.random.default_rng((seed, number)))
        frames, _ = moved(person, FRAMES, np.random.default_rng((seed, number, 1)))
        write_clip(folder / f"person{number:02d}.mp4", frames, FPS)
    print(f"{folder}: {PEOPLE} made-up people, one clip each")  # noqa: T201


def _films(at: Places, shown: str) -> list[Path]:
    """One person's crops, real and forged, as clips that play: what `detect` is shown."""
    store = Store.open(at.store)
    films = []
    for record in store.records():
        if record.clip.origin == shown and record.crops:
            films.append(at.films / f"{record.clip.method}.mp4")
            write_clip(films[-1], np.stack([store.load(crop) for crop in record.crops]), FPS)
    return sorted(films, key=lambda film: (REAL, *USUAL).index(film.stem))


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


def _recipe(at: Places, held_out: int, seed: int) -> str:
    return f"""\
# The demo's training: {PEOPLE - held_out} made-up people, {len(USUAL) - 1} forgery methods.
# barefaced train {shlex.quote(str(at.recipe))} --out {shlex.quote(str(at.run))}
name: demo
seed: {seed}
data:
  stores: [{json.dumps(str(at.store.resolve()))}]
  held_out: [{HELD_OUT_METHOD}]
student:
  backbone: tf_efficientnet_lite0
  input_size: 96
  channels: 128
optim:
  epochs: 2
  groups: 4
  lr: 0.001
"""


def _command(barefaced: Callable[[list[str]], int], verb: str, *words: str) -> None:
    """Print one command of barefaced as a user would type it, run it, and say how long it took."""
    shown = shlex.join(words[:4]) + (" ..." if len(words) > 4 else "")
    print(f"\n$ barefaced {verb} {shown}", flush=True)  # noqa: T201
    began = time.monotonic()
    if code := barefaced([verb, *words]):
        raise BarefacedError(expected=f"`barefaced {verb}` to end with 0", got=f"{code}", fix="Its message is above.")
    print(f"{verb} took {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201


def _open(reports: Path, shown: str) -> None:
    """One forgery's page in the browser, where somebody sits at a terminal."""
    pages = sorted(reports.glob(f"{shown}.*.html"))
    if pages and sys.stdout.isatty():
        webbrowser.open(pages[0].resolve().as_uri())


def _reports(at: Places, films: list[Path]) -> dict[str, Report]:
    """The answer for each film, by its method."""
    lines = (at.answers / "results.jsonl").read_text(encoding="utf-8").splitlines()
    found = {Path(report.path).stem: report for report in (from_json(json.loads(line)) for line in lines)}
    return {film.stem: found[film.stem] for film in films}


def _draw(at: Places, shown: str, reports: dict[str, Report]) -> None:
    store = Store.open(at.store)
    clips = {clip.clip: clip for clip in store.clips()}
    rows: dict[str, list[UInt8[np.ndarray, "S S 3"]]] = {name: [] for name in (REAL, *USUAL)}
    for stored in store.crops():
        clip = clips[stored.clip]
        if stored.subject and clip.origin == shown:
            rows[clip.method].append(store.load(stored))
    tracks: dict[str, TrackScore] = {
        name: max(reports[name].tracks, key=lambda track: len(track.moments))
        for name in (REAL, "self_blend", HELD_OUT_METHOD)
        if name in reports and reports[name].tracks
    }
    title = "Over time: the detector that comes with barefaced. ROC: one trained here for a minute, on unseen people"
    videos = by_video(read_scores(at.evaluation / "scores.parquet"))
    thresholds = card_of(weights_file()).thresholds
    figures.save(figures.one_picture(rows, tracks, thresholds, videos, title), at.picture)


def _tell(at: Places, held_out: list[str], reports: dict[str, Report], seconds: float) -> None:
    verdicts = [
        f"  {name:16} {report.verdict:14} " + ("" if report.fakeness is None else f"{report.fakeness:.3f}")
        for name, report in reports.items()
    ]
    lines = [
        "",
        "What the detector that comes with barefaced says of one made-up person, real and forged seven ways:",
        *verdicts,
        "",
        f"Done in {seconds:.0f} s: {PEOPLE} people; {len(held_out)} and {HELD_OUT_METHOD} were never trained on.",
        f"  look at this   {at.picture}",
        f"  the reports    {at.answers / 'reports'}   (of the detector that comes with the package)",
        f"  the forgeries  {at.store / 'gallery.html'}",
        f"  the model      {at.run / 'model.safetensors'}   (barefaced info tells what it is)",
        f"  the numbers    {at.evaluation / 'report.json'}",
        f"  its clips      {at.clips}",
        NOTE,
    ]
    print("\n".join(lines))  # noqa: T201
