"""The settings of a training run: one tree of small frozen dataclasses, built alike by YAML, command line and Python.

Where a default is the paper's word it says "paper"; where the paper's number could not be had it says "ours".
The paper: Yan, Luo, Lyu, Liu, Wu, "Transcending Forgery Specificity with Latent Space Augmentation for Generalizable
Deepfake Detection", CVPR 2024.
"""

import math
from dataclasses import dataclass, field
from typing import Literal

from barefaced.config.pictures import ForgeSettings, PixelSettings
from barefaced.config.rules import is_range, require, rules
from barefaced.config.training import EngineSettings, OptimSettings

Preset = Literal["paper", "official", "plain", "sbi"]
Balance = Literal["groups", "domains", "sets"]
LARGEST_SIDE, MOST_CHANNELS = 2048, 8192
"""Beyond these a setting, or a card in a stranger's file, is a mistake or worse."""


@dataclass(frozen=True)
class DataSettings:
    """What is trained on."""

    stores: tuple[str, ...] = ()
    """Folders that `prepare` made. A relative one is looked for beside the recipe first, then where you stand."""
    domains: tuple[str, ...] = ()
    """Forgery methods, in order; empty: every method the stores hold, less `held_out` and `val_methods`."""
    held_out: tuple[str, ...] = ()
    """Methods never trained on."""
    val_methods: tuple[str, ...] = ()
    """Methods never trained on that choose, beside those that are: the epoch kept is then one that carries over."""
    val_origins: tuple[str, ...] = ()
    """Origins (dataset/name) that only choose; empty: the data set's own split, or else `val_share` of the people."""
    test_origins: tuple[str, ...] = ()
    """Origins that training never opens; empty: the data set's own split, or none."""
    val_share: float = 0.15
    """Share of the people put aside for validation where nothing else says who."""
    holes: Literal["skip", "present"] = "present"
    """A group lacking a method: left out, or trained on the domains it has. Never filled from a neighbour."""
    pairing: Literal["origin", "any"] = "origin"
    """`origin`: a group is one real face at one moment and its forgeries. `any`: for data that does not say what a
    forgery is of; a group is then any real face and any forgery by each method. With `shares` each store shows it."""
    shares: tuple[float, ...] = ()
    """A mixture: of an epoch's groups, the share that each of `stores` gives; they sum to 1. A group is then one real
    clip at a moment drawn anew each time, `stored` forgeries of it, or where the store does not say what its forgeries
    are of, any of that store. Empty: every group of every store once an epoch."""
    epoch_groups: int = 0
    """Groups in an epoch of a mixture; 0: as many as the stores have real clips."""
    stored: int = 1
    """In a mixture: forgeries by different methods taken from the store for each group, drawn anew each time; 0: every
    method."""
    window: int = 0
    """Side in pixels of the part of a stored crop that the model sees, in its middle; 0: the whole crop. In training
    the window is moved and scaled by `pixels.shift` and `pixels.zoom`."""
    balance: Balance = "groups"
    """`groups`: every group once an epoch. `domains`, `sets`: groups of rare forgery methods, or of small data sets, as
    many times more often as they are rarer. Real against fake: `loss.balanced`."""

    def __post_init__(self) -> None:
        rule = rules(self, "data")
        rule(0 <= self.val_share < 1, "val_share", "from 0 to under 1")
        rule(all(share >= 0 for share in self.shares), "shares", "of 0 or more each")
        rule(not self.shares or math.isclose(math.fsum(self.shares), 1, abs_tol=1e-6), "shares", "that sum to 1")
        rule(self.epoch_groups >= 0, "epoch_groups", "of 1 or more, or 0 for as many as real clips")
        rule(self.stored >= 0, "stored", "of 1 or more, or 0 for every method")
        rule(self.window >= 0, "window", "of 1 pixel or more, or 0 for the whole crop")


@dataclass(frozen=True)
class StudentSettings:
    """The network that detects."""

    backbone: str = "tf_efficientnet_lite0"
    """Any timm name (paper: EfficientNet-B4, timm's tf_efficientnet_b4)."""
    weights: str = "imagenet"
    """`imagenet` (the installed model package, else an error that names it), `random`, or a safetensors file."""
    input_size: int = 256
    """Side in pixels that crops are resized to inside the model (paper: 256)."""
    channels: int = 512
    """C, the width every feature map is projected to (paper: 512)."""
    mean: float = 0.5
    """Subtracted from every channel of the picture in [0, 1] (paper: 0.5)."""
    std: float = 0.5
    """Divided by afterwards (paper: 0.5)."""
    locate: int = 0
    """A head that says where a face was altered: the stride, in pixels, of the map that it reads (8 or 16); 0: none
    (paper). It learns by `loss.locate`. Of a convolutional backbone."""

    def __post_init__(self) -> None:
        rule = rules(self, "student")
        rule(1 <= self.input_size <= LARGEST_SIDE, "input_size", f"from 1 to {LARGEST_SIDE}")
        rule(1 <= self.channels <= MOST_CHANNELS, "channels", f"from 1 to {MOST_CHANNELS}")
        rule(math.isfinite(self.mean), "mean", "finite (paper: 0.5)")
        rule(0 < self.std < math.inf, "std", "positive and finite (paper: 0.5)")
        rule(self.locate >= 0, "locate", "as a stride in pixels, or 0 for none")


