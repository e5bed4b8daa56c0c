"""The command line. Each command is a function in a file here; what it does, in the file of its name under `commands`.

Nothing heavy is imported before a command is known to be wanted and well spelt. Answers go to standard output,
everything else to standard error. Exit codes are those of `errors`; 130 after Ctrl-C.
"""

import sys
from collections.abc import Callable, Sequence

from barefaced.commands.cli.detecting import demo, detect, doctor, verify
from barefaced.commands.cli.measuring import evaluate, robustness, tables
from barefaced.commands.cli.stores import data, forge, prepare
from barefaced.commands.cli.training import average, calibrate, info, publish, train
from barefaced.commands.cli.words import chosen
from barefaced.errors import BadConfig, BarefacedError

SUMMARY = """\
How likely is it that this face is not its own?

usage: barefaced COMMAND ...        barefaced COMMAND --help tells the rest
MODEL is a weights file, or `shipped`: the detector that comes with barefaced, which `detect` and `info` take unasked.

  prepare ROOT OUT         a data set's videos or pictures into a store of aligned face crops
  forge SOURCE OUT         forgeries of real faces by several methods: training data from photographs or videos
  data VERB ...            stores and data sets: verify, audit, import, export, collate, pack
  train RECIPE|FOLDER      an LSDA student from stores by a recipe, or from pictures in real/ and fake/METHOD/
  average RUN RUN...       the mean of several runs' weights, validated and calibrated as the end of a run is
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


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "prepare": prepare,
    "forge": forge,
    "data": data,
    "train": train,
    "average": average,
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
        return chosen(words[0], COMMANDS, "a command", "barefaced")(words[1:])
    except BarefacedError as e:
        print(f"barefaced: {type(e).__name__}: {e}", file=sys.stderr)  # noqa: T201
        return e.exit_code
    except KeyboardInterrupt:
        print("barefaced: interrupted; the same command goes on from here", file=sys.stderr)  # noqa: T201
        return 130
