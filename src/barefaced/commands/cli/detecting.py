"""Commands that look at files, and at this machine: detect, verify, doctor, demo."""

from pathlib import Path

from barefaced.commands.cli.words import parser_of, settings_parser_of
from barefaced.runtime.model_packages import SHIPPED


def detect(words: list[str]) -> int:
    """How likely each face of a video or picture is forged, over time, with the evidence for it."""
    from barefaced.config.media import DetectSettings
    from barefaced.config.parsing import built, parse

    parser = settings_parser_of("detect", detect.__doc__)
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
    parser = parser_of("verify", verify.__doc__)
    parser.add_argument("report", type=Path, help="a .json file of `detect`")
    parser.add_argument("--file", type=Path, help="the media file (where the report says, or beside the report)")
    parser.add_argument("--model", type=Path, help="the weights file (where the report says)")
    parser.add_argument("--tolerance", type=float, default=1e-6, help="largest difference of two equal numbers")
    given = parser.parse_args(words)

    from barefaced.commands import verify_report as command

    return command.run(given.report, given.file, given.model, given.tolerance)


def doctor(words: list[str]) -> int:
    """Whether everything that detection needs is here: a line each, and what to do about what is wrong."""
    parser = parser_of("doctor", doctor.__doc__)
    parser.add_argument("--model", type=Path, default=SHIPPED, help=f"a weights file to look at ({SHIPPED})")
    parser.add_argument("--out", type=Path, default=Path(), help="where results are to be written")
    given = parser.parse_args(words)

    from barefaced.commands import doctor as command

    return command.run(given.model, given.out)


def demo(words: list[str]) -> int:
    """The whole road on faces it makes itself. A demonstration of the road, not a detector."""
    parser = parser_of("demo", demo.__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/demo"), help="where everything is left to look at")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(words)

    from barefaced.commands import demo as command
    from barefaced.commands.cli import main

    return command.run(given.out, given.seed, main)
