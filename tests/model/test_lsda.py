"""Student and teacher together: the presets train, holes count for nothing, and two processes equal one."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from barefaced.config.parsing import recipe
from barefaced.config.recipe import AugmentSettings, LossSettings, Recipe, StudentSettings, TeacherSettings
from barefaced.errors import BadConfig
from barefaced.model import losses
from barefaced.model.lsda import LSDA, Draws
from barefaced.values.tensors import GroupBatch, LossTerms
from toys_processes import run_two

METHODS = ("real", "Deepfakes", "Face2Face", "FaceSwap")
SMALL = ["--student.backbone", "test_efficientnet", "--student.weights", "random"]
SMALL += ["--student.input_size", "64", "--student.channels", "12"]


def made(*words: str, methods: tuple[str, ...] = METHODS, seed: int = 0) -> LSDA:
    torch.manual_seed(seed)
    return LSDA(recipe(None, [*SMALL, *words]), methods, 1.3)


def toy(groups: int = 3, kinds: int = len(METHODS), seed: int = 0) -> GroupBatch:
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (groups, kinds, 3, 64, 64), generator=generator)
    masks = torch.randint(0, 256, (groups, kinds, 64, 64), generator=generator)
    masks[:, 0] = 0
    has_mask = torch.ones(groups, kinds, dtype=torch.bool)
    has_mask[:, -1] = False
    return GroupBatch(
        images.to(torch.uint8),
        torch.ones(groups, kinds, dtype=torch.bool),
        ("real", *(f"m{k}" for k in range(1, kinds))),
        masks.to(torch.uint8),
        has_mask,
    )


def step(model: LSDA, batch: GroupBatch, seed: int = 0) -> LossTerms:
    return model(batch, model.draw(batch, torch.Generator().manual_seed(seed)))


VARIANTS: dict[str, list[str]] = {
    "paper": [],
    "official": ["--preset", "official"],
    "plain": ["--preset", "plain"],
    "wd": ["--augment.inputs", "wd"],
    "cd": ["--augment.inputs", "cd"],
    "none": ["--augment.inputs", "none"],
    "joint": ["--loss.targets", "joint"],
    "all": ["--teacher.domain_inputs", "all"],
    "batch": ["--augment.centroid", "batch"],
    "bank": ["--augment.centroid", "bank", "--augment.bank", "5"],
    "cosine": ["--loss.distance", "cosine"],
    "smooth_l1": ["--loss.distance", "smooth_l1"],
    "logit": ["--loss.logit", "1"],
    "balanced": ["--loss.balanced", "true"],
    "trained": ["--teacher.real_frozen", "false", "--loss.real", "0.5"],
    "locate": ["--student.locate", "16", "--loss.locate", "0.3"],
    "boundary": [
        "--preset",
        "plain",
        "--student.locate",
        "8",
        "--loss.locate",
        "1",
        "--loss.locate_target",
        "boundary",
    ],
    "iresnet": ["--teacher.real_encoder", "iresnet18", "--teacher.real_frozen", "false"],
}


@pytest.mark.parametrize("words", VARIANTS.values(), ids=VARIANTS)
def test_every_variant_gives_finite_terms_and_every_trained_parameter_a_gradient(words: list[str]) -> None:
    model = made(*words).train()
    terms = step(model, toy())
    assert set(terms.terms) == set(model.weights)
    terms.total(model.weights).backward()
    assert all(value.isfinite() for value in terms.terms.values())
    without = [
        name for name, parameter in model.named_parameters() if parameter.requires_grad and parameter.grad is None
    ]
    assert without == []


def test_the_student_alone_is_trained_where_no_loss_needs_a_teacher() -> None:
    model = made("--preset", "plain")
    assert {name.split(".")[0] for name, _ in model.named_parameters()} == {"student"}


def test_detached_targets_move_only_the_student() -> None:
    model = made().train()
    terms = step(model, toy())
    terms.terms["distill"].backward()
    moved = {
        name.split(".")[0] for name, p in model.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0
    }
    assert moved == {"student"}


def test_joint_targets_move_the_teacher_too() -> None:
    model = made("--loss.targets", "joint").train()
    step(model, toy()).terms["distill"].backward()
    moved = {
        name.split(".")[0] for name, p in model.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0
    }
    assert moved >= {"student", "forgery", "fusion"}


def test_the_frozen_real_encoder_gets_no_gradient_and_its_statistics_do_not_move() -> None:
    model = made().train()
    before = {name: value.clone() for name, value in model.real.network.state_dict().items()}
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=0.1)
    for seed in range(2):
        optimizer.zero_grad()
        step(model, toy(seed=seed), seed).total(model.weights).backward()
        optimizer.step()
    after = model.real.network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(parameter.grad is None for parameter in model.real.network.parameters())


def test_only_real_images_go_through_the_real_encoder() -> None:
    model, batch = made().train(), toy()
    seen: list[torch.Tensor] = []
    model.real.prepare.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    step(model, batch)
    assert len(seen) == 1
    assert torch.equal(seen[0], batch.images[:, 0])


def test_the_same_draws_give_the_same_terms() -> None:
    model, batch = made().eval(), toy()
    model.memory.source = "batch"
    one, again, other = (step(model, batch, seed).terms for seed in (1, 1, 2))
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert not torch.equal(one["distill"], other["distill"])


@pytest.mark.parametrize(
    "words", [[], ["--preset", "plain"], ["--loss.targets", "joint"], ["--loss.logit", "1"], VARIANTS["locate"]]
)
def test_what_lies_in_a_hole_changes_nothing(words: list[str]) -> None:
    model, batch = made(*words).eval(), toy()
    batch.present[0, 2] = batch.present[1, 1] = batch.present[1, 3] = False
    assert batch.masks is not None
    there = batch.present[..., None, None]
    other = replace(
        batch,
        images=torch.where(there[..., None], batch.images, 255 - batch.images),
        masks=torch.where(there, batch.masks, 255 - batch.masks),
    )
    draws = model.draw(batch, torch.Generator().manual_seed(0))
    for name, value in model(batch, draws).terms.items():
        assert torch.equal(value, made_again(model, words)(other, draws).terms[name]), name


def made_again(model: LSDA, words: list[str]) -> LSDA:
    """The same network before its memory took anything in."""
    twin = made(*words).eval()
    twin.load_state_dict(
        {name: value for name, value in model.state_dict().items() if "memory" not in name}, strict=False
    )
    return twin


def test_groups_of_mixed_sizes_give_the_mean_of_each_alone_weighted_by_their_images() -> None:
    model, batch = made("--augment.inputs", "none").eval(), toy(groups=2)
    batch.present[0, 1] = batch.present[0, 3] = False
    together = step(model, batch).terms
    apart = [
        step(model, GroupBatch(batch.images[g : g + 1], batch.present[g : g + 1], batch.methods)).terms for g in (0, 1)
    ]
    images = batch.present.sum(1)
    forged = batch.present[:, 1:].sum(1)
    binary = sum(part["binary"] * n for part, n in zip(apart, images, strict=True)) / images.sum()
    torch.testing.assert_close(together["binary"], binary)
    real = [losses.distill(*pair) for pair in _real_pairs(model, batch)]
    fused = [part["distill"] - one for part, one in zip(apart, real, strict=True)]
    distill = sum(real) / 2 + sum(one * n for one, n in zip(fused, forged, strict=True)) / forged.sum()
    torch.testing.assert_close(together["distill"], distill)


def _real_pairs(model: LSDA, batch: GroupBatch) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Each group's real image, as the student and as the real encoder see it."""
    reals = batch.images[:, 0]
    seen, known = model.student(reals).features, model.real(reals, model.size)
    return [(seen[g : g + 1], known[g : g + 1]) for g in range(len(reals))]


