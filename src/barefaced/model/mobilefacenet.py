"""MobileFaceNet, a small face-recognition network, under the key names of its common PyTorch weights.

Chen, Liu, Gao, Han, "MobileFaceNets: Efficient CNNs for Accurate Real-Time Face Verification on Mobile Devices",
CCBR 2018: inverted residuals with PReLU, and a global depthwise convolution in the place of the pooling.

Alphabet: B images, 112 x 96 px, E = 128 embedding.
Input: the middle 96 columns of the 112 px ArcFace template, RGB, (x - 127.5) / 128.
"""

from jaxtyping import Float
from torch import Tensor, nn

STAGES = ((2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1))
"""(expansion, channels, units, stride of the first unit), the paper's table 1."""
HEIGHT, WIDTH = 112, 96
STEM, LAST, EMBEDDING = 64, 512, 128
MAP = (7, 6)
"""Height and width of the last map: the global depthwise convolution has exactly this kernel."""


class ConvBlock(nn.Module):
    """Convolution, normalisation and, unless linear, PReLU."""

    def __init__(
        self,
        before: int,
        after: int,
        kernel: int | tuple[int, int],
        stride: int = 1,
        padding: int = 0,
        *,
        depthwise: bool = False,
        linear: bool = False,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, after, kernel, stride, padding, groups=before if depthwise else 1, bias=False)
        self.bn = nn.BatchNorm2d(after)
        self.prelu = nn.Identity() if linear else nn.PReLU(after)

    def forward(self, x: Float[Tensor, "B before H W"]) -> Float[Tensor, "B after h w"]:
        return self.prelu(self.bn(self.conv(x)))


class Bottleneck(nn.Module):
    """Inverted residual: widen, look around, narrow; added to its input where the shapes allow."""

    def __init__(self, before: int, after: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = before * expansion
        self.residual = stride == 1 and before == after
        self.conv = nn.Sequential(
            nn.Conv2d(before, inner, 1, bias=False),
            nn.BatchNorm2d(inner),
            nn.PReLU(inner),
            nn.Conv2d(inner, inner, 3, stride, 1, groups=inner, bias=False),
            nn.BatchNorm2d(inner),
            nn.PReLU(inner),
            nn.Conv2d(inner, after, 1, bias=False),
            nn.BatchNorm2d(after),
        )

    def forward(self, x: Float[Tensor, "B before H W"]) -> Float[Tensor, "B after h w"]:
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileFaceNet(nn.Module):
    """Gives the last map [B 512 7 6], before the global depthwise convolution.

    Args:
        embeds: with the embedding layers; without them, their keys are not part of the network.
    """

    width = LAST
    head_keys = ("linear7.", "linear1.")

    def __init__(self, *, embeds: bool = False) -> None:
        super().__init__()
        self.conv1 = ConvBlock(3, STEM, 3, stride=2, padding=1)
        self.dw_conv1 = ConvBlock(STEM, STEM, 3, padding=1, depthwise=True)
        before = STEM
        blocks: list[nn.Module] = []
        for expansion, after, units, stride in STAGES:
            for unit in range(units):
                blocks.append(Bottleneck(before, after, stride if unit == 0 else 1, expansion))
                before = after
        self.blocks = nn.Sequential(*blocks)
        self.conv2 = ConvBlock(before, LAST, 1)
        self.embeds = embeds
        if embeds:
            self.linear7 = ConvBlock(LAST, LAST, MAP, depthwise=True, linear=True)
            self.linear1 = ConvBlock(LAST, EMBEDDING, 1, linear=True)

    def forward(self, images: Float[Tensor, "B 3 112 96"]) -> Float[Tensor, "B 512 7 6"]:
        return self.conv2(self.blocks(self.dw_conv1(self.conv1(images))))

    def embed(self, maps: Float[Tensor, "B 512 7 6"]) -> Float[Tensor, "B E"]:
        """Embed last maps; compare by cosine."""
        return self.linear1(self.linear7(maps)).flatten(1)
