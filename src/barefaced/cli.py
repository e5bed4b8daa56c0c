"""The command line. Each command is a function here; what it does is in the file of its name under `commands`.

Nothing heavy is imported before a command is known to be wanted and well spelt. Answers go to standard output,
everything else to standard error. Exit codes are those of `errors`; 130
after Ctrl-C.
"""

import argparse
import difflib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from barefaced.errors import BadConfig, BarefacedError
from barefaced.packages import SHIPPED, weights_file

if TYPE_CHECKING:
    from barefaced.scoring import Scorer

SUMMARY = """\
How likely is it that this face is not its own?

usage: barefaced COMMAND ...        barefaced COMMAND --help tells the rest
MODEL is a weights file, or `shipped`: the detector that comes with barefaced, which `detect` and `info` take unasked.

  prepare ROOT OUT         a data set's videos or pictures into a store of aligned face crops
  forge SOURCE OUT         forgeries of real faces by several methods: training data from photographs or videos
  data VERB ...            stores and data sets: verify, import, export, collate, pack
  train RECIPE|FOLDER      an LSDA student from stores by a recipe, or from pictures in real/ and fake/METHOD/
  evaluate MODEL STORE...  every metric with its interval, or --scores FILE of any detector: report.html, report.json
  robustness MODEL STORE.. AUC under eleven corruptions at five strengths
  calibrate MODEL STORE... calibration and thresholds from held-out source clips, into the weights file
  tables EVALUATION...     evaluations side by side: over seeds, trained on against tested on
  detect SOURCE...         how likely each face of a video or picture is forged, over time, with the evidence
  verify REPORT            a report of detect, computed anew and compared
  doctor                   whether all that is needed is here, and what to do where it is not
  info [MODEL]             what a weights file says of itself
  publish MODEL OUT        a weights file for others: measured numbers and terms on its card
  demo                     the whole road on faces it makes itself: no data, network or GPU needed
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("-h", "--help", "help"):
        print(SUMMARY, end="")  # noqa: T201
        return 0 if words else BadConfig.exit_code
    if words[0] == "--version":
        import importlib.metadata

        print(f"barefaced {importlib.metadata.version('barefaced')}")  # noqa: T201
        return 0
    try:
        return _command(words[0])(words[1:])
    except BarefacedError as e:
        print(f"barefaced: {type(e).__name__}: {e}", file=sys.stderr)  # noqa: T201
        return e.exit_code
    except KeyboardInterrupt:
        print("barefaced: interrupted; the same command goes on from here", file=sys.stderr)  # noqa: T201
        return 130


def _command(name: str) -> Callable[[list[str]], int]:
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, 2, 0.5)
        hint = f"Did you mean {' or '.join(near)}?" if near else "`barefaced --help` lists them."
        raise BadConfig(expected="a command", got=repr(name), fix=hint)
    return COMMANDS[name]


def prepare(words: list[str]) -> int:
    """A data set's videos or pictures into a store of aligned face crops."""
    from jsonargparse import ArgumentParser

    from barefaced.config import Engine, PrepareSettings
    from barefaced.parsing import built, parse

    parser = ArgumentParser(
        prog="barefaced prepare", description=prepare.__doc__, exit_on_error=False, allow_abbrev=False
    )
    parser.add_argument("root", type=str, help="the data set's folder, as published")
    parser.add_argument("out", type=str, help="the store; a second run finds nothing to do, a killed one goes on")
    parser.add_argument("--config", action="config", help="a YAML file of the settings below")
    parser.add_argument(
        "--layout",
        type=str,
        default="auto",
        help="whose folders: auto recognises faceforensics, dfd, celeb_df_v1, celeb_df_v2, dfdc, dfdc_preview, uadfv, "
        "deeperforensics, df40 and folder; reals takes everything for real",
    )
    parser.add_argument("--compression", type=str, default="", help="raw, c23 or c40 where the data set has them")
    parser.add_argument("--workers", type=int, default=0, help="processes; 0: one a core")
    parser.add_argument("--methods", type=tuple[str, ...], default=(), help="only these, `real` among them; empty: all")
    parser.add_argument("--splits", type=tuple[str, ...], default=(), help="only these of the data set's own")
    parser.add_argument("--shard", type=str, default="", help="2/8: the second of eight parts, for several machines")
    parser.add_argument("--engine", type=Engine, default="local", help="local processes, or a Ray cluster")
    parser.add_argument("--remake", action="store_true", help="empty a store that was made with other settings")
    parser.add_class_arguments(PrepareSettings, None)
    given = parse(parser, words)
    settings = built(PrepareSettings, parser, given)

    from barefaced.commands import prepare as command

    return command.run(
        Path(given.root),
        Path(given.out),
        given.layout,
        given.compression,
        settings,
        given.workers,
        command.Choice(given.methods, given.splits),
        given.shard,
        given.engine,
        remake=given.remake,
    )


