"""The real encoder R: what a real face looks like to a network that has seen many and is not taught forgeries.

Alphabet: G groups, B images, S crop side, F h w the pretrained network's last map, C H W the map wanted, E embedding.
Crops are RGB uint8 with a known margin.
"""

from pathlib import Path

import torch
from einops import reduce
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from torch.nn.functional import interpolate

from barefaced.config.recipe import StudentSettings, TeacherSettings
from barefaced.errors import MissingWeights
from barefaced.model import mobilefacenet
from barefaced.model.backbones import LastMap, build
from barefaced.model.iresnet import IResNet
from barefaced.model.load_tensors import fill, read_tensors
from barefaced.model.mobilefacenet import MobileFaceNet
from barefaced.model.preprocess import TEMPLATE, Preprocess, Template


class RealEncoder(nn.Module):
    """A face-recognition network (or the student's backbone) and a 1x1 projection to C channels.

    The face-recognition networks see the ArcFace template, cut out of the crop; `backbone` sees the whole crop, as the
    student does. Frozen, the pretrained part stays in evaluation mode whatever `train()` says, gets no gradient, and
    its batch-norm statistics do not move.

    The projection is there only where the widths differ (never for a 512-channel face network at the paper's C = 512).
    It starts as an orthogonal map, which keeps the pretrained geometry as far as C allows, and it is trained even when
    the rest is frozen: the domain loss is on M(GAP(r)) and says which of the F directions matter. Under detached
    targets nothing else moves it; this is our reading, the paper needs no projection.

    Args:
        margin: side of the crop over the side of the ArcFace template.
        embeds: with the network's own embedding layer, for `embed`, where it has one for this input.

    Raises:
        MissingWeights: a frozen face-recognition network without weights, or no such file.
        BadConfig: a weights file for `backbone`, which takes the student's.
        UntrustedWeights, CheckpointError: as `weights.read_tensors` and `weights.fill`.
    """

    def __init__(
        self,
        teacher: TeacherSettings,
        student: StudentSettings,
        margin: float,
        *,
        embeds: bool = False,
    ) -> None:
        super().__init__()
        self.frozen = teacher.real_frozen
        self.prepare: nn.Module
        self.network: LastMap | IResNet | MobileFaceNet
        if teacher.real_encoder == "backbone":
            self.prepare = Preprocess(student)
            self.network, features = build(student.backbone, student.weights, student.input_size)
        else:
            self.network = _face_network(teacher, embeds)
            self.prepare = _template(teacher, margin)
            features = self.network.width
        self.project: nn.Module = nn.Identity()
        if features != student.channels:
            self.project = nn.Conv2d(features, student.channels, kernel_size=1, bias=False)
            nn.init.orthogonal_(self.project.weight)
        if self.frozen:
            self.network.requires_grad_(False)
        self.train(self.training)

    def train(self, mode: bool = True) -> "RealEncoder":
        super().train(mode)
        if self.frozen:
            self.network.eval()
        return self

    def maps(self, images: UInt8[Tensor, "B 3 S S"]) -> Float[Tensor, "B F h w"]:
        """Give the pretrained network's last map, as it comes."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            return self.network(self.prepare(images).to(next(self.network.parameters()).dtype))

    def forward(self, images: UInt8[Tensor, "G 3 S S"], size: tuple[int, int]) -> Float[Tensor, "G C H W"]:
        """Last maps, projected to C channels and resized (bilinear) to `size` = (H, W); as they come where they fit."""
        maps = self.project(self.maps(images))
        if not len(maps):  # resize refuses an empty batch; the sum keeps the graph that other processes have, too
            return maps.new_zeros(0, maps.shape[1], *size) + maps.sum()
        if maps.shape[-2:] != size:
            maps = interpolate(maps, size, mode="bilinear", align_corners=False, antialias=True)
        return maps

    def embed(self, images: UInt8[Tensor, "B 3 S S"]) -> Float[Tensor, "B E"]:
        """Give one vector a face, to be compared by cosine: the embedding layer's, or else the mean of the last map."""
        maps = self.maps(images)
        if isinstance(self.network, LastMap) or not self.network.embeds:
            return reduce(maps, "b f h w -> b f", "mean")
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            return self.network.embed(maps)


def _face_network(teacher: TeacherSettings, embeds: bool) -> IResNet | MobileFaceNet:
    kind = teacher.real_encoder
    assert kind != "backbone"
    if teacher.real_frozen and not teacher.real_weights:
        raise MissingWeights(
            expected=f"pretrained weights for the frozen real encoder {kind}",
            got="an empty teacher.real_weights",
            fix="Name a safetensors file, or set teacher.real_encoder to `backbone`, or teacher.real_frozen to false.",
        )
    if kind == "mobilefacenet":
        network = MobileFaceNet(embeds=embeds)
    else:
        network = IResNet(kind, embeds=embeds and teacher.real_side == TEMPLATE)
    if teacher.real_weights:
        tensors = read_tensors(Path(teacher.real_weights), trust_pickle=teacher.trust_pickle)
        if not network.embeds:
            tensors = {key: value for key, value in tensors.items() if not key.startswith(network.head_keys)}
        fill(network, tensors, teacher.real_weights)
    return network


def _template(teacher: TeacherSettings, margin: float) -> Template:
    if teacher.real_encoder == "mobilefacenet":
        return Template(margin, mobilefacenet.HEIGHT, mobilefacenet.WIDTH, scale=128.0)
    return Template(margin, teacher.real_side, teacher.real_side, scale=127.5)
