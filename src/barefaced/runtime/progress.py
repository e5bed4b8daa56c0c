"""How far long work has come: done, rate, time left; on standard error, so that standard output stays an answer."""

import contextlib
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

QUIET_SECONDS = 15.0
"""Between two lines where nobody watches a terminal."""


@dataclass
class Work:
    """A piece of work under way."""

    what: str
    total: int
    unit: str
    bar: Progress | None
    start: int = 0
    done: int = 0
    parts: str = ""
    """What each unit consists of (frames, say), counted beside it."""
    parts_done: int = 0
    began: float = field(default_factory=time.monotonic)
    told: float = field(default_factory=time.monotonic)

    def step(self, count: int = 1, note: str = "", parts: int = 0) -> None:
        """`count` more are done, of so many parts; `note` is shown beside them."""
        self.done += count
        self.parts_done += parts
        seconds = max(time.monotonic() - self.began, 1e-9)
        rate = (self.done - self.start) / seconds
        text = f"{rate:.1f} {self.unit}/s  "
        if self.parts:
            text += f"{self.parts_done / seconds:.0f} {self.parts}/s  "
        text += note
        if self.bar is not None:
            self.bar.update(self.bar.task_ids[0], completed=self.done, note=text)
        elif time.monotonic() - self.told > QUIET_SECONDS:
            self.told = time.monotonic()
            left = (self.total - self.done) / max(rate, 1e-9)
            print(f"{self.what}: {self.done}/{self.total}  {text}  {span(left)} left", file=sys.stderr)  # noqa: T201


def span(seconds: float) -> str:
    """A length of time for people: 40 s, 5 min 20 s, 3 h 5 min, 2 d 4 h."""
    for unit, parts, below, of in (("d", "h", 24, 3600), ("h", "min", 60, 60), ("min", "s", 60, 1)):
        whole, rest = divmod(round(seconds) // of, below)
        if whole:
            return f"{whole} {unit} {rest} {parts}"
    return f"{round(seconds)} s"


@contextlib.contextmanager
def work(what: str, total: int, unit: str, done: int = 0, parts: str = "", *, shown: bool = True) -> Iterator[Work]:
    """Show the progress of `total` units of work, `done` of them already; and of their `parts`, where those are named.

    On a terminal a bar; elsewhere a line now and then; nothing where it is not `shown`, for another process shows it.
    """
    console = Console(stderr=True)
    if not shown:
        yield Work(what, total, unit, None, done, done, parts, told=math.inf)
        return
    if not console.is_terminal:
        yield Work(what, total, unit, None, done, done, parts)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[note]}"), console=console, transient=True) as bar:
        bar.add_task(what, total=total, completed=done, note="")
        yield Work(what, total, unit, bar, done, done, parts)