def forge(words: list[str]) -> int:
    """Forgeries of real faces by several methods, as a store that `train` takes."""
    from jsonargparse import ArgumentParser

    from barefaced.config import ForgeSettings, PrepareSettings
    from barefaced.parsing import built, parse

    parser = ArgumentParser(prog="barefaced forge", description=forge.__doc__, exit_on_error=False, allow_abbrev=False)
    parser.add_argument("source", type=str, help="a store of real faces, a folder of photographs or videos, a data set")
    parser.add_argument("out", type=str, help="the store; a second run finds nothing to do, a killed one goes on")
    parser.add_argument("--config", action="config", help="a YAML file of the settings below")
    parser.add_argument(
        "--layout", type=str, default="reals", help="whose folders, as in prepare; its real part is used"
    )
    parser.add_argument("--compression", type=str, default="", help="raw, c23 or c40 where the data set has them")
    parser.add_argument("--gallery", action="store_true", help="write gallery.html, to look at")
    parser.add_argument("--val_share", type=float, default=0.1, help="of the people, where the source has no split")
    parser.add_argument("--test_share", type=float, default=0.1, help="of the people, where the source has no split")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=0, help="processes; 0: one a core")
    parser.add_class_arguments(ForgeSettings, None)
    parser.add_class_arguments(PrepareSettings, "prepare")
    given = parse(parser, words)
    settings = built(ForgeSettings, parser, given)
    prepared = parser.instantiate(given)["prepare"]

    from barefaced.commands import forge as command

    return command.run(
        Path(given.source),
        Path(given.out),
        given.layout,
        given.compression,
        prepared,
        settings,
        (given.val_share, given.test_share),
        given.seed,
        given.workers,
        gallery=given.gallery,
    )


def train(words: list[str]) -> int:
    """An LSDA student from stores by a recipe, or from pictures in real/ and fake/; goes on where it stopped."""
    from barefaced.parsing import recipe, recipe_parser

    parser = _parser("train [RECIPE|FOLDER]", train.__doc__, add_help=False)
    parser.add_argument("--out", type=Path, help="the run's folder (runs/NAME, by the recipe's or the folder's name)")
    parser.add_argument("--resume", default="auto", metavar="auto|never|STATE", help="never begins the run anew")
    parser.add_argument("--seeds", type=int, default=1, help="so many runs, in OUT/seed_N; mean and sd in seeds.json")
    parser.add_argument(
        "--show-batch", action="store_true", help="a page of augmented groups, OUT/batch.html, no training"
    )
    parser.add_argument("-h", "--help", action="store_true")
    # The recipe comes first: later on, a bare word is the value of a setting.
    path, rest = (Path(words[0]), words[1:]) if words and not words[0].startswith("-") else (None, words)
    given, settings = parser.parse_known_args(rest)
    if given.help:
        parser.print_help()
        recipe_parser().print_help()
        return 0
    folder = path if path is not None and path.is_dir() else None
    if folder is not None:
        from barefaced.training.from_folder import side

        # What the user says comes after, and wins.
        own = ["--name", folder.resolve().name, "--student.input_size", str(side())]
        wanted = recipe(None, [*own, *settings])
        if wanted.start:
            from barefaced.training.starting import student_words

            wanted = recipe(None, [*own, *student_words(wanted.start), *settings])
    else:
        wanted = recipe(path, settings)

    from barefaced.commands import train as command

    out = given.out or Path("runs") / wanted.name
    again = ["train", *words]
    return command.run(wanted, out, folder, given.resume, given.seeds, again, show_batch=given.show_batch)


