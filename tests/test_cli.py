"""The command line: quick to answer, exact about what it refuses, and its exit codes those of the errors."""

import subprocess
import sys

import pytest

import barefaced
from barefaced.commands.cli import COMMANDS, SUMMARY, main


def test_help_loads_nothing_heavy() -> None:
    heavy = ("torch", "cv2", "av", "openvino", "timm", "sklearn", "scipy", "matplotlib", "pyarrow", "jsonargparse")
    script = "import sys; from barefaced.commands.cli import main; "
    script += f"main(['--help']); print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")


def test_the_summary_names_every_command() -> None:
    assert {line.split()[0] for line in SUMMARY.splitlines() if line.startswith("  ")} == set(COMMANDS)


def test_a_misspelt_command_is_answered_with_the_one_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detcet", "x.mp4"]) == 2
    assert "detect" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["prepare", "a", "b", "--frmes", "3"], "frames"),
        (["train", "--optim.lrr", "1"], "optim.lr"),
        (["evaluate", "m", "s", "--out", "o", "--inclde-seen"], "--include-seen"),
        (["detect", "x", "--modl", "m"], "mean model"),
        (["data", "verfy", "x"], "verify"),
        (["data", "verify", "x", "--partal"], "--partial"),
    ],
)
def test_a_misspelt_setting_is_refused_before_any_work(
    words: list[str], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert meant in capsys.readouterr().err


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
