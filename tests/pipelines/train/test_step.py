"""One step of training, whatever the settings."""

import pytest
import torch

from barefaced.config.parsing import recipe
from barefaced.model.lsda import LSDA
from barefaced.pipelines.train import engine
from barefaced.pipelines.train.step import Learner
from barefaced.values.tensors import GroupBatch

METHODS = ("real", "swap", "puppet")
SMALL = ["--student.backbone", "mobilenetv3_small_050", "--student.weights", "random", "--student.channels", "8"]
SMALL += ["--student.input_size", "64"]


@pytest.mark.parametrize("source", ["batch", "ema", "bank"])
def test_a_step_moves_the_weights_whatever_the_centroid_is_of(source: str) -> None:
    settings = recipe(None, [*SMALL, "--augment.centroid", source])
    learner = Learner(settings, LSDA(settings, METHODS, 1.3), engine.start(settings.engine))
    images = torch.randint(0, 256, (2, 3, 3, 64, 64), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    before = [parameter.detach().clone() for parameter in learner.student.parameters()]
    terms, norm = learner.take_step(GroupBatch(images, torch.ones(2, 3, dtype=torch.bool), METHODS), 0, 1, 0.01)
    assert set(terms) == {"binary", "domain", "distill"}
    assert norm > 0
    assert all(not torch.equal(was, now) for was, now in zip(before, learner.student.parameters(), strict=True))
