"""Trained on forged real faces: does LSDA carry over to methods and data sets never seen better than the binary loss?

Run: python experiments/compare.py STORE... --external ff=STORE celeb=STORE --rotations none,all --jobs 2 --out OUT
     the same with --rotations turn                      seed n holds the nth method out
     the same with --resume                              goes on where it was stopped
     python experiments/compare.py --out OUT --report     the tables of what is there

STORE holds real faces (method `real`) and their forgeries, split by person. One training for each preset, held-out
method (`none`: every method is trained on) and seed. All of them have the same people, steps, batches of groups,
picture augmentation, student and learning rate; of one seed and rotation every preset sees the same groups in the same
order. `PRESET@2` trains on two methods only (those after the held-out one, round about), in batches of more groups and
as many pictures. The last step's student is scored on the people of --parts and on every external store; nothing is
chosen by these numbers here, so choose settings with `--parts val` and few externals, and look at `test` once.

OUT/results.jsonl has a line for each training, OUT/scores/ its fakeness of every crop, OUT/cache/ the decoded crops.
With --students FOLDER trained students are kept there, and one that is there already is scored and not trained again:
so a large external store can be scored at the end, into another OUT.
A job is a process of its own with one thread: two side by side beat one with two threads. On Ctrl-C the jobs under way
are dropped, those done stay.
"""

import argparse
import contextlib
import hashlib
import json
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save

from barefaced.config.recipe import DataSettings, Recipe
from barefaced.datasets.groups import domains_of, make_groups
from barefaced.datasets.splits import assign
from barefaced.metrics.score_rows import write_scores
from barefaced.model.lsda import LSDA
from barefaced.model.student import Student
from barefaced.runtime.files import write_bytes
from forged import Pictures, batches, by_method, learn, open_pictures, scored
from jobs import PRESETS, Job, settings, trained_methods
from planted import VARIANTS
from processes import side_by_side
from verdict import NOTHING, report


def run(job: Job, asked: argparse.Namespace) -> dict:
    """Train, score, measure: the job's line of results."""
    torch.set_num_threads(asked.threads)
    cv2.setNumThreads(0)
    pictures, externals = opened(asked)
    clips = list(pictures.clips.values())
    part = assign(clips, DataSettings(), 0)
    methods = tuple(asked.methods or domains_of(clips, DataSettings()))
    trained_on = trained_methods(job, methods)
    groups = make_groups(
        [clip for clip in clips if part[clip.origin] == "train"], pictures.crops, trained_on, "present"
    )
    chosen = settings(job, asked)
    whole = len(methods) + (job.held_out not in methods)
    size = round(asked.groups * whole / (len(trained_on) + 1)) if "@" in job.preset else asked.groups
    same = identity(asked, pictures)
    student, trained = kept(job, chosen, asked, same)
    if trained is None:
        torch.manual_seed(job.seed)
        model = LSDA(chosen, groups.methods, pictures.margin)
        stream = batches(groups, pictures, chosen.pixels, size=size, steps=asked.steps, seed=job.seed)
        trained = asdict(learn(model, stream, chosen.optim, asked.steps, job.seed))
        student = model.student
        keep(job, student, trained, asked, same)

    begin, sets = time.perf_counter(), {}
    for name in asked.parts:
        rows = pictures.of(clip.clip for clip in clips if part[clip.origin] == name)
        table = scored(student, pictures, rows)
        write_scores(asked.out / "scores" / job.name / f"{name}.parquet", table)
        sets[name] = by_method(table, asked.draws)
    for name, external in externals.items():
        table = scored(student, external, np.arange(len(external.crops)))
        write_scores(asked.out / "scores" / job.name / f"{name}.parquet", table)
        sets[name] = by_method(table, asked.draws)
    return {
        **asdict(job),
        **same,
        "trained_on": trained_on,
        "train_groups": len(groups.groups),
        "externals": {name: external.digest for name, external in externals.items()},
        **trained,
        "scoring_seconds": time.perf_counter() - begin,
        "sets": sets,
        "recipe": asdict(chosen),
    }


IDENTITY = ("steps", "groups", "set", "methods", "data")


