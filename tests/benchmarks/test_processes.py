"""Processes side by side: each one's answer and exit code, and none left behind."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from processes import side_by_side


def test_every_process_gives_its_code_and_what_it_said() -> None:
    commands = [["-c", f"import sys; print('said', {n}); sys.exit({n})"] for n in range(3)]
    assert sorted(side_by_side(commands, 2)) == [(n, n, f"said {n}") for n in range(3)]


def test_closing_ends_what_runs_and_begins_nothing(tmp_path: Path) -> None:
    slow = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"
    commands = [["-c", "pass"], ["-c", slow, str(tmp_path / "second")], ["-c", slow, str(tmp_path / "third")]]
    begin = time.monotonic()
    running = side_by_side(commands, 2)
    assert next(running)[:2] == (0, 0)
    running.close()
    assert time.monotonic() - begin < 30
    assert not (tmp_path / "third").exists()
