"""Many pieces of work on several processes: a crash costs the piece that crashes, and none of its neighbours."""

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple, TypeVar

from barefaced.runtime.progress import Work

AHEAD = 2
"""Tasks handed to each process at a time: what a crash can take along."""

Task = TypeVar("Task")


class Done(NamedTuple):
    """What came of a task, for the progress line."""

    note: str = ""
    parts: int = 0


def pooled(
    do: Callable[[Task], Done],
    tasks: Sequence[Task],
    workers: int,
    progress: Work,
    lost: Callable[[Task], Done],
) -> None:
    """Do every task, in any order; with one worker here, in order.

    Args:
        do: a module's function, that other processes can import.
        tasks: values that can be pickled.
        workers: processes.
        progress: a step a task.
        lost: called here for a task whose process crashed, alone, a second time.

    Raises:
        BarefacedError: what `do` raised; tasks not begun are left.
    """
    if workers == 1:
        for task in tasks:
            progress.step(1, *do(task))
        return
    left = list(tasks)
    while left:
        crashed, left = _pooled(do, left, workers, progress)
        for task in crashed:  # a crash took its neighbours along: alone, only the task that crashes is lost
            if _pooled(do, [task], 1, progress)[0]:
                progress.step(1, *lost(task))


def _pooled(
    do: Callable[[Task], Done], tasks: Sequence[Task], workers: int, progress: Work
) -> tuple[list[Task], list[Task]]:
    """Run the tasks in processes, a few ahead; gives those under way when a process crashed, and those not begun."""
    # Not a fork: the parent may run OpenMP or OpenVINO threads, with which a fork can hang.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([do.__module__])
    waiting = deque(tasks)
    running: dict[Future[Done], Task] = {}
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent) as pool:
        try:
            while waiting or running:
                while waiting and len(running) < AHEAD * workers:
                    running[pool.submit(do, waiting[0])] = waiting[0]
                    waiting.popleft()
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    progress.step(1, *future.result())
                    del running[future]
        except BrokenProcessPool:
            return list(running.values()), list(waiting)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [], []


def _end_with_parent() -> None:
    """A killed run takes its processes along: left to themselves they would write beside the run that goes on."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
