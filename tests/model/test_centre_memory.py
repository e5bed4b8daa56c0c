"""The memory of the domains' centres: its three sources, its state, and two processes that are as one."""

from pathlib import Path
from typing import Literal, get_args

import pytest
import torch
import torch.distributed as dist
from safetensors.torch import load_file, save_file

from barefaced.model.augment import centroid, hardest, spread
from barefaced.model.centre_memory import CentreMemory
from toys_processes import run_two

Source = Literal["batch", "ema", "bank"]
SOURCES = get_args(Source)
SHAPE = (3, 4, 2, 5)


def steps(count: int = 3, groups: int = 6) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Features and their holes; domain 2 is absent from the second step."""
    generator = torch.Generator().manual_seed(0)
    made = []
    for step in range(count):
        z = torch.randn((groups, *SHAPE), generator=generator) + step
        present = torch.rand((groups, SHAPE[0]), generator=generator) > 0.3
        present[:, 2] &= step != 1
        made.append((z, present))
    return made


def everyone(z: torch.Tensor) -> torch.Tensor:
    return torch.ones(z.shape[:2], dtype=torch.bool)


def test_batch_is_this_steps_statistics() -> None:
    memory = CentreMemory("batch", SHAPE)
    for z, present in steps():
        known, centre = memory(z, present), centroid(z, present)
        assert torch.equal(known.centre, centre)
        assert torch.equal(known.hard, hardest(z, centre, present))
        assert torch.equal(known.spread, spread(z, present))


def test_the_average_starts_at_the_first_samples_not_at_zero() -> None:
    z = steps()[0][0]
    torch.testing.assert_close(CentreMemory("ema", SHAPE, momentum=0.99)(z, everyone(z)).centre, z.mean(0))


def test_the_average_moves_by_its_momentum_and_waits_for_an_absent_domain() -> None:
    memory = CentreMemory("ema", SHAPE, momentum=0.75)
    (z0, p0), (z1, p1), _ = steps()
    first, second = memory(z0, p0), memory(z1, p1)
    batch = centroid(z1, p1)
    torch.testing.assert_close(second.centre[:2], 0.75 * first.centre[:2] + 0.25 * batch[:2])
    assert torch.equal(second.centre[2], first.centre[2])
    assert torch.equal(second.hard[2], second.centre[2])


def test_a_constant_domain_has_that_constant_for_its_average() -> None:
    memory = CentreMemory("ema", SHAPE)
    for _ in range(5):
        z = torch.full((2, *SHAPE), 3.0)
        torch.testing.assert_close(memory(z, everyone(z)).centre, z[0])


@pytest.mark.parametrize("size", [1, 4, 100])
def test_the_bank_is_the_last_samples_of_each_domain(size: int) -> None:
    memory = CentreMemory("bank", SHAPE, bank=size)
    seen: list[list[torch.Tensor]] = [[] for _ in range(SHAPE[0])]
    for z, present in steps():
        found = memory(z, present)
        for d in range(SHAPE[0]):
            seen[d] += [z[g, d] for g in range(len(z)) if present[g, d]]
            last = torch.stack(seen[d][-size:])
            centre = last.mean(0)
            torch.testing.assert_close(found.centre[d], centre)
            torch.testing.assert_close(found.hard[d], last[(last - centre).flatten(1).norm(dim=1).argmax()])


@pytest.mark.parametrize("source", SOURCES)
def test_one_group_and_even_none_present_give_no_nan(source: Source) -> None:
    memory = CentreMemory(source, SHAPE)
    nobody = memory(torch.full((1, *SHAPE), torch.nan), torch.zeros(1, 3, dtype=torch.bool))
    assert not nobody.centre.any()
    assert torch.equal(nobody.hard, nobody.centre)
    z = torch.randn((1, *SHAPE), generator=torch.Generator())
    assert memory(z, everyone(z)).centre.isfinite().all()


@pytest.mark.parametrize("source", SOURCES)
def test_a_saved_memory_goes_on_as_if_never_stopped(source: Source, tmp_path: Path) -> None:
    first, *rest = steps(4)
    through, stopped, resumed = (CentreMemory(source, SHAPE, bank=8) for _ in range(3))
    through(*first)
    stopped(*first)
    save_file(stopped.state_dict(), tmp_path / "memory.safetensors")
    resumed.load_state_dict(load_file(tmp_path / "memory.safetensors"))
    for step in rest:
        one, two = through(*step), resumed(*step)
        assert torch.equal(one.centre, two.centre)
        assert torch.equal(one.hard, two.hard)


@pytest.mark.parametrize("source", SOURCES)
def test_what_it_gave_is_not_changed_by_the_next_step(source: Source) -> None:
    memory = CentreMemory(source, SHAPE)
    (z0, p0), (z1, p1), _ = steps()
    found = memory(z0.requires_grad_(), p0)
    kept = found.centre.clone()
    memory(z1, p1)
    assert torch.equal(found.centre, kept)
    assert not any(value.requires_grad for value in (found.centre, found.hard, found.spread))


def test_it_has_no_parameters_and_reads_bfloat16() -> None:
    memory = CentreMemory("ema", SHAPE)
    assert not list(memory.parameters())
    z = torch.ones((2, *SHAPE), dtype=torch.bfloat16)
    assert memory(z, everyone(z)).centre.dtype == torch.float32


def run_everything(cut: slice) -> dict[str, torch.Tensor]:
    found = {}
    for source in SOURCES:
        memory = CentreMemory(source, SHAPE, bank=8)
        for number, (z, present) in enumerate(steps()):
            known = memory(z[cut], present[cut])
            found |= {
                f"{source}.{number}.centre": known.centre,
                f"{source}.{number}.hard": known.hard,
                f"{source}.{number}.spread": known.spread,
            }
    return found


def one_of_two(rank: int, folder: str, first: int) -> None:
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet{first}", rank=rank, world_size=2)
    try:
        found = run_everything(slice(0, first) if rank == 0 else slice(first, None))
    finally:
        dist.destroy_process_group()
    save_file(found, f"{folder}/{first}.{rank}.safetensors")


@pytest.mark.parametrize("first", [3, 1])
def test_two_processes_are_as_one_also_with_unequal_shares(first: int, tmp_path: Path) -> None:
    alone = run_everything(slice(None))
    run_two(one_of_two, str(tmp_path), first)
    for rank in range(2):
        together = load_file(tmp_path / f"{first}.{rank}.safetensors")
        for name, value in alone.items():
            torch.testing.assert_close(together[name], value, msg=lambda text, name=name: f"{name}: {text}")
