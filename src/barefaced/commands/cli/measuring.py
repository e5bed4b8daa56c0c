"""Commands that measure detectors: evaluate, robustness, tables."""

from pathlib import Path
from typing import TYPE_CHECKING

from barefaced.commands.cli.words import parser_of
from barefaced.errors import BadConfig
from barefaced.runtime.model_packages import SHIPPED

if TYPE_CHECKING:
    from barefaced.pipelines.score import Scorer


def evaluate(words: list[str]) -> int:
    """Every metric of the protocol with its interval, of a model, a function or a file of scores, and a report."""
    parser = parser_of("evaluate", evaluate.__doc__)
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


def robustness(words: list[str]) -> int:
    """A model under eleven corruptions at five strengths: curves of AUC with intervals."""
    parser = parser_of("robustness", robustness.__doc__)
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


def tables(words: list[str]) -> int:
    """Evaluations side by side: mean and spread over seeds, trained on against tested on."""
    parser = parser_of("tables", tables.__doc__)
    parser.add_argument("evaluations", type=Path, nargs="+", help="folders that `evaluate` made, or their report.json")
    parser.add_argument("--metric", default="auc", help="as report.json names it")
    parser.add_argument("--level", choices=("video", "frame"), default="video")
    parser.add_argument("--out", type=Path, help="folder for tables.json and tables.html")
    given = parser.parse_args(words)

    from barefaced.commands import tables as command

    return command.run(given.evaluations, given.metric, given.level, given.out)


def _scorer(function: str, places: list[Path], name: str, trained_on: list[str]) -> "tuple[Scorer, list[Path]]":
    """The detector that the words name, and the stores after it."""
    from barefaced.pipelines.score import from_function, from_weights

    if len(places) < 1 + (not function):
        raise BadConfig(
            expected="a model and at least one store",
            got=" ".join(map(str, places)) or "nothing",
            fix="barefaced evaluate MODEL STORE..., or --model module:function STORE..., or --scores FILE.",
        )
    if function:
        return from_function(function, name, trained_on), places
    return from_weights(places[0]), places[1:]
