"""The settings of a training run: one tree of small frozen dataclasses, built alike by YAML, command line and Python.

Where a default is the paper's word it says "paper"; where the paper's number could not be had it says "ours".
The paper: Yan, Luo, Lyu, Liu, Wu, "Transcending Forgery Specificity with Latent Space Augmentation for Generalizable
Deepfake Detection", CVPR 2024.
"""

from dataclasses import dataclass, field
from typing import Literal

from barefaced.config.pictures import ForgeSettings, PixelSettings

Preset = Literal["paper", "official", "plain", "sbi"]
Balance = Literal["groups", "domains", "sets"]
Precision = Literal["32-true", "bf16-mixed", "16-mixed", "64-true"]
Watcher = Literal["mlflow", "wandb"]


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


@dataclass(frozen=True)
class AugmentSettings:
    """Latent space augmentation. The paper's ranges could not be had: those here are ours unless said otherwise."""

    arithmetic: Literal["paper", "official"] = "paper"
    """`official`: the published code's arithmetic, kept for comparison in `model/official.py`."""
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


@dataclass(frozen=True)
class OptimSettings:
    """How it is trained."""

    epochs: int = 10
    groups: int = 4
    """Groups in a step, over all processes together (paper: 4 groups of 5 images). 0: as many as memory holds, found at
    the run's start and written into its run.json."""
    accumulate: int = 1
    """Pieces that a process takes its part of a step in, gradients added: less memory. Batch norm sees pieces."""
    lr: float = 2e-4
    """Adam's (the field's protocol: 2e-4)."""
    weight_decay: float = 5e-4
    """(the field's protocol: 5e-4)"""
    schedule: Literal["constant", "cosine"] = "constant"
    warmup: int = 0
    """Steps of linear warm-up."""
    clip: float = 0.0
    """Largest norm of the gradient; 0: as it comes (the field's protocol)."""
    ema: float = 0.0
    """Of the student, a step: the averaged student is then validated and kept. 0: off (the field's protocol)."""
    sam: float = 0.0
    """Radius of sharpness-aware minimisation (Foret et al., 2021), two passes a step; 0: off (the field's protocol)."""
    patience: int = 0
    """Epochs without a better validation before the run ends; 0: it never ends early."""
    workers: int = 1
    """Processes that read and augment crops, for each that trains; the batches are the same for any number."""
    save_every: float = 60.0
    """Seconds between two states that a killed run goes on from."""


@dataclass(frozen=True)
class EngineSettings:
    """What it is trained on. Nothing here but `precision` changes what is computed, and the others its rounding."""

    accelerator: Literal["auto", "cpu", "cuda"] = "auto"
    """`auto`: the GPU where there is one."""
    devices: int = 1
    """Processes on each machine, a GPU each; 0: every GPU of the machine. Under torchrun, its own number."""
    nodes: int = 1
    """Machines. Under torchrun, its own number."""
    precision: Precision = "32-true"
    """bf16-mixed and 16-mixed compute in half precision and keep the weights in full; 64-true is for checking."""
    threads: int = 0
    """Of each process on the CPU; 0: torch's own, mostly one a core. Their number moves a sum's last digits, and after
    some steps everything: a training that others are to repeat says it."""
    compile: bool = False
    """The networks through torch.compile; pays on GPUs in long runs, not on the CPU measured (docs/training.md)."""
    watch: tuple[Watcher, ...] = ()
    """Further places for the curves, of what is installed; TensorBoard's file and a csv are always written."""


@dataclass(frozen=True)
class Recipe:
    """One training run."""

    name: str = "lsda"
    preset: Preset = "paper"
    """Where the defaults come from: the paper's method, the published code's arithmetic, the binary loss alone, or that
    on real faces and self-blended images of them (Shiohara and Yamasaki, CVPR 2022)."""
    seed: int = 0
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


_PLAIN: dict[str, object] = {
    "augment.inputs": "none",
    "loss.binary": 1.0,
    "loss.domain": 0.0,
    "loss.distill": 0.0,
}
PRESETS: dict[Preset, dict[str, object]] = {
    "paper": {},
    "official": {
        "augment.arithmetic": "official",
        "teacher.real_frozen": False,
        "loss.real": 1.0,
        "loss.targets": "joint",
    },
    "plain": _PLAIN,
    "sbi": _PLAIN
    | {
        "forge.methods": ("sbi",),
        "forge.each": 1,
        # Its pictures are degraded once, by `pixels`.
        "forge.downscale": (1.0, 1.0),
        "forge.jpeg": (100, 100),
        "pixels.shared": True,
        # Colour at chance 0.3; the flip and JPEG at 0.5.
        "pixels.colour": 0.6,
        "pixels.rgb_shift": 20.0,
        "pixels.hsv": 0.3,
        "pixels.brightness_contrast": 0.3,
        "pixels.downscale": (),
        "pixels.sharpen": False,
        # Each side of the box grows by 5 to 20 % of its length: so much moves and scales the window.
        "pixels.shift": 0.06,
        "pixels.zoom": 0.12,
    },
}
"""What a preset changes; a setting given by name wins over its preset."""
