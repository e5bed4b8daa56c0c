"""The command line: which words call which function, and what its answer or error exits with.

Nothing heavy is imported before a command is known to be wanted and well spelt. Answers go to standard output,
everything else to standard error. Exit codes are those of `errors`; 130 after Ctrl-C, 141 where nobody reads on.
"""

import importlib
import os
import sys
from collections.abc import Callable, Sequence

from barefaced.errors import BadConfig, BarefacedError
from barefaced.runtime.text import suggest_names

SUMMARY = """\
How likely is it that this face is not its own?

usage: barefaced COMMAND ...        barefaced help COMMAND tells the rest
MODEL is a weights file, or `shipped`: the detector that comes with barefaced, which `detect` and `info` take unasked.

look at a file
  detect SOURCE...           how likely each face of a video or picture is forged, over time, with the evidence
  verify REPORT              a report of detect, computed anew and compared
  info [MODEL]               what a weights file says of itself
  doctor                     whether all that is needed is here, and what to do where it is not

measure a detector
  evaluate MODEL STORE...    every metric with its interval, or --scores FILE of any detector: report.html, report.json
  robustness MODEL STORE..   AUC under eleven corruptions at five strengths
  calibrate MODEL STORE...   calibration and thresholds from held-out source clips, into the weights file
  tables EVALUATION...       evaluations side by side: over seeds, trained on against tested on

train a detector
  train RECIPE|FOLDER        an LSDA student from stores by a recipe, or from pictures in real/ and fake/METHOD/
  average RUN RUN...         the mean of several runs' weights, validated and calibrated as the end of a run is
  publish MODEL OUT          a weights file for others: measured numbers and terms on its card
  demo                       every step on faces it makes itself: no data, network or GPU needed

prepare data
  prepare ROOT OUT           a data set's videos or pictures into a store of aligned face crops
  forge SOURCE OUT           forgeries of real faces by several methods: training data from photographs or videos
  data verify ROOT           a data set against the published numbers: what is missing, unreadable or twice there
  data audit STORE...        whether anything but the face tells forged from real in stores
  data import JSON ROOT OUT  DeepfakeBench's crops into a store
  data export STORE OUT      a store as DeepfakeBench's crops and JSON
  data collate STORE ...     a store's manifest from its records; stores prepared apart gathered into it
  data pack STORE OUT        a store into a few tar files
"""

COMMANDS = {
    "detect": "detect",
    "verify": "verify",
    "info": "info",
    "doctor": "doctor",
    "evaluate": "evaluate",
    "robustness": "robustness",
    "calibrate": "calibrate",
    "tables": "tables",
    "train": "train",
    "average": "average",
    "publish": "publish",
    "demo": "demo",
    "prepare": "prepare",
    "forge": "forge",
    "data verify": "verify_dataset",
    "data audit": "audit",
    "data import": "import_crops",
    "data export": "export_crops",
    "data collate": "collate",
    "data pack": "pack",
}
"""What is typed, and the function's name, which is its file's too."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _run(words)
        sys.stdout.flush()
        return code
    except BarefacedError as e:
        print(f"barefaced: {type(e).__name__}: {e}", file=sys.stderr)  # noqa: T201
        return e.exit_code
    except BrokenPipeError:
        # Whoever read has enough (`| head`); what is still held back is not to complain at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        print("barefaced: interrupted; the same command goes on from here", file=sys.stderr)  # noqa: T201
        return 130


def find_command(name: str) -> Callable[..., object]:
    """Return the function of the command `name`."""
    function = COMMANDS[name]
    return getattr(importlib.import_module(f"barefaced.commands.{function}"), function)


def _run(words: list[str]) -> int:
    if not words or words in (["-h"], ["--help"], ["help"]):
        print(SUMMARY, end="")  # noqa: T201
        return 0 if words else BadConfig.exit_code
    if words[0] in ("-V", "--version", "version"):
        import importlib.metadata

        print(f"barefaced {importlib.metadata.version('barefaced')}")  # noqa: T201
        return 0
    if words[0] == "help":
        words = [*words[1:], "--help"]
    if words[0] == "data" and (len(words) == 1 or words[1] in ("-h", "--help")):
        print("usage: barefaced data VERB ...\n")  # noqa: T201
        print("\n".join(line for line in SUMMARY.splitlines() if line.startswith("  data ")))  # noqa: T201
        return 0 if len(words) > 1 else BadConfig.exit_code
    name = " ".join(words[:2]) if words[0] == "data" else words[0]
    if name not in COMMANDS:
        raise BadConfig(
            expected="a command of barefaced",
            got=repr(name),
            fix=suggest_names(name, COMMANDS, "`barefaced --help` lists them."),
        )
    rest = words[len(name.split()) :]

    from barefaced.config.parsing import command_parser, read_arguments

    function = find_command(name)
    if {"-h", "--help"} & set(rest):
        print(command_parser(name, function).format_help(), end="")  # noqa: T201
        return 0
    answer = function(**read_arguments(name, function, rest))
    return answer if isinstance(answer, int) else 0
