"""Python processes side by side: several with one thread each beat one with several threads."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence

ALLOCATOR = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 34)}
"""Memory that a step frees stays with the process (glibc): 8 % more pictures a second for plain, 3 % for paper."""


def side_by_side(commands: Sequence[Sequence[str]], at_once: int) -> Generator[tuple[int, int, str]]:
    """(place in `commands`, exit code, standard output) as they end; closing this ends what still runs.

    Args:
        commands: a file of Python each, and its words.
    """
    waiting, running = list(enumerate(commands)), {}
    with contextlib.ExitStack() as stack:
        while waiting or running:
            while waiting and len(running) < at_once:
                place, words = waiting.pop(0)
                # A file, not a pipe: a pipe that is full would stop the child. `stack` closes it.
                said = stack.enter_context(tempfile.TemporaryFile("w+"))
                # A session of its own: Ctrl-C reaches this process alone, and this process ends the child.
                child = subprocess.Popen(
                    [sys.executable, *words], stdout=said, env={**os.environ, **ALLOCATOR}, start_new_session=True
                )
                stack.callback(child.wait)
                stack.callback(child.terminate)
                running[place] = (child, said)
            time.sleep(0.2)
            for place, (child, said) in list(running.items()):
                if (code := child.poll()) is not None:
                    del running[place]
                    said.seek(0)
                    yield place, code, said.read().strip()
