"""The settings of what is done to pictures before a network sees them: forging and augmentation. Part of `config`."""

from dataclasses import dataclass
from typing import Literal

from barefaced.config.rules import is_range, rules


@dataclass(frozen=True)
class ForgeSettings:
    """Forgeries made of real faces, by `barefaced forge` into a store or in training on the loader's processes."""

    methods: tuple[str, ...] = ()
    """Of `forgery.methods`, in order. Empty: in training none are made; the command makes all but `sbi`, whose other
    half, the altered real face, a store cannot hold, and but `latent_swap` where `autoencoder` is empty."""
    masks: tuple[Literal["hull", "brows", "oval", "parts"], ...] = ("hull", "brows", "oval", "parts")
    """Mask families that a blending method draws from."""
    donors: int = 32
    """Other people looked at before the nearest in shape, pose and skin lends the face; 1 takes anybody."""
    pose: float = 1.0
    """Weight of the difference in yaw, pitch and roll against that of the landmarks' shape."""
    skin: float = 1.0
    """Weight of the difference in skin colour."""
    tries: int = 3
    """Draws until a forgery passes the checks; then the method is left out of that group, and counted."""
    downscale: tuple[float, float] = (0.5, 1.0)
    """Range of the factor that a real face and its forgeries are shrunk by alike after forging; (1, 1): off."""
    jpeg: tuple[int, int] = (60, 100)
    """Range of the JPEG quality that they go through alike afterwards; (100, 100) still goes through JPEG."""
    autoencoder: str = ""
    """For `latent_swap`: the folder of taef2_encoder.safetensors and taef2_decoder.safetensors (madebyollin/taesd), or
    the beginning of such files' names, up to `_encoder`."""
    steps: int = 3000
    """Training steps of a learned method's network."""
    each: int = 0
    """In training: methods drawn for each group, anew every time it is read; 0: every one. Fewer forgeries of a face
    leave a step of that many pictures room for more faces."""

    def __post_init__(self) -> None:
        rule = rules(self, "forge")
        rule(len(self.masks) > 0, "masks", "with at least one mask family")
        rule(self.donors >= 1, "donors", "of 1 or more")
        rule(self.pose >= 0, "pose", "of 0 or more")
        rule(self.skin >= 0, "skin", "of 0 or more")
        rule(self.tries >= 1, "tries", "of 1 or more")
        rule(
            self.downscale[0] > 0 and is_range(self.downscale, 0.0, 1.0), "downscale", "within (0, 1], from low to high"
        )
        rule(is_range(self.jpeg, 1.0, 100.0), "jpeg", "as qualities of 1 to 100, from low to high")
        rule(self.steps >= 1, "steps", "of 1 or more")
        rule(self.each >= 0, "each", "of 1 or more, or 0 for all")


@dataclass(frozen=True)
class PixelSettings:
    """Image augmentation, drawn alike for every crop of a group where it moves pixels. Paper: each with chance 0.5."""

    chance: float = 0.5
    """Of each operation, for each image (each group for the flip); 0 switches all off."""
    flip: bool = True
    """Left and right exchanged, for a whole group (paper)."""
    shift: float = 0.0
    """Most that the window on the crop is moved, as a share of its side; drawn once for the group. 0: off (paper)."""
    zoom: float = 0.0
    """Most that it is scaled either way, as a share: 0.1 is 1 / 1.1 to 1.1. 0: off (paper)."""
    shared: bool = False
    """Colour, sharpness, noise and compression drawn once for a real face and its forgeries, so that the degradation
    is not all that tells them apart (self-blended images' way); off: for each picture (paper)."""
    colour: float = 1.0
    """Chance of each of the next three, as a share of `chance` (paper: 1)."""
    rgb_shift: float = 0.0
    """Most levels that each colour channel is moved by; 0: off (paper)."""
    hsv: float = 0.0
    """Most levels that hue, saturation and value are moved by, fractions cut off (`colours`); 0: off (paper)."""
    brightness_contrast: float = 0.1
    """Largest change, as a share (paper: 0.1)."""
    downscale: tuple[int, ...] = (2, 4)
    """Factors to shrink and enlarge again by (paper: 2, 4); empty: off."""
    sharpen: bool = True
    """Sharpness raised (paper)."""
    jpeg: tuple[int, int] = (40, 100)
    """Lowest and highest quality (paper: 40 to 100)."""
    blur: tuple[float, float] = (0.0, 0.0)
    """Range of a Gaussian's sigma in pixels; (0, 0): off (paper). With the next three, the field's stronger set."""
    resize: tuple[float, float] = (1.0, 1.0)
    """Range of a factor to shrink by, and enlarge again, each by a filter drawn from four; (1, 1): off (paper)."""
    noise: tuple[float, float] = (0.0, 0.0)
    """Range of the standard deviation of Gaussian noise, of 255; (0, 0): off (paper)."""
    h264: tuple[int, int] = (0, 0)
    """Range of the CRF of a passage through H.264, 1 to 51; (0, 0): off (paper)."""

    def __post_init__(self) -> None:
        rule = rules(self, "pixels")
        rule(0 <= self.chance <= 1, "chance", "as a share, from 0 to 1")
        rule(0 <= self.shift < 1, "shift", "as a share, from 0 to under 1")
        rule(0 <= self.zoom < 1, "zoom", "as a share, from 0 to under 1")
        rule(0 <= self.colour <= 1, "colour", "as a share, from 0 to 1")
        rule(self.rgb_shift >= 0, "rgb_shift", "in levels, 0 or more")
        rule(self.hsv >= 0, "hsv", "in levels, 0 or more")
        rule(0 <= self.brightness_contrast <= 1, "brightness_contrast", "as a share, from 0 to 1")
        rule(all(factor >= 1 for factor in self.downscale), "downscale", "as factors of 1 or more")
        rule(is_range(self.jpeg, 1.0, 100.0), "jpeg", "as qualities of 1 to 100, from low to high")
        rule(is_range(self.blur, 0.0), "blur", "as sigmas of 0 or more, from low to high")
        rule(
            self.resize[0] > 0 and is_range(self.resize, 0.0, 1.0),
            "resize",
            "as factors within (0, 1], from low to high",
        )
        rule(is_range(self.noise, 0.0), "noise", "as deviations of 0 or more, from low to high")
        rule(is_range(self.h264, 0.0, 51.0), "h264", "as a CRF of 0 to 51, from low to high")