def evaluate(words: list[str]) -> int:
    """Every metric of the protocol with its interval, of a model, a function or a file of scores, and a report."""
    parser = _parser("evaluate", evaluate.__doc__)
    parser.usage = (
        "barefaced evaluate MODEL STORE... --out OUT\n"
        "       barefaced evaluate --model MODULE:FUNCTION STORE... --out OUT\n"
        "       barefaced evaluate --scores FILE [STORE...] --out OUT"
    )
    parser.add_argument(
        "places", type=Path, nargs="*", metavar="MODEL STORE", help=f"a weights file or `{SHIPPED}`; stores of crops"
    )
    parser.add_argument("--model", default="", help="somebody else's detector: module:function, crops to scores")
    parser.add_argument("--scores", type=Path, help="csv or parquet with the columns clip, label, fakeness, ...")
    parser.add_argument("--out", type=Path, required=True, help="folder for scores.parquet, report.json, report.html")
    parser.add_argument(
        "--by", action="append", default=[], help="a column whose values are measured apart; repeatable"
    )
    parser.add_argument("--attributes", type=Path, help="csv with more columns; the first is clip, origin or identity")
    parser.add_argument("--against", type=Path, action="append", default=[], help="another's scores.parquet or csv")
    parser.add_argument("--name", default="", help="of the function, for the report")
    parser.add_argument("--trained-on", action="append", default=[], help="data set the function was trained on")
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    parser.add_argument("--draws", type=int, default=2000, help="of the bootstrap")
    parser.add_argument(
        "--include-seen", action="store_true", help="also clips whose origin the model was trained or validated on"
    )
    given = parser.parse_args(words)
    if given.model and given.scores:
        raise BadConfig(expected="a model or scores", got="--model and --scores", fix="Leave one out.")

    from barefaced.commands import evaluate as command

    wanted = command.Wanted(tuple(given.by), given.attributes, tuple(given.against))
    if given.scores:
        return command.from_scores(given.scores, given.places, given.out, given.seed, given.draws, wanted)
    scorer, stores = _scorer(given.model, given.places, given.name, given.trained_on)
    return command.run(scorer, stores, given.out, given.seed, given.draws, wanted, include_seen=given.include_seen)


def _scorer(function: str, places: list[Path], name: str, trained_on: list[str]) -> "tuple[Scorer, list[Path]]":
    """The detector that the words name, and the stores after it."""
    from barefaced.scoring import from_function, from_weights

    if len(places) < 1 + (not function):
        raise BadConfig(
            expected="a model and at least one store",
            got=" ".join(map(str, places)) or "nothing",
            fix="barefaced evaluate MODEL STORE..., or --model module:function STORE..., or --scores FILE.",
        )
    if function:
        return from_function(function, name, trained_on), places
    return from_weights(places[0]), places[1:]


def robustness(words: list[str]) -> int:
    """A model under eleven corruptions at five strengths: curves of AUC with intervals."""
    parser = _parser("robustness", robustness.__doc__)
    parser.add_argument(
        "places", type=Path, nargs="*", metavar="MODEL STORE", help=f"a weights file or `{SHIPPED}`; stores of crops"
    )
    parser.add_argument("--model", default="", help="somebody else's detector: module:function, crops to scores")
    parser.add_argument("--out", type=Path, required=True, help="folder for robustness.json and robustness.html")
    parser.add_argument("--only", action="append", default=[], help="a corruption, instead of all; repeatable")
    parser.add_argument("--most", type=int, default=0, help="clips of a data set, whole origins; 0: all")
    parser.add_argument("--seed", type=int, default=0, help="of the corruptions and the bootstrap")
    parser.add_argument("--draws", type=int, default=1000, help="of the bootstrap")
    parser.add_argument("--include-seen", action="store_true", help="as in evaluate")
    given = parser.parse_args(words)
    scorer, stores = _scorer(given.model, given.places, "", [])

    from barefaced.commands import robustness as command

    return command.run(
        scorer,
        stores,
        given.out,
        given.only,
        given.most,
        given.seed,
        given.draws,
        include_seen=given.include_seen,
    )


