"""The head that says where a picture was altered: what it reads, what it is told, and that it learns it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from barefaced.config.parsing import recipe
from barefaced.config.recipe import LossSettings, Recipe, StudentSettings
from barefaced.errors import BadConfig
from barefaced.metrics.ranking import auc
from barefaced.model import losses
from barefaced.model.backbones import build
from barefaced.model.localization_head import Locator, target
from barefaced.model.lsda import LSDA
from barefaced.model.student import Student
from barefaced.values.tensors import GroupBatch

SMALL = StudentSettings("mobilenetv3_small_050", "random", 64, 12, locate=8)


@pytest.mark.parametrize(
    "name",
    ["tf_efficientnet_lite0", "mobilenetv3_small_050", "resnet18", "convnext_atto", "regnety_002", "densenet121"],
)
def test_a_map_half_way_has_its_stride_and_leaves_the_last_one_as_it_is(name: str) -> None:
    torch.manual_seed(0)
    network, _ = build(name, "random", 64)
    network.eval()
    pictures = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        last = network(pictures)
        for stride in (8, 16):
            again, middle = network(pictures, stride)
            assert torch.equal(again, last)
            assert middle.shape == (2, network.stages[stride][1], 64 // stride, 64 // stride)


def test_a_transformer_and_a_stride_that_is_not_there_are_refused() -> None:
    with torch.device("meta"):
        tokens, _ = build("vit_tiny_patch16_224", "random", 64)
        convolutional, _ = build("resnet18", "random", 64)
    with pytest.raises(BadConfig, match="a convolutional"):
        Locator(tokens, 16)
    with pytest.raises(BadConfig, match="2, 4, 8, 16, 32"):
        Locator(convolutional, 12)
    student = Student(replace(SMALL, locate=0))
    with pytest.raises(BadConfig, match=r"student\.locate"):
        student.locate(np.zeros((1, 64, 64, 3), np.uint8))


def test_the_target_of_a_cell_is_its_altered_share_and_the_boundary_is_highest_where_that_is_half() -> None:
    masks = torch.zeros(3, 32, 32, dtype=torch.uint8)
    masks[0, :, :12] = 255  # a column and a half of four
    masks[1, :16] = 64  # blended at a quarter: altered all the same
    masks[2, 0, :] = 9  # a rim that a window left over
    region, boundary = (target(masks, (4, 4), kind) for kind in ("region", "boundary"))
    assert region[0].tolist() == [[1.0, 0.5, 0.0, 0.0]] * 4
    assert boundary[0].tolist() == [[0.0, 1.0, 0.0, 0.0]] * 4
    assert region[1].tolist() == [[1.0] * 4] * 2 + [[0.0] * 4] * 2
    assert region[2].max() < 0.02
    assert target(masks[:0], (4, 4), "region").shape == (0, 4, 4)


def test_altered_cells_weigh_as_much_as_the_others_together_and_images_without_a_mask_nothing() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 4, 4, generator=generator, requires_grad=True)
    targets = (torch.rand(3, 4, 4, generator=generator) < 0.1).float()
    known = torch.tensor([True, False, True])
    loss = losses.locate(logits, targets, known)
    cells = F.binary_cross_entropy_with_logits(logits[known], targets[known], reduction="none")
    hit = targets[known] == 1
    torch.testing.assert_close(loss, (cells[hit].mean() + cells[~hit].mean()) / 2)
    loss.backward()
    assert logits.grad is not None
    assert (logits.grad[1] == 0).all()
    assert (logits.grad[known] != 0).all()
    moved = targets.clone()
    moved[1] = 1 - moved[1]
    assert torch.equal(losses.locate(logits, moved, known), loss)


def test_a_batch_of_one_kind_has_its_mean_and_one_of_none_is_0() -> None:
    logits = torch.randn(2, 3, 3, requires_grad=True)
    nowhere, all_known = torch.zeros(2, 3, 3), torch.ones(2, dtype=torch.bool)
    torch.testing.assert_close(losses.locate(logits, nowhere, all_known), F.softplus(logits).mean())
    nothing = losses.locate(logits, nowhere, ~all_known)
    nothing.backward()
    assert nothing == 0
    assert (logits.grad == 0).all()
    assert losses.locate(logits[:0], nowhere[:0], all_known[:0]) == 0


def altered_squares(groups: int, seed: int) -> GroupBatch:
    """A smooth picture, and the same with a square of fine noise somewhere; every third forgery without its mask."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(groups, 3, 4, 4, generator=generator)
    reals = F.interpolate(coarse, (64, 64), mode="bicubic", align_corners=False).clamp(0, 1) * 200 + 20
    images, masks = torch.stack([reals, reals], dim=1), torch.zeros(groups, 2, 64, 64, dtype=torch.uint8)
    for group, (top, left) in enumerate(torch.randint(0, 40, (groups, 2), generator=generator).tolist()):
        noise = 60 * torch.randn(3, 24, 24, generator=generator)
        images[group, 1, :, top : top + 24, left : left + 24] += noise
        masks[group, 1, top : top + 24, left : left + 24] = 255
    present, has_mask = torch.ones(groups, 2, dtype=torch.bool), torch.ones(groups, 2, dtype=torch.bool)
    has_mask[::3, 1] = False
    masks[::3, 1] = 0
    return GroupBatch(images.clamp(0, 255).to(torch.uint8), present, ("real", "noise"), masks, has_mask)