def identity(asked: argparse.Namespace, pictures: Pictures) -> dict[str, object]:
    """What must agree for two lines to belong in one table, by the names of IDENTITY."""
    values = (asked.steps, asked.groups, sorted(asked.set), list(asked.methods), pictures.digest)
    return dict(zip(IDENTITY, values, strict=True))


def kept(job: Job, chosen: Recipe, asked: argparse.Namespace, same: dict[str, object]) -> tuple[Student, dict | None]:
    """A student, and what its training came to; None where none is kept: the student is then untrained."""
    student = Student(chosen.student)
    file = _student_file(job, asked, same)
    if file is None or not file.is_file():
        return student, None
    with safe_open(file, "pt") as opened:
        trained = json.loads(opened.metadata()["trained"])
        student.load_state_dict({name: opened.get_tensor(name) for name in opened.keys()})  # noqa: SIM118
    return student.to(memory_format=torch.channels_last), trained  # pyright: ignore[reportCallIssue]  torch's stubs


def keep(job: Job, student: Student, trained: dict, asked: argparse.Namespace, same: dict[str, object]) -> None:
    """Write a trained student, where they are to be kept."""
    file = _student_file(job, asked, same)
    if file is not None:
        tensors = {name: value.contiguous() for name, value in student.state_dict().items()}
        write_bytes(file, save(tensors, {"trained": json.dumps(trained)}))


def _student_file(job: Job, asked: argparse.Namespace, same: dict[str, object]) -> Path | None:
    digest = hashlib.sha256(json.dumps(same).encode()).hexdigest()[:12]
    return asked.students and asked.students / f"{job.name}_{digest}.safetensors"


def opened(asked: argparse.Namespace) -> tuple[Pictures, dict[str, Pictures]]:
    """The forged stores' crops, and each external store's, at most --moments a clip and --most a store."""
    cache = asked.out / "cache"
    externals = {name: open_pictures([path], cache, asked.moments, asked.most) for name, path in asked.external.items()}
    return open_pictures(asked.stores, cache), externals


def jobs(asked: argparse.Namespace, pictures: Pictures) -> list[Job]:
    """Every job asked for; presets innermost, so that a run cut short has pairs."""
    there = domains_of(pictures.clips.values(), DataSettings())
    methods = asked.methods or there
    if unknown := set(methods) - set(there):
        raise SystemExit(f"--methods: {', '.join(sorted(unknown))}; the stores have {', '.join(there)}")
    held: list[str] = []
    for word in asked.rotations:
        held += [NOTHING] if word == "none" else methods if word == "all" else [word]
    if unknown := set(held) - {NOTHING, "turn", *there}:
        raise SystemExit(f"--rotations: {', '.join(sorted(unknown))}; there are none, all, turn, {', '.join(there)}")
    wanted = (
        Job(preset, methods[seed % len(methods)] if out == "turn" else out, seed)
        for seed in asked.seeds
        for out in held
        for preset in asked.presets
    )
    return list(dict.fromkeys(wanted))


def run_all(todo: Sequence[Job], asked: argparse.Namespace) -> int:
    """Every job, --jobs at a time; gives how many failed."""
    results, failed = asked.out / "results.jsonl", 0
    # The child's own words come last and win.
    commands = [[__file__, *sys.argv[1:], "--job", job.preset, job.held_out, str(job.seed)] for job in todo]
    with contextlib.closing(side_by_side(commands, asked.jobs)) as ended:
        for at, code, line in ended:
            job = todo[at]
            if code:
                failed += 1
                print(f"{job.name}: failed with exit code {code}", file=sys.stderr)
                continue
            with results.open("a") as file:
                file.write(line + "\n")
            row = json.loads(line)
            shown = " ".join(f"{name} {numbers['all']['every']['frame'][0]}" for name, numbers in row["sets"].items())
            print(
                f"{job.name}: {row['seconds']:.0f} s at {row['images_per_second']:.1f} img/s, "
                f"scoring {row['scoring_seconds']:.0f} s; frame AUC {shown}",
                file=sys.stderr,
            )
    return failed


def _lines(results: Path) -> list[dict]:
    return [json.loads(line) for line in results.read_text().splitlines()] if results.is_file() else []


