"""A full memory and a lost process are errors that say what to do; any other error stays what it is."""

import pytest
import torch
import torch.distributed as dist

from barefaced.errors import BarefacedError, LostProcess, OutOfMemory
from barefaced.pipelines.train.engine import translate_errors


def test_a_tensor_larger_than_memory_says_what_to_lower() -> None:
    with pytest.raises(OutOfMemory, match="Lower optim") as raised, translate_errors():
        torch.empty(1 << 50)  # a petabyte of bytes and more: refused by the allocator, never touched
    assert isinstance(raised.value, BarefacedError)
    assert isinstance(raised.value.__cause__, RuntimeError)


def test_memory_that_numpy_or_python_lacks_says_so_too() -> None:
    with pytest.raises(OutOfMemory, match="no memory left"), translate_errors():
        raise MemoryError


def test_a_reader_that_the_system_ended_points_at_the_workers() -> None:
    with pytest.raises(OutOfMemory, match=r"optim\.workers"), translate_errors():
        raise RuntimeError("DataLoader worker (pid 12) is killed by signal: Killed.")


def test_what_gloo_says_is_a_lost_process_only_where_there_are_several(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "[pair.cc:547] Connection closed by peer [127.0.0.1]:4242"
    with pytest.raises(RuntimeError, match="Connection closed"), translate_errors():
        raise RuntimeError(said)
    monkeypatch.setattr(dist, "is_initialized", lambda: True)
    with pytest.raises(LostProcess, match="last state"), translate_errors():
        raise RuntimeError(said)


def test_a_mistake_of_ours_is_not_dressed_up() -> None:
    with pytest.raises(RuntimeError, match="shapes"), translate_errors():
        raise RuntimeError("shapes cannot be multiplied")
