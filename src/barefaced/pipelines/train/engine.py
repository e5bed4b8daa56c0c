"""Where a run computes: devices, processes, machines and precision are Lightning Fabric's; the loop stays ours.

torchrun or SLURM start the processes; on one machine `barefaced train` does what torchrun would (`launch`). Every
process runs the whole command; what only one may do goes through `Engine.first`.
"""

import contextlib
import datetime
import logging
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments.slurm import SLURMEnvironment
from lightning_fabric.plugins.environments.torchelastic import TorchElasticEnvironment
from lightning_fabric.strategies.ddp import DDPStrategy

from barefaced.config.training import EngineSettings
from barefaced.errors import BadConfig, BarefacedError, LostProcess, OutOfMemory

T = TypeVar("T")
PATIENCE = datetime.timedelta(hours=6)
"""That processes wait for the first one's work alone, preparing or forging say. A process that ends is noticed at once
by gloo, and by the launcher, whatever this is."""


@dataclass(frozen=True)
class Engine:
    """This process among those of a run."""

    fabric: Fabric

    @property
    def device(self) -> torch.device:
        return self.fabric.device

    @property
    def world(self) -> int:
        """Processes in all."""
        return self.fabric.world_size

    @property
    def rank(self) -> int:
        return self.fabric.global_rank

    @property
    def leads(self) -> bool:
        """Tell whether this is the process that prints and writes."""
        return self.rank == 0

    def say(self, line: str) -> None:
        """Print to standard error, once."""
        if self.leads:
            print(line, file=sys.stderr)  # noqa: T201

    def first(self, work: Callable[[], T]) -> T:
        """Do `work` on the first process and give its answer on every one; a typed error ends all and is shown once."""
        answer: list[T | BarefacedError | None] = [None]
        if self.leads:
            try:
                answer[0] = work()
            except BarefacedError as e:
                answer[0] = e
        if self.world > 1:
            dist.broadcast_object_list(answer, src=0)
        if isinstance(answer[0], BarefacedError):
            if not self.leads:
                raise SystemExit(answer[0].exit_code)
            raise answer[0]
        return answer[0]  # type: ignore[return-value]

    def all_gather(self, mine: T) -> list[T]:
        """Give everybody's, in the order of the ranks."""
        if self.world == 1:
            return [mine]
        answers: list[Any] = [None] * self.world
        dist.all_gather_object(answers, mine)
        return answers


def was_launched() -> bool:
    """Tell whether torchrun, or what acts like it, or SLURM started this process."""
    return TorchElasticEnvironment.detect() or SLURMEnvironment.detect()


def start(settings: EngineSettings) -> Engine:
    """Meet the other processes of the run, which somebody has started.

    Raises:
        BadConfig: no such device, or half precision without what it needs.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    cuda = torch.cuda.is_available()
    accelerator = settings.accelerator if settings.accelerator != "auto" else "cuda" if cuda else "cpu"
    if accelerator == "cuda" and not cuda:
        raise BadConfig(
            expected="a GPU that this torch can use, for engine.accelerator = cuda",
            got="none",
            fix="Leave engine.accelerator out, or install torch for your GPU.",
        )
    if settings.precision == "16-mixed" and accelerator == "cpu":
        raise BadConfig(
            expected="a GPU for engine.precision = 16-mixed", got="the CPU", fix="Take bf16-mixed or 32-true."
        )
    devices, nodes = settings.devices, settings.nodes
    if TorchElasticEnvironment.detect():
        devices = int(os.environ["LOCAL_WORLD_SIZE"])
        nodes = int(os.environ["WORLD_SIZE"]) // devices
    devices = devices or (torch.cuda.device_count() if accelerator == "cuda" else 1)
    if accelerator == "cuda" and devices > torch.cuda.device_count():
        raise BadConfig(
            expected=f"engine.devices of at most {torch.cuda.device_count()}, the GPUs of this machine",
            got=str(devices),
            fix="Lower it; 0 takes all.",
        )
    if SLURMEnvironment.detect() and int(os.environ["SLURM_NTASKS"]) != devices * nodes:
        raise BadConfig(
            expected="engine.devices x engine.nodes to be the tasks that SLURM started",
            got=f"{devices} x {nodes} and {os.environ['SLURM_NTASKS']} tasks",
            fix="Set --ntasks-per-node to engine.devices and --nodes to engine.nodes.",
        )
    distributed = devices * nodes > 1
    if distributed and not was_launched():
        raise BadConfig(
            expected="torchrun or srun to start a run on several machines",
            got=f"engine.nodes {nodes}, engine.devices {devices} and a process of its own",
            fix="See docs/training.md for the two commands.",
        )
    fabric = Fabric(
        accelerator=accelerator,
        devices=devices,
        num_nodes=nodes,
        precision=settings.precision,
        strategy=DDPStrategy(timeout=PATIENCE) if distributed else "auto",
    )
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # its greeting of every process
    fabric.launch()
    return Engine(fabric)


@contextlib.contextmanager
def translate_errors() -> Iterator[None]:
    """Turn a lost process and a full memory into errors that say what to do.

    Raises:
        LostProcess: another process of the run ended.
        OutOfMemory: of the device, or of the machine.
    """
    lower = (
        "Lower optim.groups or student.input_size, raise optim.accumulate (the same batch in pieces), "
        "or take engine.precision bf16-mixed; the same command then goes on where it can."
    )
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as e:
        raise OutOfMemory(
            expected="a step that fits into memory",
            got=str(e).splitlines()[0] if str(e) else "no memory left",
            fix=lower,
        ) from e
    except RuntimeError as e:
        line = str(e).splitlines()[0] if str(e) else ""
        if "can't allocate memory" in str(e):
            raise OutOfMemory(expected="a step that fits into memory", got=line, fix=lower) from e
        if "DataLoader worker" in str(e):
            raise OutOfMemory(
                expected="the processes that read crops to go on",
                got=line,
                fix="The system mostly ends them for want of memory: lower optim.workers or optim.groups.",
            ) from e
        if dist.is_initialized() and any(sign in str(e) for sign in _LOST):
            raise LostProcess(
                expected="every process of the run to go on",
                got=line,
                fix="Another one ended: its own message tells why. The same command goes on from the last state.",
            ) from e
        raise


_LOST = ("Connection closed", "Connection reset", "Broken pipe", "NCCL", "Socket", "gloo", "Timed out")
"""What gloo and NCCL say where the other end is gone."""
