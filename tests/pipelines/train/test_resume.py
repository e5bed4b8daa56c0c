"""States: two are kept, and a damaged last one is answered by the one before it."""

from pathlib import Path

import pytest
import torch
from torch import nn

from barefaced.errors import CheckpointError, MissingPackage
from barefaced.pipelines.train import loggers
from barefaced.pipelines.train.resume import Position, find_newest_whole, list_states, restore, save


def learner(steps: int) -> tuple[nn.Module, torch.optim.Adam]:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(net.parameters(), fused=True)
    train(net, optimizer, steps)
    return net, optimizer


def train(net: nn.Module, optimizer: torch.optim.Adam, steps: int) -> None:
    generator = torch.Generator().manual_seed(1)
    for _ in range(steps):
        optimizer.zero_grad()
        net(torch.randn((4, 3, 8, 8), generator=generator)).square().sum().backward()
        optimizer.step()


def kept(folder: Path) -> list[Path]:
    net, optimizer = learner(0)
    for step in range(1, 5):
        train(net, optimizer, 1)
        save(folder, {"model": net}, optimizer, Position(step=step, best=(0.5, 0.25)), {"scale": 2.0})
    return list_states(folder)


def test_the_last_two_are_kept_and_a_restored_one_goes_on_to_the_bit(tmp_path: Path) -> None:
    files = kept(tmp_path)
    assert [file.name for file in files] == ["step_00000004.safetensors", "step_00000003.safetensors"]
    net, optimizer = learner(0)
    assert find_newest_whole(files, {"model": net}, optimizer) == (files[0], [])
    assert restore(files[0], {"model": net}, optimizer) == (Position(step=4, best=(0.5, 0.25)), {"scale": 2.0})
    whole, whole_optimizer = learner(0)
    for _ in range(4):
        train(whole, whole_optimizer, 1)
    for one, of in ((net, optimizer), (whole, whole_optimizer)):
        train(one, of, 3)
    assert all(torch.equal(value, whole.state_dict()[name]) for name, value in net.state_dict().items())


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied"])
def test_a_damaged_last_state_falls_back_and_is_named(tmp_path: Path, damage: str) -> None:
    files = kept(tmp_path)
    data = bytearray(files[0].read_bytes())
    if damage == "flipped":
        data[-20] ^= 1
    files[0].write_bytes({"cut": data[:-9], "flipped": data, "emptied": b""}[damage])
    net, optimizer = learner(0)
    file, wrong = find_newest_whole(files, {"model": net}, optimizer)
    assert file == files[1]
    assert "step_00000004" in wrong[0]


def test_with_every_state_damaged_nothing_is_pretended(tmp_path: Path) -> None:
    files = kept(tmp_path)
    for file in files:
        file.write_bytes(b"no state")
    net, optimizer = learner(0)
    with pytest.raises(CheckpointError, match="--resume never"):
        find_newest_whole(files, {"model": net}, optimizer)


def test_a_watcher_that_is_not_installed_is_refused_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingPackage, match="pip install wandb"):
        loggers.check_installed(("wandb",))
