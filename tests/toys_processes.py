"""Processes of a test, forked from one that has PyTorch loaded: a start of Python with it takes seconds each time."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.context import ForkServerContext

from torch.multiprocessing.spawn import start_processes

LOADED = ["pytest", "barefaced.model.lsda", "barefaced.commands.train", "barefaced.pipelines.train.train"]
"""What the process to fork from imports, as far as no other was started before."""


def loaded() -> ForkServerContext:
    """Give the context whose processes begin with `LOADED`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    return context


def run_two(do: Callable[..., None], *words: object) -> None:
    """Run `do(rank, *words)` in two processes, and raise what one of them raises."""
    loaded()
    start_processes(do, words, nprocs=2, start_method="forkserver")