def calibrate(words: list[str]) -> int:
    """A model's calibration and thresholds, fitted on held-out source clips and stored in its weights file."""
    parser = _parser("calibrate", calibrate.__doc__)
    parser.add_argument("model", type=Path, help=f"a weights file, or `{SHIPPED}` with --out")
    parser.add_argument("stores", type=Path, nargs="+", help="stores of the source data: what it was trained from")
    parser.add_argument("--kind", choices=("temperature", "isotonic"), default="temperature")
    parser.add_argument(
        "--split", choices=("val", "all"), default="val", help="validation clips, or all it was not trained on"
    )
    parser.add_argument("--even", action="store_true", help="real and fake weigh alike: for a model that learnt so")
    parser.add_argument("--out", type=Path, help="the weights file to write (MODEL itself)")
    given = parser.parse_args(words)

    from barefaced.commands import calibrate as command

    if str(given.model) == SHIPPED and given.out is None:
        raise BadConfig(
            expected=f"--out with `{SHIPPED}`, which is never written over",
            got="no --out",
            fix="Name a file for the model with its new calibration.",
        )
    return command.run(
        weights_file(given.model), given.stores, given.kind, given.split, given.out or given.model, even=given.even
    )


def tables(words: list[str]) -> int:
    """Evaluations side by side: mean and spread over seeds, trained on against tested on."""
    parser = _parser("tables", tables.__doc__)
    parser.add_argument("evaluations", type=Path, nargs="+", help="folders that `evaluate` made, or their report.json")
    parser.add_argument("--metric", default="auc", help="as report.json names it")
    parser.add_argument("--level", choices=("video", "frame"), default="video")
    parser.add_argument("--out", type=Path, help="folder for tables.json and tables.html")
    given = parser.parse_args(words)

    from barefaced.commands import tables as command

    return command.run(given.evaluations, given.metric, given.level, given.out)


def data(words: list[str]) -> int:
    """Stores and data sets: one verb each."""
    verbs = {"verify": _verify, "import": _import, "export": _export, "collate": _collate, "pack": _pack}
    if not words or words[0] in ("-h", "--help"):
        print("usage: barefaced data VERB ...\n")  # noqa: T201
        print("\n".join(f"  {name:10}{verb.__doc__}" for name, verb in verbs.items()))  # noqa: T201
        return 0 if words else BadConfig.exit_code
    if words[0] not in verbs:
        near = difflib.get_close_matches(words[0], verbs, 2, 0.5)
        hint = f"Did you mean {' or '.join(near)}?" if near else "`barefaced data --help` lists them."
        raise BadConfig(expected="a verb of `barefaced data`", got=repr(words[0]), fix=hint)
    return verbs[words[0]](words[1:])


def _collate(words: list[str]) -> int:
    """A store's manifest from its records; stores prepared apart gathered into it."""
    parser = _parser("data collate", _collate.__doc__)
    parser.add_argument("store", type=Path, help="where to")
    parser.add_argument("parts", type=Path, nargs="*", help="stores made with the same settings on other machines")
    given = parser.parse_args(words)

    from barefaced.commands import collate as command

    return command.run(given.store, tuple(given.parts))