def test_it_learns_where_a_square_was_altered() -> None:
    torch.manual_seed(0)
    settings = recipe(None, ["--preset", "plain", "--student.locate", "8", "--loss.locate", "1"])
    model = LSDA(replace(settings, student=SMALL), ("real", "noise"), 1.3).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    terms = []
    for step in range(40):
        batch = altered_squares(8, step)
        loss = model(batch, model.draw(batch, torch.Generator()))
        optimizer.zero_grad()
        loss.total(model.weights).backward()
        optimizer.step()
        terms.append(loss.terms["locate"].item())
    fresh = altered_squares(24, 1000)
    known = fresh.has_mask[:, 1]
    crops = fresh.images[known, 1].permute(0, 2, 3, 1).numpy()
    found = model.student.locate(crops)
    wanted = target(fresh.masks[known, 1], found.shape[1:], "region").numpy() >= 0.5
    assert auc(wanted.ravel().astype(int), found.ravel()) > 0.9
    assert terms[-1] < 0.7 * terms[0]


def test_where_it_was_altered_does_not_depend_on_the_crops_beside_it() -> None:
    torch.manual_seed(0)
    student = Student(SMALL)
    crops = np.random.default_rng(0).integers(0, 256, (5, 64, 64, 3), np.uint8)
    together = student.locate(crops)
    assert together.shape == (5, 8, 8)
    assert student.training
    np.testing.assert_allclose(
        together, np.concatenate([student.locate(crops[n : n + 1]) for n in range(5)]), atol=1e-6
    )
    assert student.locate(crops[:0]).shape == (0, 8, 8)


def test_without_the_head_nothing_is_computed_otherwise() -> None:
    """The weights that both have are drawn alike, and every other term is the same to the bit."""
    batch, terms = altered_squares(3, 0), []
    for stride in (0, 8):
        torch.manual_seed(0)
        loss = LossSettings(domain=0.0, distill=0.0, locate=float(stride > 0))
        plain = recipe(None, ["--preset", "plain"])
        model = LSDA(replace(plain, student=replace(SMALL, locate=stride), loss=loss), ("real", "noise"), 1.3).eval()
        terms.append(model(batch, model.draw(batch, torch.Generator())).terms)
    assert list(terms[0]) == ["binary"]
    assert list(terms[1]) == ["binary", "locate"]
    assert torch.equal(terms[0]["binary"], terms[1]["binary"])


def test_both_settings_come_from_words_and_from_a_file(tmp_path) -> None:
    file = tmp_path / "r.yaml"
    file.write_text("student: {locate: 16}\nloss: {locate: 0.1, locate_target: boundary}\n")
    words = ["--student.locate", "16", "--loss.locate", "0.1", "--loss.locate_target", "boundary"]
    assert recipe(file) == recipe(None, words)
    assert recipe(file).student.locate == 16
    assert (Recipe().student.locate, Recipe().loss.locate) == (0, 0.0)
