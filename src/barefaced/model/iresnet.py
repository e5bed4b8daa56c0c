"""The improved residual network of ArcFace, under the key names of its public PyTorch weights.

Deng, Guo, Xue, Zafeiriou, "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", CVPR 2019: a 3x3 stem that
keeps the resolution, residual units of the form BN-Conv-BN-PReLU-Conv-BN, and the embedding BN-Dropout-FC-BN.

Alphabet: B images, S side in pixels (112, or 128), H = S / 16, E = 512 embedding.
Input: the ArcFace template, RGB, (x - 127.5) / 127.5.
"""

from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

Depth = Literal["iresnet18", "iresnet34", "iresnet50", "iresnet100"]

UNITS: dict[Depth, tuple[int, int, int, int]] = {
    "iresnet18": (2, 2, 2, 2),
    "iresnet34": (3, 4, 6, 3),
    "iresnet50": (3, 4, 14, 3),
    "iresnet100": (3, 13, 30, 3),
}
"""Residual units in each of the four stages."""
WIDTHS = (64, 128, 256, 512)
EMBEDDING = 512
MAP_SIDE = 7
"""Of the last map at 112 px: the fully connected layer knows no other."""
_EPS = 1e-5


class Unit(nn.Module):
    """One residual unit; the first of a stage halves the resolution."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(before, eps=_EPS)
        self.conv1 = nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(after, eps=_EPS)
        self.prelu = nn.PReLU(after)
        self.conv2 = nn.Conv2d(after, after, 3, stride=stride, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(after, eps=_EPS)
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or before != after:
            self.downsample = nn.Sequential(
                nn.Conv2d(before, after, 1, stride=stride, bias=False), nn.BatchNorm2d(after, eps=_EPS)
            )

    def forward(self, x: Float[Tensor, "B before H W"]) -> Float[Tensor, "B after h w"]:
        inner = self.prelu(self.bn2(self.conv1(self.bn1(x))))
        return self.bn3(self.conv2(inner)) + self.downsample(x)


class IResNet(nn.Module):
    """iResNet-18, -34, -50 or -100; the last map is the one after the last normalisation, which the embedding sees.

    Args:
        embeds: with the embedding layer, for 112 px only (its dropout, 0 in the public release, is left out). Without
            it, the keys `fc.*` and `features.*` are not part of the network.
    """

    width = WIDTHS[-1]
    head_keys = ("fc.", "features.")

    def __init__(self, depth: Depth, *, embeds: bool = False) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, WIDTHS[0], 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(WIDTHS[0], eps=_EPS)
        self.prelu = nn.PReLU(WIDTHS[0])
        before = WIDTHS[0]
        stages: list[nn.Module] = []
        for after, units in zip(WIDTHS, UNITS[depth], strict=True):
            stages.append(nn.Sequential(Unit(before, after, 2), *(Unit(after, after, 1) for _ in range(units - 1))))
            before = after
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        self.bn2 = nn.BatchNorm2d(before, eps=_EPS)
        self.embeds = embeds
        if embeds:
            self.fc = nn.Linear(before * MAP_SIDE * MAP_SIDE, EMBEDDING)
            self.features = nn.BatchNorm1d(EMBEDDING, eps=_EPS)

    def forward(self, images: Float[Tensor, "B 3 S S"]) -> Float[Tensor, "B 512 H H"]:
        x = self.prelu(self.bn1(self.conv1(images)))
        return self.bn2(self.layer4(self.layer3(self.layer2(self.layer1(x)))))

    def embed(self, maps: Float[Tensor, "B 512 7 7"]) -> Float[Tensor, "B E"]:
        """Embed last maps at 112 px; compare by cosine."""
        return self.features(self.fc(maps.flatten(1)))
