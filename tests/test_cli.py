"""The command line: quick to answer, exact about what it refuses, and its exit codes those of the errors."""

import subprocess
import sys
from pathlib import Path

import pytest

import barefaced
from barefaced.commands.main import COMMANDS, SUMMARY, find_command, main
from barefaced.commands.reference import reference
from barefaced.config.parsing import command_parser, read_arguments, recipe, recipe_words

HEAVY = ("torch", "cv2", "av", "openvino", "timm", "sklearn", "scipy", "matplotlib", "pyarrow")


def loaded_by(words: list[list[str]], *modules: str) -> str:
    """Which of the modules are loaded after these commands, in a process of their own."""
    script = "import sys; from barefaced.commands.main import main; "
    script += f"[main(words) for words in {words}]; print([m for m in {modules} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


def arguments(line: str) -> dict[str, object]:
    """What the function of a command is called with."""
    name, *words = line.split()
    return read_arguments(name, find_command(name), words)


def test_help_loads_nothing_heavy() -> None:
    assert loaded_by([["--help"]], *HEAVY, "jsonargparse", "numpy") == "[]"


def test_the_help_of_every_command_loads_nothing_heavy() -> None:
    assert loaded_by([[*name.split(), "--help"] for name in COMMANDS], *HEAVY) == "[]"


def test_the_summary_names_every_command() -> None:
    lines = [line.split() for line in SUMMARY.splitlines() if line.startswith("  ")]
    assert [" ".join(line[: 1 + (line[0] == "data")]) for line in lines] == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_help(name: str) -> None:
    function = find_command(name)
    assert function.__name__ == COMMANDS[name]
    parser = command_parser(name, function)
    assert (parser.description or "").strip()
    for action in parser._actions:
        words = (action.help or "").partition("(default")[0].strip()
        assert words, f"{name} {action.option_strings or action.dest} has no help"
        assert "SUPPRESS" not in words


def test_the_page_of_commands_is_current() -> None:
    page = Path(__file__).parents[1] / "docs" / "cli.md"
    assert page.read_text(encoding="utf-8") == reference(), "python -m barefaced.commands.reference > docs/cli.md"


@pytest.mark.parametrize("words", [["help", "data", "pack"], ["data", "pack", "--help"], ["data", "pack", "-h"]])
def test_help_is_asked_for_in_any_way(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    assert "--megabytes" in capsys.readouterr().out


@pytest.mark.parametrize("word", ["-V", "--version", "version"])
def test_the_version_is_told(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word]) == 0
    assert capsys.readouterr().out == f"barefaced {barefaced.__version__}\n"


@pytest.mark.parametrize(
    ("line", "same"),
    [
        ("forge a b --val-share .2", "forge a b --val_share .2"),
        ("prepare a b --crop.size 64 --least-face 9", "prepare --least_face=9 a b --crop.size=64"),
        ("detect x --jobs 3", "detect x --workers 3"),
        ("calibrate m s --kind isotonic", "calibrate s --model m --kind isotonic"),
        ("info m", "info --model=m"),
        ("train r --optim.weight-decay 1e-3", "train r --optim.weight_decay 0.001"),
        ("evaluate m s --out o --by a --by b", "evaluate m s --out o --by [a,b]"),
        ("evaluate m s --out o --by a,b", "evaluate m s --out o --by [a,b]"),
        ("prepare a b --methods real", "prepare a b --methods [real]"),
        ("forge a b --methods self_blend", "forge a b --methods [self_blend]"),
        ("detect --list a b --model m", "detect --list a --list b --model m"),
    ],
)
def test_two_ways_to_say_the_same(line: str, same: str) -> None:
    one, other = arguments(line), arguments(same)
    for either in (one, other):
        if words := either.get("settings") if line.startswith("train") else None:
            either["settings"] = recipe(None, words)
    assert one == other


