"""How many groups a step can hold, tried out: on a GPU until its memory is full, on a CPU half of what is free."""

from collections.abc import Callable
from pathlib import Path

import torch

from barefaced.config.recipe import Recipe
from barefaced.errors import BadConfig, OutOfMemory
from barefaced.model import distributed
from barefaced.model.lsda import LSDA
from barefaced.pipelines.train.engine import Engine
from barefaced.values.tensors import GroupBatch

MOST = 256
"""Groups a process; more are not tried."""
SHARE = {"cuda": 0.85, "cpu": 0.5}
"""Of the memory that is there, to be used at most: batches with more of one domain, and validation, take more."""


def find_batch_size(recipe: Recipe, model: LSDA, side: int, engine: Engine) -> int:
    """Find the groups of one step over all processes, for this model on crops of `side` pixels; leave it as it was.

    Raises:
        OutOfMemory: not even one group fits.
    """

    def fits(groups: int) -> bool:
        try:
            return _used(lambda: _step(recipe, model, side, groups, engine), engine) <= SHARE[engine.device.type]
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            return False

    def find() -> int:
        buffers = [buffer.clone() for buffer in model.buffers()]
        with distributed.undistributed():
            best = largest(fits, MOST)
        for buffer, kept in zip(model.buffers(), buffers, strict=True):
            buffer.copy_(kept)
        if not best:
            raise OutOfMemory(
                expected="memory for one group in a step",
                got=f"{SHARE[engine.device.type]:.0%} of what is free is not enough",
                fix="Lower student.input_size, or take a smaller backbone or engine.precision bf16-mixed.",
            )
        return best * engine.world

    return engine.first(find)


def largest(fits: Callable[[int], bool], most: int) -> int:
    """Find the largest number up to `most` that fits, where fewer always fit as well; 0: not even one."""
    good, bad = 0, most + 1
    trial = 1
    while trial < bad:
        if fits(trial):
            good, trial = trial, trial * 2
        else:
            bad = trial
    while bad - good > 1:
        trial = (good + bad) // 2
        good, bad = (trial, bad) if fits(trial) else (good, trial)
    return good


def _step(recipe: Recipe, model: LSDA, side: int, groups: int, engine: Engine) -> None:
    shape = (groups, len(model.methods))
    images = torch.zeros(*shape, 3, side, side, dtype=torch.uint8)
    present = torch.ones(shape, dtype=torch.bool)
    masks = (images[:, :, 0], present) if recipe.loss.locate else ()
    batch = GroupBatch(images, present, model.methods, *masks).to(engine.device)
    model.train()
    try:
        with engine.fabric.autocast():
            terms = model(batch, model.draw(batch, torch.Generator().manual_seed(recipe.seed)))
        engine.fabric.backward(terms.total(model.weights))
    finally:
        model.zero_grad()


def _used(work: Callable[[], None], engine: Engine) -> float:
    """The share of the memory that was free before, at the work's peak."""
    if engine.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(engine.device)
        work()
        return torch.cuda.max_memory_allocated(engine.device) / torch.cuda.mem_get_info(engine.device)[1]
    free = _kilobytes(Path("/proc/meminfo"), "MemAvailable")
    before = _kilobytes(Path("/proc/self/status"), "VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    work()
    return (_kilobytes(Path("/proc/self/status"), "VmHWM") - before) / free


def _kilobytes(file: Path, name: str) -> int:
    if not file.is_file():
        raise BadConfig(
            expected="Linux, which says how much memory is used, for optim.groups = 0 on a CPU",
            got="another system",
            fix="Give the number of groups.",
        )
    return next(int(line.split()[1]) for line in file.read_text().splitlines() if line.startswith(f"{name}:"))
