"""What a preset changes of a recipe's defaults, by full name; a setting given by name wins over its preset."""

from barefaced.config.recipe import Preset

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
