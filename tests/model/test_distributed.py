"""Two processes with unequal shares, one of them even empty, are as one: batch norm, losses, gradients."""

from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from safetensors.torch import load_file, save_file
from torch import nn

from barefaced.config.recipe import LossSettings, Recipe, StudentSettings, TeacherSettings
from barefaced.model import distributed
from barefaced.model.lsda import LSDA
from barefaced.values.tensors import GroupBatch
from toys_processes import run_two

METHODS = ("real", "a", "b", "c")
STUDENT = StudentSettings(backbone="test_efficientnet", weights="random", input_size=64, channels=8)
RECIPES = {
    "paper": Recipe(student=STUDENT),
    "all": Recipe(
        student=STUDENT,
        teacher=TeacherSettings(domain_inputs="all", real_frozen=False),
        loss=LossSettings(
            balanced=True, real=0.5, logit=0.5, targets="joint", same_identity=("a",), other_identity=("b", "c")
        ),
    ),
}


def step(recipe: Recipe, cut: slice) -> dict[str, torch.Tensor]:
    """Loss terms, gradients and buffers after one step on these of three groups with holes, in float64."""
    torch.manual_seed(0)
    model = LSDA(recipe, METHODS, 1.3).double().train()
    if distributed.is_distributed():
        distributed.share_batch_norm(model)
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (3, 4, 3, 64, 64), generator=generator, dtype=torch.uint8)
    # Domain b is in the last group alone: the first process has none of it, yet its network must run there.
    present = torch.tensor([[1, 1, 0, 1], [1, 1, 0, 0], [1, 0, 1, 1]], dtype=torch.bool)
    batch = GroupBatch(images, present, METHODS).groups(cut.start, cut.stop)
    terms = model(batch, model.draw(batch, torch.Generator().manual_seed(2)))
    terms.total(model.weights).backward()
    distributed.sum_gradients(model.parameters())
    found = {f"term.{name}": distributed.all_reduce_(value.detach().clone()) for name, value in terms.terms.items()}
    found |= {f"grad.{name}": p.grad.contiguous() for name, p in model.named_parameters() if p.grad is not None}
    return found | {f"buffer.{name}": value.double().contiguous() for name, value in model.named_buffers()}


def one_of_two(rank: int, folder: str, first: int) -> None:
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet{first}", rank=rank, world_size=2)
    try:
        for name, recipe in RECIPES.items():
            found = step(recipe, slice(0, first) if rank == 0 else slice(first, 3))
            save_file(found, f"{folder}/{name}.{rank}.safetensors")
    finally:
        dist.destroy_process_group()


@pytest.mark.parametrize("first", [2, 3])
def test_loss_gradient_and_statistics_are_those_of_one_process(first: int, tmp_path: Path) -> None:
    run_two(one_of_two, str(tmp_path), first)
    for name, recipe in RECIPES.items():
        alone = step(recipe, slice(0, 3))
        for rank in range(2):
            together = load_file(tmp_path / f"{name}.{rank}.safetensors")
            assert together.keys() == alone.keys()
            for key, value in alone.items():
                torch.testing.assert_close(
                    together[key], value, rtol=1e-7, atol=1e-9, msg=lambda text, at=(name, key): f"{at}: {text}"
                )


def test_shared_batch_norm_alone_is_batch_norm_and_an_empty_batch_changes_nothing() -> None:
    torch.manual_seed(0)
    own, x = nn.BatchNorm2d(5).double(), torch.randn(4, 5, 3, 2, dtype=torch.float64) * 3 + 7
    nn.init.normal_(own.weight)
    shared = nn.Sequential(nn.BatchNorm2d(5)).double()
    shared.load_state_dict({f"0.{name}": value for name, value in own.state_dict().items()})
    distributed.share_batch_norm(shared)
    slopes = []
    for module in (own, shared):
        given = x.clone().requires_grad_()
        out = module(given)
        (out * torch.arange(out.numel()).view_as(out)).sum().backward()
        slopes.append((out.detach(), given.grad, *(p.grad for p in module.parameters())))
    for one, other in zip(*slopes, strict=True):
        torch.testing.assert_close(one, other)
    for (name, value), other in zip(own.state_dict().items(), shared.state_dict().values(), strict=True):
        torch.testing.assert_close(value, other, msg=name)
    shared.eval()
    torch.testing.assert_close(shared(x), own.eval()(x))
    assert shared.train()(x[:0]).shape == (0, 5, 3, 2)


def test_alone_is_alone_also_among_others() -> None:
    assert not distributed.is_distributed()
    with distributed.undistributed():
        assert torch.equal(distributed.all_reduce_(torch.ones(2)), torch.ones(2))
