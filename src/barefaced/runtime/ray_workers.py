"""The same pieces of work as `pool`, on every machine of a Ray cluster.

Ray Data hands out the tasks and looks after machines that come and go; where no cluster runs, one is started here.
Every machine needs barefaced installed and sees the same files under the same paths.
"""

import functools
import logging
import pickle
import warnings
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from barefaced.errors import BarefacedError, MissingPackage
from barefaced.runtime.progress import Work
from barefaced.runtime.workers import Done

TASKS_A_BLOCK = 4
"""Tasks handed out at a time: what the crash of a process takes along, before they are done alone."""

Task = TypeVar("Task")


def over_ray(
    do: Callable[[Task], Done],
    tasks: Sequence[Task],
    progress: Work,
    lost: Callable[[Task], Done],
    workers: int = 0,
) -> None:
    """As `pool.pooled`; `workers` processes, 0: one for each core of the cluster.

    Raises:
        MissingPackage: Ray is not installed, or a machine of the cluster cannot do the work.
        BarefacedError, OSError: what `do` raised; tasks not begun are left.
    """
    try:
        import ray
        import ray.data
        import ray.exceptions
    except ImportError as e:
        raise MissingPackage(
            expected="Ray, for the engine ray", got=str(e), fix="Run `pip install 'barefaced[scale]'`."
        ) from e
    if not tasks:
        return
    if not ray.is_initialized():
        ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # what fails is told below
    data = ray.data.DataContext.get_current()
    data.enable_progress_bars = False
    data.max_errored_blocks = -1  # what gave no answer is done again, alone
    for number in _unanswered(ray, do, tasks, progress, workers):
        try:
            row = ray.get(ray.remote(max_retries=0)(_row).remote(do, _asked(number, tasks[number])))
        except ray.exceptions.WorkerCrashedError:
            progress.step(1, *lost(tasks[number]))
        except ray.exceptions.RayError as e:
            raise MissingPackage(
                expected="barefaced and the data on every machine of the cluster",
                got=str(e).strip().splitlines()[-1],
                fix="Install the same version everywhere, and mount the data under the same paths.",
            ) from e
        else:
            _answer(row, progress)


def _unanswered(ray: Any, do: Callable[[Task], Done], tasks: Sequence[Task], progress: Work, workers: int) -> list[int]:
    """Do the tasks, a few at a time; the numbers of those that gave no answer, as a crash took them along."""
    blocks = -(-len(tasks) // TASKS_A_BLOCK)
    asked = ray.data.from_items([_asked(n, task) for n, task in enumerate(tasks)], override_num_blocks=blocks)
    compute = ray.data.TaskPoolStrategy(size=workers or None)
    answered: set[int] = set()
    with warnings.catch_warnings():  # `max_retries` has no other way in; pyproject.toml bounds Ray to versions with it
        warnings.filterwarnings("ignore", "`ray_remote_args` is deprecated")
        rows = asked.map(functools.partial(_row, do), num_cpus=1, max_retries=0, compute=compute)
    for row in rows.iter_rows():
        _answer(row, progress)
        answered.add(row["number"])
    return sorted(set(range(len(tasks))) - answered)


def _asked(number: int, task: Any) -> dict[str, Any]:
    return {"number": number, "task": pickle.dumps(task)}


def _row(do: Callable[[Task], Done], asked: dict[str, Any]) -> dict[str, Any]:
    """On some machine of the cluster. An error of ours is an answer; anything else is Ray's to tell."""
    try:
        done, error = do(pickle.loads(asked["task"])), b""
    except (BarefacedError, OSError) as e:
        done, error = Done(), pickle.dumps(e)
    return {"number": asked["number"], "note": done.note, "parts": done.parts, "error": error}


def _answer(row: dict[str, Any], progress: Work) -> None:
    if row["error"]:
        raise pickle.loads(row["error"])
    progress.step(1, row["note"], row["parts"])