def _pack(words: list[str]) -> int:
    """A store into a few tar files in WebDataset's naming, read by train and evaluate as any store."""
    parser = _parser("data pack", _pack.__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("out", type=Path, help="a new folder: the packed store")
    parser.add_argument("--megabytes", type=int, default=512, help="of a tar file, roughly")
    parser.add_argument("--address", default="", help="where the tar files will lie, say s3://bucket/faces")
    given = parser.parse_args(words)

    from barefaced.commands import pack as command

    return command.run(given.store, given.out, given.megabytes, given.address)


def detect(words: list[str]) -> int:
    """How likely each face of a video or picture is forged, over time, with the evidence for it."""
    from jsonargparse import ArgumentParser

    from barefaced.config import DetectSettings
    from barefaced.parsing import built, parse

    parser = ArgumentParser(
        prog="barefaced detect", description=detect.__doc__, exit_on_error=False, allow_abbrev=False
    )
    parser.add_argument(
        "sources", type=str, nargs="*", help="videos, pictures, folders, or patterns such as 'a/**/*.mp4'"
    )
    parser.add_argument("--list", type=str, nargs="*", default=[], help="text files with one source a line")
    parser.add_argument("--model", type=str, default=SHIPPED, help="a weights file (the one that comes with barefaced)")
    parser.add_argument(
        "--out", type=str, default="", help="a folder for results.jsonl and a report a file; what is done is skipped"
    )
    parser.add_argument("--jobs", type=int, default=0, help="processes that decode; 0: half the cores")
    parser.add_argument("--json", action="store_true", help="one JSON object a line and file on standard output")
    parser.add_argument("--seconds", type=float, default=600.0, help="of processor time that decoding a file may take")
    parser.add_argument("--config", action="config", help="a YAML file of the settings below")
    parser.add_class_arguments(DetectSettings, None)
    given = parse(parser, words)
    settings = built(DetectSettings, parser, given)

    from barefaced.commands import detect as command

    return command.run(
        tuple(given.sources),
        tuple(map(Path, given.list)),
        Path(given.model),
        Path(given.out) if given.out else None,
        settings,
        given.jobs,
        given.seconds,
        as_json=given.json,
    )


def verify(words: list[str]) -> int:
    """A report of `detect` computed anew from the file and the model it names, and compared."""
    parser = _parser("verify", verify.__doc__)
    parser.add_argument("report", type=Path, help="a .json file of `detect`")
    parser.add_argument("--file", type=Path, help="the media file (where the report says, or beside the report)")
    parser.add_argument("--model", type=Path, help="the weights file (where the report says)")
    parser.add_argument("--tolerance", type=float, default=1e-6, help="largest difference of two equal numbers")
    given = parser.parse_args(words)

    from barefaced.commands import verify_report as command

    return command.run(given.report, given.file, given.model, given.tolerance)


def doctor(words: list[str]) -> int:
    """Whether everything that detection needs is here: a line each, and what to do about what is wrong."""
    parser = _parser("doctor", doctor.__doc__)
    parser.add_argument("--model", type=Path, default=SHIPPED, help=f"a weights file to look at ({SHIPPED})")
    parser.add_argument("--out", type=Path, default=Path(), help="where results are to be written")
    given = parser.parse_args(words)

    from barefaced.commands import doctor as command

    return command.run(given.model, given.out)


def _verify(words: list[str]) -> int:
    """A data set against the published numbers: what is missing, unreadable, twice there or in two splits."""
    parser = _parser("data verify", _verify.__doc__)
    parser.add_argument("root", type=Path, help="the data set's folder, as published")
    parser.add_argument("--layout", default="auto", help="whose folders, as in prepare")
    parser.add_argument("--compression", default="", help="raw, c23 or c40 where the data set has them")
    parser.add_argument("--partial", action="store_true", help="a part was meant: what is not there is not wrong")
    parser.add_argument("--quick", action="store_true", help="names and numbers only; no file is opened")
    parser.add_argument("--workers", type=int, default=0, help="processes; 0: one a core")
    parser.add_argument("--json", action="store_true", help="the whole answer as JSON")
    given = parser.parse_args(words)

    from barefaced.commands import verify as command

    return command.run(
        given.root,
        given.layout,
        given.compression,
        given.workers,
        partial=given.partial,
        quick=given.quick,
        as_json=given.json,
    )


def _import(words: list[str]) -> int:
    """DeepfakeBench's crops into a store, linked as they are: nothing is prepared again."""
    parser = _parser("data import", _import.__doc__)
    parser.add_argument("tables", type=Path, nargs="+", help="files of its dataset_json")
    parser.add_argument("root", type=Path, help="the folder above FaceForensics++, Celeb-DF-v2, ...")
    parser.add_argument("out", type=Path, help="the store; further JSON files may be taken into it")
    parser.add_argument("--margin", type=float, default=1.3, help="that the crops were made with")
    parser.add_argument(
        "--by-order", action="store_true", help="the n-th frames of a clip and its forgery are one moment (as there)"
    )
    parser.add_argument("--workers", type=int, default=0, help="processes; 0: one a core")
    given = parser.parse_args(words)

    from barefaced.commands import import_crops as command

    return command.run(tuple(given.tables), given.root, given.out, given.margin, given.workers, by_order=given.by_order)


def _export(words: list[str]) -> int:
    """A store as DeepfakeBench's crops and JSON."""
    parser = _parser("data export", _export.__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("out", type=Path, help="for the folders of frames, and dataset_json")
    given = parser.parse_args(words)

    from barefaced.commands import export_crops as command

    return command.run(given.store, given.out)


def info(words: list[str]) -> int:
    """What a weights file says of itself."""
    parser = _parser("info", info.__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=SHIPPED, help=f"a weights file ({SHIPPED})")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", dest="form", action="store_const", const="json", help="the whole card as JSON")
    shape.add_argument("--markdown", dest="form", action="store_const", const="markdown", help="a page for readers")
    given = parser.parse_args(words)

    from barefaced.commands import info as command

    return command.run(given.model, given.form or "table")


def publish(words: list[str]) -> int:
    """A weights file for others: measured numbers and terms on its card, no paths of this machine."""
    parser = _parser("publish", publish.__doc__)
    parser.add_argument("model", type=Path, help="a weights file")
    parser.add_argument("out", type=Path, help="the weights file to write; MODEL itself may be named")
    parser.add_argument("--evaluation", type=Path, action="append", default=[], help="a folder of evaluate; repeatable")
    parser.add_argument("--name", default="", help="instead of the recipe's")
    parser.add_argument("--terms", default="", help="on which the weights may be used: the data's own")
    parser.add_argument("--half", action="store_true", help="matrices as float16: half the size")
    given = parser.parse_args(words)

    from barefaced.commands import publish as command

    return command.run(given.model, given.out, given.evaluation, given.name, given.terms, half=given.half)


def demo(words: list[str]) -> int:
    """The whole road on faces it makes itself. A demonstration of the road, not a detector."""
    parser = _parser("demo", demo.__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/demo"), help="where everything is left to look at")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(words)

    from barefaced.commands import demo as command

    return command.run(given.out, given.seed)


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "prepare": prepare,
    "forge": forge,
    "data": data,
    "train": train,
    "evaluate": evaluate,
    "robustness": robustness,
    "calibrate": calibrate,
    "tables": tables,
    "detect": detect,
    "verify": verify,
    "doctor": doctor,
    "info": info,
    "publish": publish,
    "demo": demo,
}


class _Parser(argparse.ArgumentParser):
    """argparse whose refusals are ours."""

    def error(self, message: str) -> None:  # type: ignore[override]
        flags = sorted(word for action in self._actions for word in action.option_strings)
        wrong = [word for word in message.split() if word.startswith("--")]
        near = [match for word in wrong for match in difflib.get_close_matches(word, flags, 2, 0.6) if match != word]
        hint = f"Did you mean {' or '.join(near)}?" if near else f"`{self.prog} --help` tells what there is."
        raise BadConfig(expected="words that the command knows", got=message, fix=hint)


def _parser(name: str, doc: str | None, *, add_help: bool = True) -> _Parser:
    return _Parser(prog=f"barefaced {name}", description=doc, allow_abbrev=False, add_help=add_help)
