"""Where a run computes."""

from collections.abc import Iterator

import pytest
import torch

from barefaced.config.training import EngineSettings
from barefaced.pipelines.train import engine


@pytest.fixture(autouse=True)
def threads() -> Iterator[int]:
    """As many as before, afterwards."""
    before = torch.get_num_threads()
    yield before
    torch.set_num_threads(before)


def test_a_run_computes_with_the_threads_it_was_given(threads: int) -> None:
    engine.start(EngineSettings(accelerator="cpu"))
    assert torch.get_num_threads() == threads
    engine.start(EngineSettings(accelerator="cpu", threads=threads + 1))
    assert torch.get_num_threads() == threads + 1
