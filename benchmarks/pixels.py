"""What one picture's augmentation costs by library: python benchmarks/pixels.py [--side 256] [--repeats 60]

One uint8 picture, one thread, as in the processes that load: each operation through OpenCV (with the conversions that
it needs), through torchvision's v2 functions and through kornia on a float tensor, made and taken back to uint8 (the
conversion is part of their time, for the picture comes as bytes and leaves as bytes). H.264 through PyAV, one coded
frame. Then all of `transforms.augment` for a group of five, by the paper's settings and by the stronger ones.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import cv2
import kornia
import numpy as np
import torch

from barefaced.config.pictures import PixelSettings
from barefaced.datasets import transforms
from barefaced.model.torchvision_operators import declare_operators

declare_operators()
from torchvision.transforms.v2 import functional as v2  # noqa: E402

STRONG = PixelSettings(blur=(0.3, 2.0), resize=(0.35, 1.0), noise=(1.0, 8.0), h264=(18, 38))


def milliseconds(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        times.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=60)
    chosen = parser.parse_args()
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    side, generator = chosen.side, np.random.default_rng(0)
    ramp = np.add.outer(np.linspace(0, 150, side), np.linspace(0, 60, side))[..., None]
    image = (ramp + generator.normal(20, 6, (side, side, 3))).clip(0, 255).astype(np.uint8)
    tensor = torch.from_numpy(image).movedim(-1, 0).contiguous()

    def floats(work: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[], torch.Tensor]:
        return lambda: work(tensor[None].float() / 255).mul(255).round().clamp(0, 255).to(torch.uint8)

    half = (side // 2, side // 2)
    rows: dict[str, dict[str, Callable[[], object]]] = {
        "blur, sigma 1.5": {
            "opencv": lambda: transforms.blur(image, 1.5),
            "torchvision": lambda: v2.gaussian_blur(tensor, [9, 9], [1.5, 1.5]),
            "kornia": floats(lambda x: kornia.filters.gaussian_blur2d(x, (9, 9), (1.5, 1.5))),
        },
        "halved and doubled": {
            "opencv": lambda: transforms.resize(image, 0.5, cv2.INTER_AREA, cv2.INTER_LINEAR),
            "torchvision": lambda: v2.resize(v2.resize(tensor, list(half)), [side, side]),
            "kornia": floats(
                lambda x: kornia.geometry.resize(kornia.geometry.resize(x, half, antialias=True), (side, side))
            ),
        },
        "jpeg 60": {
            "opencv": lambda: transforms.jpeg(image, 60),
            "torchvision": lambda: v2.jpeg(tensor, 60),
            "kornia": floats(lambda x: kornia.enhance.jpeg_codec_differentiable(x, torch.tensor([60.0]))),
        },
        "noise, 5": {
            "opencv": lambda: transforms.noise(image, 5.0, generator),
            "torchvision": floats(lambda x: v2.gaussian_noise(x, sigma=5 / 255)),
            "kornia": floats(lambda x: (x + torch.randn_like(x) * 5 / 255).clamp(0, 1)),
        },
        "sharpen": {
            "opencv": lambda: transforms.sharpen(image, 0.4),
            "torchvision": lambda: v2.adjust_sharpness(tensor, 1.4),
            "kornia": floats(lambda x: kornia.filters.unsharp_mask(x, (5, 5), (1.0, 1.0))),
        },
        "h264, crf 28": {"pyav": lambda: transforms.h264(image, 28)},
    }
    print(f"one picture of {side} px, one thread, median of {chosen.repeats}, ms")
    for name, works in rows.items():
        found = []
        for library, work in works.items():
            try:
                work()
            except (RuntimeError, NotImplementedError, AttributeError) as e:  # torchvision without its operators
                found.append(f"{library} not here ({type(e).__name__})")
            else:
                found.append(f"{library} {milliseconds(work, chosen.repeats):.2f}")
        print(f"  {name:20}" + "   ".join(found))
    group = np.stack([image] * 5)
    for name, settings in (("paper", PixelSettings()), ("stronger", STRONG)):
        took = milliseconds(lambda s=settings: transforms.augment(group, s, generator), chosen.repeats)
        print(f"  augment, {name:12}{took / 5:.2f} a picture")


if __name__ == "__main__":
    main()
