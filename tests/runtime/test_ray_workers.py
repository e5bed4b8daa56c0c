"""A pool over a local Ray: as the local one."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from barefaced.errors import BadConfig, MissingPackage
from barefaced.runtime.progress import Work
from barefaced.runtime.ray_workers import over_ray
from barefaced.runtime.workers import Done

ray = pytest.importorskip("ray", reason="needs Ray (barefaced[scale])")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers cannot import a test
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
    yield
    ray.shutdown()


def touch(path: Path) -> Done:
    if path.name == "deadly":
        os._exit(11)
    if path.name == "wrong":
        raise BadConfig(expected="right", got="wrong", fix="Mend it.")
    path.touch()
    return Done(path.name, 3)


def gone(path: Path) -> Done:
    return Done("crashed")


def test_every_task_is_done_and_counted(tmp_path: Path) -> None:
    progress = Work("touch", 10, "files", None)
    over_ray(touch, [tmp_path / str(n) for n in range(10)], progress, gone)
    assert {path.name for path in tmp_path.iterdir()} == set("0123456789")
    assert (progress.done, progress.parts_done) == (10, 30)


def test_a_crash_costs_only_the_task_that_crashes(tmp_path: Path) -> None:
    names = ["0", "deadly", "2", "3", "4", "5"]
    progress, lost = Work("touch", len(names), "files", None), []

    def crashed(path: Path) -> Done:
        lost.append(path.name)
        return Done("crashed")

    over_ray(touch, [tmp_path / name for name in names], progress, crashed, workers=1)
    assert {path.name for path in tmp_path.iterdir()} == set("02345")
    assert lost == ["deadly"]
    assert progress.done == len(names)


def test_an_error_is_raised_where_the_tasks_came_from(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="Mend it"):
        over_ray(touch, [tmp_path / "wrong"], Work("touch", 1, "files", None), gone)


def test_a_machine_that_cannot_do_the_work_is_no_crash(tmp_path: Path) -> None:
    """Nothing is marked as lost because barefaced is not installed there."""

    def absent(path: Path) -> Done:
        import a_package_that_is_not_there  # noqa: F401

        return Done()

    with pytest.raises(MissingPackage, match="a_package_that_is_not_there"):
        over_ray(absent, [tmp_path / "0"], Work("touch", 1, "files", None), gone)


def test_no_tasks_are_done_at_once() -> None:
    over_ray(touch, [], Work("touch", 0, "files", None), gone)
