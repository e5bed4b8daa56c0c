"""Commands that make and change weights files: train, average, calibrate, publish, info."""

from pathlib import Path

from barefaced.commands.cli.words import parser_of
from barefaced.errors import BadConfig
from barefaced.runtime.model_packages import SHIPPED, weights_file


def train(words: list[str]) -> int:
    """An LSDA student from stores by a recipe, or from pictures in real/ and fake/; goes on where it stopped."""
    from barefaced.config.parsing import recipe, recipe_parser

    parser = parser_of("train [RECIPE|FOLDER]", train.__doc__, add_help=False)
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
        from barefaced.pipelines.train.recipe_from_folder import default_side

        # What the user says comes after, and wins.
        own = ["--name", folder.resolve().name, "--student.input_size", str(default_side())]
        wanted = recipe(None, [*own, *settings])
        if wanted.start:
            from barefaced.pipelines.train.fine_tune import student_words

            wanted = recipe(None, [*own, *student_words(wanted.start), *settings])
    else:
        wanted = recipe(path, settings)

    from barefaced.commands import train as command

    out = given.out or Path("runs") / wanted.name
    again = ["train", *words]
    return command.run(wanted, out, folder, given.resume, given.seeds, again, show_batch=given.show_batch)


def average(words: list[str]) -> int:
    """The mean of several runs' weights, validated, calibrated and measured as the end of a run is."""
    parser = parser_of("average", average.__doc__)
    parser.add_argument("runs", type=Path, nargs="+", help="folders of finished runs, or weights files, of one network")
    parser.add_argument("--out", type=Path, required=True, help="the weights file to write")
    parser.add_argument("--stores", type=Path, nargs="+", default=[], help="instead of those of the runs' recipes")
    given = parser.parse_args(words)

    from barefaced.commands import average as command

    return command.run(given.runs, given.out, given.stores)


def calibrate(words: list[str]) -> int:
    """A model's calibration and thresholds, fitted on held-out source clips and stored in its weights file."""
    parser = parser_of("calibrate", calibrate.__doc__)
    parser.add_argument("model", type=Path, help=f"a weights file, or `{SHIPPED}` with --out")
    parser.add_argument("stores", type=Path, nargs="+", help="stores of the source data: what it was trained from")
    parser.add_argument("--kind", choices=("platt", "isotonic"), default="platt")
    parser.add_argument(
        "--split", choices=("val", "all"), default="val", help="validation clips, or all it was not trained on"
    )
    parser.add_argument("--out", type=Path, help="the weights file to write (MODEL itself)")
    given = parser.parse_args(words)

    from barefaced.commands import calibrate as command

    if str(given.model) == SHIPPED and given.out is None:
        raise BadConfig(
            expected=f"--out with `{SHIPPED}`, which is never written over",
            got="no --out",
            fix="Name a file for the model with its new calibration.",
        )
    return command.run(weights_file(given.model), given.stores, given.kind, given.split, given.out or given.model)


def publish(words: list[str]) -> int:
    """A weights file for others: measured numbers and terms on its card, no paths of this machine."""
    parser = parser_of("publish", publish.__doc__)
    parser.add_argument("model", type=Path, help="a weights file")
    parser.add_argument("out", type=Path, help="the weights file to write; MODEL itself may be named")
    parser.add_argument("--evaluation", type=Path, action="append", default=[], help="a folder of evaluate; repeatable")
    parser.add_argument("--name", default="", help="instead of the recipe's")
    parser.add_argument("--terms", default="", help="on which the weights may be used: the data's own")
    parser.add_argument("--half", action="store_true", help="matrices as float16: half the size")
    given = parser.parse_args(words)

    from barefaced.commands import publish as command

    return command.run(given.model, given.out, given.evaluation, given.name, given.terms, half=given.half)


def info(words: list[str]) -> int:
    """What a weights file says of itself."""
    parser = parser_of("info", info.__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=SHIPPED, help=f"a weights file ({SHIPPED})")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", dest="form", action="store_const", const="json", help="the whole card as JSON")
    shape.add_argument("--markdown", dest="form", action="store_const", const="markdown", help="a page for readers")
    given = parser.parse_args(words)

    from barefaced.commands import info as command

    return command.run(given.model, given.form or "table")