def _few(preset: str) -> bool:
    name, _, few = preset.partition("@")
    return few.isdecimal() and int(few) > 0 and (int(few) > 1 or name in ("plain", "paper"))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.split(",") if word)


def _named(text: str) -> tuple[str, Path]:
    name, found, path = text.partition("=")
    if not found or name in ("val", "test"):
        raise argparse.ArgumentTypeError(f"{text!r}: give NAME=STORE, NAME neither val nor test")
    return name, Path(path)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("stores", nargs="*", type=Path, help="stores of real faces and their forgeries")
    made.add_argument("--external", nargs="+", type=_named, default=[], metavar="NAME=STORE")
    made.add_argument("--out", type=Path, required=True)
    made.add_argument(
        "--presets", type=_words, default=tuple(VARIANTS), help=",".join(PRESETS) + ", each also as NAME@N"
    )
    made.add_argument("--rotations", type=_words, default=("none",), help="none, all, turn, or methods to hold out")
    made.add_argument("--methods", type=_words, default=(), help="train on these only; none named: on all")
    made.add_argument("--seeds", type=lambda text: [int(word) for word in _words(text)], default=[0, 1, 2])
    made.add_argument("--steps", type=int, default=400)
    made.add_argument("--groups", type=int, default=4, help="in a batch")
    made.add_argument("--parts", type=_words, default=("val", "test"), help="people scored in the forged stores")
    made.add_argument("--moments", type=int, default=8, help="crops of an external clip; 0: all")
    made.add_argument("--most", type=int, default=0, help="crops of an external store; 0: all")
    made.add_argument("--draws", type=int, default=500, help="of the bootstrap")
    made.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="settings of every recipe")
    made.add_argument("--real-weights", type=Path, help="of the face-recognition network of `arcface`")
    made.add_argument("--threads", type=int, default=1, help="of each job")
    made.add_argument("--jobs", type=int, default=1, help="processes side by side")
    made.add_argument("--students", type=Path, help="keep trained students here, and use those that are")
    made.add_argument("--resume", action="store_true", help="leave out what results.jsonl has")
    made.add_argument("--report", action="store_true", help="print the tables and train nothing")
    made.add_argument("--job", nargs=3, help=argparse.SUPPRESS)
    return made


def main() -> int:
    made = parser()
    asked = made.parse_args()
    asked.external = dict(asked.external)
    if asked.job:
        preset, held_out, seed = asked.job
        print(json.dumps(run(Job(preset, held_out, int(seed)), asked), allow_nan=False))
        return 0
    if few := [name for name in asked.presets if "@" in name and not _few(name)]:
        made.error(f"--presets: {', '.join(few)}; a preset @ a number of methods, and with one method plain or paper")
    if (
        any(name.partition("@")[0] == "arcface" for name in asked.presets)
        and not asked.real_weights
        and not asked.report
    ):
        made.error("arcface needs --real-weights FILE")
    if unknown := {name.partition("@")[0] for name in asked.presets} - {*PRESETS}:
        made.error(f"--presets: {', '.join(sorted(unknown))}; there are {', '.join(PRESETS)}")
    failed, results = 0, asked.out / "results.jsonl"
    if not asked.report:
        if not asked.stores:
            made.error("give the forged stores, or --report")
        if results.is_file() and not asked.resume:
            made.error(f"{results} is there: --resume, or another --out")
        asked.out.mkdir(parents=True, exist_ok=True)
        # SIGTERM as Ctrl-C: nobody is left to end the jobs otherwise.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            pictures, _ = opened(asked)  # decoded here, once, before the jobs want them
            same = identity(asked, pictures)
            done = {
                Job(row["preset"], row["held_out"], row["seed"])
                for row in _lines(results)
                if all(row[name] == value for name, value in same.items())
            }
            failed = run_all([job for job in jobs(asked, pictures) if job not in done], asked)
        except KeyboardInterrupt:
            print("stopped; --resume goes on", file=sys.stderr)
            return 130
    elif not results.is_file():
        made.error(f"no {results}: --out is the folder of an earlier run")
    alike: dict[str, list[dict]] = {}
    for row in _lines(results):
        alike.setdefault(json.dumps({name: row[name] for name in IDENTITY}), []).append(row)
    for same, rows in alike.items():
        print(f"# {same}\n\n{report(rows)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
