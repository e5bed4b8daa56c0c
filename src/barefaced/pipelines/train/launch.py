"""Several processes on one machine: this one starts them as torchrun would, waits, and says why they ended."""

import logging
import signal
import sys
import uuid
from collections.abc import Sequence

import torch
from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from barefaced.config.training import EngineSettings
from barefaced.errors import LostProcess
from barefaced.pipelines.train.engine import was_launched


def processes_to_start(settings: EngineSettings) -> int:
    """Count the processes to start on this machine; 0: this one trains by itself, or was started by somebody."""
    if settings.nodes > 1 or was_launched():
        return 0
    devices = settings.devices or (torch.cuda.device_count() if settings.accelerator != "cpu" else 1)
    return devices if devices > 1 else 0


def launch(words: Sequence[str], processes: int) -> int:
    """Run `barefaced WORDS` in so many processes at once; give the exit code.

    Raises:
        LostProcess: one was killed; the others were then ended.
    """
    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)  # what follows says it shorter
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=processes,
        run_id=uuid.uuid4().hex,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        max_restarts=0,
        monitor_interval=0.5,
    )
    try:
        elastic_launch(config, sys.executable)("-m", "barefaced", *words)
    except SignalException as e:
        if e.sigval == signal.SIGINT:
            raise KeyboardInterrupt from e
        raise
    except ChildFailedError as e:
        codes = {rank: failure.exitcode for rank, failure in e.failures.items()}
        killed = {rank: signal.Signals(-code).name for rank, code in codes.items() if code < 0}
        if not killed:  # the process itself has said why
            return max(codes.values())
        rank, name = min(killed.items(), key=lambda item: item[1] == "SIGTERM")  # which the others are ended with
        raise LostProcess(
            expected=f"all {processes} processes of the run to go on",
            got=f"process {rank}, which {name} ended",
            fix="Look for what killed it (want of memory, mostly). The same command goes on from the last state.",
        ) from e
    return 0
