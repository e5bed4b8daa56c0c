"""The same pieces of work as `pool`, on every machine of a Ray cluster.

Ray Data hands out the tasks and looks after machines that come and go; where no cluster runs, one is started here.
Every machine needs barefaced installed and sees the same files under the same paths.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from barefaced.errors import BarefacedError, MissingPackage
from barefaced.pool import Done
from barefaced.progress import Work

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
        MissingPackage: Ray is not installed.
        BarefacedError, OSError: what `do` raised; tasks not begun are left.
    """
    try:
        import ray
        import ray.data
    except ImportError as e:
        raise MissingPackage(
            expected="Ray, for the engine ray", got=str(e), fix="Run `pip install 'barefaced[scale]'`."
        ) from e
    if not ray.is_initialized():
        ray.init(address=None, include_dashboard=False, log_to_driver=False, configure_logging=False)
    data = ray.data.DataContext.get_current()
    data.enable_progress_bars = False
    data.max_errored_blocks = -1  # a crash is ours to answer for
    left = _run(ray, do, list(enumerate(tasks)), progress, workers, TASKS_A_BLOCK)
    # A crash took its neighbours along: alone, only the task that crashes is lost.
    for _, task in _run(ray, do, left, progress, workers, 1):
        progress.step(1, *lost(task))


def _run(
    ray: Any,
    do: Callable[[Task], Done],
    tasks: list[tuple[int, Task]],
    progress: Work,
    workers: int,
    together: int,
) -> list[tuple[int, Task]]:
    """Those that gave no answer."""
    if not tasks:
        return []
    blocks = -(-len(tasks) // together)
    rows = ray.data.from_items([{"number": number, "task": task} for number, task in tasks], override_num_blocks=blocks)
    answered: set[int] = set()
    done = rows.map(functools.partial(_row, do), num_cpus=1, concurrency=workers or None)
    for row in done.iter_rows():
        if row["error"] is not None:
            raise row["error"]
        answered.add(row["number"])
        progress.step(1, row["note"], row["parts"])
    return [(number, task) for number, task in tasks if number not in answered]


def _row(do: Callable[[Task], Done], row: dict[str, Any]) -> dict[str, Any]:
    try:
        done, error = do(row["task"]), None
    except (BarefacedError, OSError) as e:
        done, error = Done(), e
    return {"number": row["number"], "note": done.note, "parts": done.parts, "error": error}
