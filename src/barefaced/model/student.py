"""The network that detects: crops to a feature map and two logits, and to a fakeness.

Alphabet: B crops, S crop side, I input side, C H W feature map, h w cells of a map half-way. Crops are RGB uint8
with the margin of the model's card; logits are (real, fake); fakeness lies in [0, 1].
"""

import math

import numpy as np
import torch
from einops import rearrange, reduce
from jaxtyping import Float, Float32, Float64, UInt8
from torch import Tensor, nn

from barefaced.config.recipe import StudentSettings
from barefaced.errors import BadConfig
from barefaced.model.backbones import Encoder
from barefaced.model.localization_head import Locator
from barefaced.model.preprocess import Preprocess
from barefaced.values.card import Calibration
from barefaced.values.tensors import StudentOut

HIDDEN = 512
"""Width of the head's hidden layer (paper)."""


class BinaryHead(nn.Module):
    """Pooled features, C to 512, LeakyReLU, to the logits (real, fake)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(channels, HIDDEN), nn.LeakyReLU(), nn.Linear(HIDDEN, 2))

    def forward(self, features: Float[Tensor, "B C H W"]) -> Float[Tensor, "B 2"]:
        return self.layers(reduce(features, "b c h w -> b c", "mean"))


class Student(nn.Module):
    """Encoder and binary head; all that is used after training.

    Raises:
        BadConfig, MissingWeights, CheckpointError: as `backbones.build`.
    """

    def __init__(self, settings: StudentSettings) -> None:
        super().__init__()
        self.settings = settings
        self.calibration = Calibration()
        self.preprocess = Preprocess(settings)
        self.encoder = Encoder(settings)
        self.head = BinaryHead(settings.channels)
        self.locator = Locator(self.encoder.backbone, settings.locate) if settings.locate else None

    def forward(self, images: UInt8[Tensor, "B 3 S S"]) -> StudentOut:
        features = self.encoder(self.preprocess(images))
        return StudentOut(features, self.head(features))

    def encode(
        self, pixels: Float[Tensor, "B 3 I I"]
    ) -> tuple[Float[Tensor, "B C H W"], Float[Tensor, "B h w"] | None]:
        """Give the feature map of preprocessed pictures, and a logit for each cell that it was altered.

        The second is None without that head.
        """
        if self.locator is None:
            return self.encoder(pixels), None
        features, middle = self.encoder(pixels, self.settings.locate)
        return features, self.locator(middle)

    def calibrate(self, calibration: Calibration) -> None:
        """Take a card's calibration for every later `score`.

        Raises:
            BadConfig: as `check_calibration`.
        """
        check_calibration(calibration)
        self.calibration = calibration

    def score(self, crops: UInt8[np.ndarray, "B S S 3"], batch: int = 32) -> Float32[np.ndarray, " B"]:
        """Score the fakeness of each crop: its logit difference, calibrated. The one road from crops to a number.

        A crop's fakeness does not depend on its neighbours. The mode (training or not) is left as it was.

        Args:
            batch: crops at a time; memory, not the result, depends on it.
        """
        return self.look(crops, batch)[0]

    def differences(self, crops: UInt8[np.ndarray, "B S S 3"], batch: int = 32) -> Float64[np.ndarray, " B"]:
        """Give the logit difference, fake - real, of each crop: what a calibration is fitted to. As `score`."""
        return self._looked(crops, batch, whole=False)[0]

    def locate(self, crops: UInt8[np.ndarray, "B S S 3"], batch: int = 32) -> Float32[np.ndarray, "B h w"]:
        """Say how likely each cell was altered, 0 to 1, by the head that learnt it. The mode is left as it was.

        Raises:
            BadConfig: a student without that head.
        """
        if self.locator is None:
            raise BadConfig(
                expected="a model with a head for where a face was altered",
                got="student.locate = 0",
                fix="Train with student.locate and loss.locate.",
            )
        was_training = self.training
        self.eval()
        try:
            with torch.inference_mode():
                parts = [
                    self.encode(self.preprocess(_on(self.device, crops[start : start + batch])))[1]
                    for start in range(0, max(len(crops), 1), batch)
                ]
        finally:
            self.train(was_training)
        return torch.cat([part.sigmoid() for part in parts if part is not None]).float().cpu().numpy()

    @property
    def device(self) -> torch.device:
        """Tell where its weights lie."""
        return next(self.parameters()).device

    def look(
        self, crops: UInt8[np.ndarray, "B S S 3"], batch: int = 32, *, whole: bool = False
    ) -> tuple[Float32[np.ndarray, " B"], Float32[np.ndarray, "B C"]]:
        """Score as `score` does, and give the pooled features that the head saw.

        Args:
            whole: fill the last batch up with black. Kernels are chosen by shape, and their last bit with them; with
                batches of 8 or fewer that are always whole, a crop's numbers are the same bit for bit in any company.
        """
        differences, pooled = self._looked(crops, batch, whole=whole)
        return to_fakeness(differences, self.calibration), pooled

    def _looked(
        self, crops: UInt8[np.ndarray, "B S S 3"], batch: int, *, whole: bool
    ) -> tuple[Float64[np.ndarray, " B"], Float32[np.ndarray, "B C"]]:
        was_training = self.training
        self.eval()
        margins, pooled = [], []
        try:
            with torch.inference_mode():
                for start in range(0, len(crops), batch):
                    part = crops[start : start + batch]
                    lacking = batch - len(part) if whole else 0
                    out = self(_on(self.device, np.pad(part, ((0, lacking), (0, 0), (0, 0), (0, 0)))))
                    margins.append(_margin(out.logits)[: len(part)])
                    pooled.append(reduce(out.features, "b c h w -> b c", "mean")[: len(part)].float())
        finally:
            self.train(was_training)
        if not margins:
            return np.zeros(0), np.zeros((0, self.settings.channels), np.float32)
        return torch.cat(margins).cpu().numpy(), torch.cat(pooled).cpu().numpy()


def to_fakeness(differences: Float64[np.ndarray, " B"], calibration: Calibration) -> Float32[np.ndarray, " B"]:
    """Logit differences to fakeness in [0, 1]; never falling."""
    if calibration.kind == "isotonic":
        x, y = zip(*calibration.knots, strict=True)
        return np.interp(differences, x, y).astype(np.float32)
    if calibration.kind != "none":
        differences = (differences - calibration.shift) / calibration.temperature
    return torch.sigmoid(torch.from_numpy(differences)).to(torch.float32).numpy()


def check_calibration(calibration: Calibration) -> None:
    """Refuse what gives no fakeness.

    Raises:
        BadConfig: a temperature that is not positive and finite, a shift that is not finite, or knots that do not rise
            within [0, 1].
    """
    if calibration.kind == "isotonic":
        x, y = np.array(calibration.knots, np.float64).reshape(-1, 2).T
        if not (len(x) and np.isfinite(x).all() and (np.diff(x) > 0).all() and (np.diff(y) >= 0).all()
                and y[0] >= 0 and y[-1] <= 1):  # fmt: skip
            raise BadConfig(
                expected="isotonic knots that rise within [0, 1]",
                got=f"{len(x)} knots",
                fix="Calibrate the model again.",
            )
    elif calibration.kind != "none" and not 0 < calibration.temperature < math.inf:
        raise BadConfig(
            expected="a positive, finite temperature",
            got=str(calibration.temperature),
            fix="Calibrate the model again.",
        )
    if not math.isfinite(calibration.shift) or (calibration.kind != "platt" and calibration.shift):
        raise BadConfig(
            expected="a finite shift, and 0 where the calibration has none",
            got=f"{calibration.shift} with the kind {calibration.kind}",
            fix="Calibrate the model again.",
        )


def _on(device: torch.device, crops: UInt8[np.ndarray, "B S S 3"]) -> UInt8[Tensor, "B 3 S S"]:
    # A copy: torch takes neither arrays that run backwards nor, without a warning, read-only ones.
    return rearrange(torch.from_numpy(crops.copy()), "b h w c -> b c h w").to(device)


def _margin(logits: Float[Tensor, "B 2"]) -> Float[Tensor, " B"]:
    return (logits[:, 1] - logits[:, 0]).to(torch.float64)
