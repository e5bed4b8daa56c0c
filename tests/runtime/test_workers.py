"""A pool on toy tasks: each done once, whatever its neighbours do."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from barefaced.runtime.progress import Work
from barefaced.runtime.workers import Done, pooled


def touch(path: Path) -> Done:
    if path.name == "deadly":
        os._exit(11)
    if path.name == "wrong":
        raise ValueError("wrong")
    path.touch()
    return Done(path.name, 3)


def gone(path: Path) -> Done:
    return Done("crashed")


@pytest.mark.parametrize("workers", [1, 2])
def test_every_task_is_done_and_counted(tmp_path: Path, workers: int) -> None:
    progress = Work("touch", 5, "files", None)
    pooled(touch, [tmp_path / str(n) for n in range(5)], workers, progress, gone)
    assert {path.name for path in tmp_path.iterdir()} == set("01234")
    assert (progress.done, progress.parts_done) == (5, 15)


def test_a_crash_costs_only_the_task_that_crashes(tmp_path: Path) -> None:
    names = ["0", "deadly", "2", "3", "4", "5"]
    progress, lost = Work("touch", len(names), "files", None), []

    def crashed(path: Path) -> Done:
        lost.append(path)
        return Done("crashed")

    pooled(touch, [tmp_path / name for name in names], 2, progress, crashed)
    assert {path.name for path in tmp_path.iterdir()} == set("02345")
    assert [path.name for path in lost] == ["deadly"]
    assert progress.done == len(names)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_is_raised_where_the_tasks_came_from(tmp_path: Path, workers: int) -> None:
    with pytest.raises(ValueError, match="wrong"):
        pooled(touch, [tmp_path / "wrong"], workers, Work("touch", 1, "files", None), gone)


def test_no_tasks_are_done_at_once() -> None:
    pooled(touch, [], 1, Work("touch", 0, "files", None), gone)


ENDLESS = """
import os, sys, time
from pathlib import Path
from barefaced.runtime.workers import pooled
from barefaced.runtime.progress import Work

def wait(path):
    path.write_text(str(os.getpid()))
    time.sleep(600)

if __name__ == "__main__":
    pooled(wait, [Path(sys.argv[1], name) for name in "01"], 2, Work("wait", 2, "files", None), wait)
"""


def test_a_killed_run_takes_its_processes_along(tmp_path: Path) -> None:
    """Else they would go on writing, beside the run that is started next."""
    (tmp_path / "endless.py").write_text(ENDLESS)
    with subprocess.Popen([sys.executable, tmp_path / "endless.py", tmp_path]) as run:
        files = [tmp_path / name for name in "01"]
        while not all(file.is_file() and file.read_text() for file in files):
            assert run.poll() is None
            time.sleep(0.05)
        run.send_signal(signal.SIGKILL)
    left = {int(file.read_text()) for file in files}
    for _ in range(600):
        left = {number for number in left if Path(f"/proc/{number}").exists()}
        if not left:
            break
        time.sleep(0.05)
    assert not left