@dataclass(frozen=True)
class TeacherSettings:
    """The networks that only training needs. The forgery encoders are built like the student's."""

    real_encoder: Literal["backbone", "iresnet18", "iresnet34", "iresnet50", "iresnet100", "mobilefacenet"] = "backbone"
    """Paper: iresnet100 with ArcFace weights. `backbone`: as the student's, for who has none; the card says so."""
    real_weights: str = ""
    """File of the real encoder's pretrained weights; not for `backbone`."""
    trust_pickle: bool = False
    """Read them from a `.pth` too, as ArcFace's are published, through torch's restricted unpickler. Off: refused."""
    real_frozen: bool = True
    """Paper: frozen. False trains it, from a random start when there are no weights."""
    real_side: Literal[112, 128] = 112
    """Side in pixels of the ArcFace template given to an iresnet: 112 gives 7x7 maps, 128 gives 8x8."""
    domain_inputs: Literal["own", "all"] = "own"
    """`own`: an image goes through its own domain's encoder (published). `all`: through every one, one against rest."""

    def __post_init__(self) -> None:
        rule = rules(self, "teacher")
        rule(
            self.real_encoder != "backbone" or not self.real_weights,
            "real_weights",
            "empty with teacher.real_encoder = backbone, which starts as the student does",
        )


@dataclass(frozen=True)
class AugmentSettings:
    """Latent space augmentation. The paper's ranges could not be had: those here are ours unless said otherwise."""

    arithmetic: Literal["paper", "official"] = "paper"
    """`official`: the published code's arithmetic, kept for comparison in `model/published_augment.py`."""
    inputs: Literal["wd+cd", "wd", "cd", "none"] = "wd+cd"
    """What the fusion is given: within-domain, cross-domain or both; a missing branch is the plain feature."""
    direct: float = 1.0
    """Weight of the draw of centrifugal, direct."""
    indirect: float = 1.0
    """Weight of the draw of centrifugal, indirect."""
    affine: float = 1.0
    """Weight of the draw of rotation."""
    additive: float = 1.0
    """Weight of the draw of Gaussian-mixture noise."""
    beta: tuple[float, float] = (0.0, 1.0)
    """Range of the centrifugal factor, uniform."""
    degrees: float = 30.0
    """Largest rotation either way, uniform."""
    mixture: tuple[float, ...] = (0.5, 0.3, 0.2)
    """Weights of the noise's Gaussians; they sum to 1."""
    sigmas: tuple[float, ...] = (0.1, 0.25, 0.5)
    """Their standard deviations."""
    relative: bool = True
    """Noise in units of the domain's feature standard deviation."""
    centroid: Literal["batch", "ema", "bank"] = "ema"
    """Where the domain's centre comes from."""
    momentum: float = 0.9
    """Of the ema."""
    bank: int = 64
    """Samples a domain's bank holds."""
    alpha: Literal["beta", "uniform", "fixed"] = "beta"
    """Law of the mixup factor: Beta(a, a) with a from `a`, uniform on (0, 1), or always a[0]."""
    a: tuple[float, float] = (0.5, 2.0)
    """Range of the Beta law's parameter, uniform."""

    def __post_init__(self) -> None:
        rule = rules(self, "augment")
        for name in ("direct", "indirect", "affine", "additive"):
            rule(getattr(self, name) >= 0, name, "of 0 or more")
        rule(is_range(self.beta), "beta", "from low to high")
        rule(self.degrees >= 0, "degrees", "of 0 or more")
        rule(len(self.mixture) == len(self.sigmas) > 0, "mixture", "with a weight for each of augment.sigmas")
        rule(min(self.mixture) >= 0, "mixture", "of 0 or more each")
        rule(math.isclose(sum(self.mixture), 1, abs_tol=1e-6), "mixture", "that sums to 1")
        rule(min(self.sigmas) >= 0, "sigmas", "of 0 or more each")
        rule(0 <= self.momentum < 1, "momentum", "from 0 to under 1")
        rule(self.bank >= 1, "bank", "of 1 sample or more")
        if self.alpha == "beta":
            rule(self.a[0] > 0 and is_range(self.a), "a", "over 0, from low to high")
        elif self.alpha == "fixed":
            rule(0 <= self.a[0] <= 1, "a", "from 0 to 1 in its first place, as the fixed alpha")
        operations = (self.direct, self.indirect, self.affine, self.additive)
        require(
            max(operations) > 0 or "wd" not in self.inputs,
            "augment.direct, indirect, affine or additive over 0: one of them is drawn for each sample",
            operations,
        )


