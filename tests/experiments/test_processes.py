"""Processes side by side: each one's answer and exit code, and none left behind."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments"))

from processes import side_by_side


def test_every_process_gives_its_code_and_what_it_said() -> None:
    commands = [["-c", f"import sys; print('said', {n}); sys.exit({n})"] for n in range(3)]
    assert sorted(side_by_side(commands, 2)) == [(n, n, f"said {n}") for n in range(3)]


def test_closing_ends_what_runs_and_begins_nothing(tmp_path: Path) -> None:
    slow = (
        "import os, pathlib, sys, time; begun = pathlib.Path(sys.argv[1]); begun.write_text(str(os.getpid()))\n"
        "time.sleep(600); begun.with_suffix('.ended').touch()"
    )
    second, third = tmp_path / "second", tmp_path / "third"
    wait = (
        "import pathlib, sys, time; begun = pathlib.Path(sys.argv[1])\n"
        "while not begun.exists() or not begun.read_text(): time.sleep(0.01)"
    )
    running = side_by_side([["-c", wait, str(second)], ["-c", slow, str(second)], ["-c", slow, str(third)]], 2)
    assert next(running)[:2] == (0, 0)
    running.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int(second.read_text()), 0)
    assert not second.with_suffix(".ended").exists()
    assert not third.exists()