IMPOSSIBLE = {
    "loss.real": ["--loss.real", "1"],
    "forgery domains": [],
    "loss.domain": ["--loss.domain", "0"],
    "loss.binary": ["--loss.binary", "0"],
    "augment.inputs": ["--loss.domain", "0", "--loss.distill", "0"],
    "same_identity": ["--loss.real", "1", "--teacher.real_frozen", "false", "--loss.same_identity", "[]"],
    "student.locate and loss.locate": ["--student.locate", "16"],
    "loss.locate = 0.5": ["--loss.locate", "0.5"],
    "student.locate of 0 or": ["--student.locate", "7", "--loss.locate", "1"],
    "0 or more": ["--loss.distill", "-1"],
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_settings_that_cannot_work_together_are_refused_by_name(name: str) -> None:
    methods = METHODS[:2] if name == "forgery domains" else METHODS
    more = ["--loss.other_identity", "[]"] if name == "same_identity" else []
    with pytest.raises(BadConfig, match=name):
        made(*IMPOSSIBLE[name], *more, methods=methods)


def test_one_domain_trains_without_the_cross_domain_branch() -> None:
    model = made("--augment.inputs", "wd", methods=METHODS[:2]).train()
    step(model, toy(kinds=2)).total(model.weights).backward()


def test_the_log_says_which_terms_are_on() -> None:
    lines = "\n".join(made("--loss.logit", "0.3").describe())
    assert "logit    0.3" in lines
    assert "real     off" in lines
    assert "no face-recognition weights were given" in lines


class _Still(nn.Module):
    """A stand-in without batch norm: with it, halves of a batch are no batch."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, channels, 16, 16)

    def forward(self, images: torch.Tensor, stride: int = 0) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
        maps = self.layer(images).tanh()
        return (maps, maps) if stride else maps


def _without_batch_norm(seed: int = 0) -> LSDA:
    settings = Recipe(
        student=StudentSettings("test_efficientnet", "random", 64, 12, locate=16),
        teacher=TeacherSettings(),
        augment=AugmentSettings(),
        loss=LossSettings(logit=0.5, locate=0.7),
    )
    torch.manual_seed(seed)
    model = LSDA(settings, METHODS, 1.3)
    model.student.encoder = _Still(12)  # type: ignore[assignment]
    model.student.locator.layer = nn.Conv2d(12, 1, 3, padding=1)  # type: ignore[union-attr]
    model.forgery.encoders = nn.ModuleList(_Still(12) for _ in METHODS[1:])
    model.real.network, model.real.project = _Still(12), nn.Identity()  # type: ignore[assignment]
    model.size = (4, 4)
    model.memory = type(model.memory)("ema", (len(METHODS) - 1, 12, 4, 4))
    return model


def _run(model: LSDA, batch: GroupBatch, draws: Draws) -> dict[str, torch.Tensor]:
    terms = model(batch, draws)
    terms.total(model.weights).backward()
    found = {f"term.{name}": value.detach() for name, value in terms.terms.items()}
    return found | {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def _half(rank: int, folder: str) -> None:
    torch.distributed.init_process_group("gloo", f"file://{folder}/meet", world_size=2, rank=rank)
    model, batch = _without_batch_norm(), toy(groups=4)
    mine = batch.groups(2 * rank, 2 * rank + 2)
    found = _run(model, mine, model.draw(mine, torch.Generator().manual_seed(7)))
    for value in found.values():
        torch.distributed.all_reduce(value)  # each process has its share of the global mean: they add up
    if rank == 0:
        torch.save(found, f"{folder}/found.pt")
    torch.distributed.destroy_process_group()


def test_two_processes_with_half_the_groups_each_give_the_loss_and_gradient_of_one_with_all(tmp_path) -> None:
    run_two(_half, str(tmp_path))
    both = torch.load(tmp_path / "found.pt", weights_only=True)
    model, batch = _without_batch_norm(), toy(groups=4)
    one = _run(model, batch, model.draw(batch, torch.Generator().manual_seed(7)))
    assert set(one) == set(both)
    for name, value in one.items():
        torch.testing.assert_close(both[name], value, rtol=1e-4, atol=1e-6, msg=name)