@dataclass(frozen=True)
class LossSettings:
    """Weights of the loss terms (0 switches a term off) and what they are made of."""

    binary: float = 0.5
    """Real against fake, the student's (paper)."""
    domain: float = 1.0
    """Which domain a teacher feature is of (paper)."""
    distill: float = 1.0
    """The student's features against the teacher's (paper)."""
    real: float = 0.0
    """Identity in the real encoder's space; only where that encoder is trained."""
    logit: float = 0.0
    """The student's logits against the domain teacher's (Hinton et al., 2015)."""
    balanced: bool = False
    """Weigh real and fake alike in `binary`, whatever their counts."""
    distance: Literal["mse", "smooth_l1", "cosine"] = "mse"
    """Of the distillation."""
    targets: Literal["detached", "joint"] = "detached"
    """`detached`: the distillation does not move the teacher; the fusion learns from a domain loss on its output (our
    reading). `joint`: everything moves everything (published)."""
    temperature: float = 4.0
    """Of the logit distillation."""
    locate: float = 0.0
    """Where each picture was altered, by the masks of forgeries made while training and of those that stores hold, and
    nowhere in reals: the head of `student.locate`. 0: off (paper)."""
    locate_target: Literal["region", "boundary"] = "region"
    """What that head learns of a mask M in [0, 1]: M, or 4 M (1 - M), which is high where a blend is half done."""
    same_identity: tuple[str, ...] = (
        "Face2Face", "NeuralTextures", "self_blend", "sbi", "reenact", "neural_texture", "frequency"
    )  # fmt: skip
    """Methods that keep the target's identity, for `real`: FaceForensics++'s (paper) and those of `forge`."""
    other_identity: tuple[str, ...] = ("Deepfakes", "FaceSwap", "cross_blend", "face_swap", "autoencoder")
    """Methods that replace it, for `real`."""

    def __post_init__(self) -> None:
        rule = rules(self, "loss")
        for name in ("binary", "domain", "distill", "real", "logit", "locate"):
            rule(getattr(self, name) >= 0, name, "of 0 or more")
        rule(self.binary > 0, "binary", "over 0: it alone trains the head that detects")
        rule(self.temperature > 0, "temperature", "over 0")
        require(
            self.domain > 0 or not self.logit,
            "loss.domain over 0 with loss.logit: it trains the head that the logits come from",
            f"loss.domain = {self.domain}",
        )
        require(
            self.domain > 0 or not self.distill or self.targets == "joint",
            "loss.domain over 0 with loss.targets = detached: nothing else trains the teacher",
            f"loss.domain = {self.domain}",
        )


@dataclass(frozen=True)
class Recipe:
    """One training run."""

    name: str = "lsda"
    """Of the run: its folder is runs/NAME, and the model's card says it."""
    preset: Preset = "paper"
    """Where the defaults come from: the paper's method, the published code's arithmetic, the binary loss alone, or that
    on real faces and self-blended images of them (Shiohara and Yamasaki, CVPR 2022)."""
    seed: int = 0
    """Of every draw."""
    start: str = ""
    """A detector to go on from: `shipped`, or a file that `barefaced train` wrote. The student begins as it, every
    forgery encoder as its encoder, and the card keeps what it was trained on. The network is the detector's;
    a convolutional one may have another `student.input_size`. Its validation people choose again: keep its seed and
    `data.val_share`."""
    data: DataSettings = field(default_factory=DataSettings)
    forge: ForgeSettings = field(default_factory=ForgeSettings)
    pixels: PixelSettings = field(default_factory=PixelSettings)
    student: StudentSettings = field(default_factory=StudentSettings)
    teacher: TeacherSettings = field(default_factory=TeacherSettings)
    augment: AugmentSettings = field(default_factory=AugmentSettings)
    loss: LossSettings = field(default_factory=LossSettings)
    optim: OptimSettings = field(default_factory=OptimSettings)
    engine: EngineSettings = field(default_factory=EngineSettings)

    def __post_init__(self) -> None:
        rule = rules(self)
        rule(self.seed >= 0, "seed", "of 0 or more")
        loss, engine = self.loss, self.engine
        teaches = any((loss.domain, loss.distill, loss.real, loss.logit))
        require(
            teaches or self.augment.inputs == "none",
            "augment.inputs = none where no loss needs the teacher",
            self.augment.inputs,
        )
        require(
            not (loss.real and self.teacher.real_frozen),
            "loss.real only with teacher.real_frozen = false: it trains the real encoder",
            f"loss.real = {loss.real} with a frozen one",
        )
        require(
            bool(loss.locate) == bool(self.student.locate),
            "student.locate and loss.locate both over 0, or both 0: the one is the head, the other trains it",
            f"student.locate = {self.student.locate}, loss.locate = {loss.locate}",
        )
        require(
            engine.precision != "16-mixed" or not self.optim.sam,
            "optim.sam = 0 with engine.precision = 16-mixed",
            f"{self.optim.sam}: its two passes would be scaled apart",
        )