def test_values_reach_the_function() -> None:
    given = arguments("robustness m s t --out o --only blur --only [jpeg,noise] --most 5 --include-seen")
    assert given["stores"] == ("m", "s", "t")
    assert given["only"] == ("jpeg", "noise")  # brackets say the whole list
    assert (given["out"], given["most"], given["include_seen"], given["seed"]) == ("o", 5, True, 0)
    given = arguments("detect a b --frames 8 --people longest --json")
    assert given["sources"] == ("a", "b")
    assert given["settings"] == barefaced.DetectSettings(frames=8, people="longest")
    assert given["json_"] is True
    assert recipe(None, ["--engine.watch", "wandb"]).engine.watch == ("wandb",)


def test_a_recipe_is_said_in_words_that_give_it_back() -> None:
    one = recipe(None, ["--preset", "sbi", "--data.stores", "[a b,c]", "--optim.lr", "3e-5", "--engine.watch", "wandb"])
    assert recipe(None, recipe_words(one)) == one


def test_a_misspelt_command_is_answered_with_the_one_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detcet", "x.mp4"]) == 2
    assert "detect" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("prepare a b --frmes 3", "Did you mean --frames?"),
        ("train --optim.lrr 1", "Did you mean --optim.lr?"),
        ("train --epochs 1", "Did you mean --optim.epochs?"),
        ("train --show-btch", "Did you mean --show-batch?"),
        ("evaluate m s --out o --inclde-seen", "Did you mean --include-seen?"),
        ("detect x --modl m", "Did you mean --model?"),
        ("data verfy x", "Did you mean data verify?"),
        ("data verify x --partal", "Did you mean --partial?"),
        ("help detct", "Did you mean detect?"),
        ("tables x --level vdeo", "expected video or frame for --level; got vdeo. Did you mean video?"),
        ("train --engine.watch tensorboard", "expected mlflow or wandb for --engine.watch; got tensorboard."),
        ("train --optim.epochs ten", "expected a whole number for --optim.epochs; got ten."),
        ("train --augment.beta 1", "expected 2 numbers in brackets for --augment.beta; got [1]."),
        ("train --optim.lr", "expected a value after --optim.lr"),
        ("train nothere", "expected a recipe (.yaml) or a folder with real/ and fake/; got no such path"),
        ("robustness m s", "expected --out"),
        ("prepare x", "expected OUT"),
        ("prepare a b c", "got c."),
        ("detect x --jobs -1", "expected workers to be 0 or more; got -1."),
        ("forge a b --test-share 1.5", "expected test_share to be 0 to 1; got 1.5."),
        ("evaluate m s --out o --draws -1", "expected draws to be 0 or more; got -1."),
        ("train --seeds 0", "expected seeds to be 1 or more; got 0."),
    ],
)
def test_what_cannot_be_is_refused_in_plain_words(line: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line.split()) == 2
    told = capsys.readouterr().err
    assert meant in told
    assert not [word for word in ("typing", "<class", "Parser", "Literal", "Error(") if word in told]


def test_who_stops_reading_is_not_complained_to() -> None:
    line = [sys.executable, "-m", "barefaced", "help", "train"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as done:
        assert done.stdout is not None
        done.stdout.close()
        assert done.stderr is not None
        assert done.stderr.read() == b""
    assert done.returncode == 141


def test_weights_that_are_not_there_exit_with_4(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "nowhere.safetensors"]) == 4
    assert "MissingWeights" in capsys.readouterr().err


def test_a_store_that_is_not_there_exits_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--data.stores", "[nowhere]"]) == 3
    assert "StoreDamaged" in capsys.readouterr().err


def test_the_public_surface_is_what_all_says() -> None:
    assert sorted(barefaced.__all__) == barefaced.__all__
    for name in barefaced.__all__:
        assert getattr(barefaced, name) is not None
    assert dir(barefaced) == barefaced.__all__
    with pytest.raises(AttributeError):
        _ = barefaced.nothing  # type: ignore[attr-defined]
