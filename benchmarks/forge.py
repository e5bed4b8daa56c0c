"""What forging costs and how often the checks refuse it.

Run: python benchmarks/forge.py FOLDER... [--faces 1000] [--side 256] [--seed 0] [--autoencoder FOLDER]

FOLDER holds photographs of real faces, one person each. From each folder --faces pictures are taken, evenly by name;
the largest face found is aligned and given its dense landmarks. Then every method without a network forges every face
once, with one draw; donors are chosen as `ForgeSettings` says, among all folders' faces; with --autoencoder,
`latent_swap`, too. One thread; times are medians over faces of the process's own time, which other programs on the
machine lengthen less than the clock's. `faces/s` is a core's forging alone, `with landmarks` the finding of the points
too. The refused are those of a first draw: `ForgeSettings.tries` would draw anew. Last, on the masks of face swaps,
what closing the seam costs.

H W S sides in pixels. Pictures are RGB uint8; landmarks are FaceMesh's 468 points in crop pixels.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from barefaced.config.media import CropSettings, FinderSettings
from barefaced.config.pictures import ForgeSettings
from barefaced.errors import NoFace, UnreadableMedia
from barefaced.faces.align import crop, to_crop
from barefaced.faces.face_finder import load_finder
from barefaced.faces.face_mesh import FaceMesh
from barefaced.faces.pictures import read_pixels
from barefaced.forgery import donor as donors
from barefaced.forgery.checks import refusal
from barefaced.forgery.colour import cloned
from barefaced.forgery.donor import Donor, Features
from barefaced.forgery.masks import window
from barefaced.forgery.methods.face_swap import face_swap
from barefaced.forgery.methods.latent_swap import LatentSwap
from barefaced.forgery.registry import METHODS, Method

PICTURES = (".jpg", ".jpeg", ".png")
SEAMS = 100
"""Face swaps whose seam is closed in both ways."""


@dataclass(frozen=True)
class Known:
    """A real face, aligned, and what donors are chosen by."""

    rgb: UInt8[np.ndarray, "S S 3"]
    landmarks: Float32[np.ndarray, "468 3"]
    features: Features


def files_of(folder: Path, count: int) -> list[Path]:
    """At most `count` pictures, evenly by name."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
    return [files[n] for n in np.linspace(0, len(files) - 1, min(count, len(files))).astype(int)]


def aligned(files: Sequence[Path], settings: CropSettings) -> Iterator[UInt8[np.ndarray, "S S 3"]]:
    """The largest face of each picture that shows one."""
    finder = load_finder(FinderSettings(side=256), threads=1)
    for path in files:
        try:
            rgb, _ = next(read_pixels(path))
            found = max(finder.find(rgb), key=lambda face: float(np.prod(face.box[2:] - face.box[:2])), default=None)
            if found is not None:
                yield crop(rgb, to_crop(found.landmarks, settings), settings.size)
        except (NoFace, UnreadableMedia) as e:
            print(f"left out {path.name}: {e}")


def faces_of(folders: Sequence[Path], count: int, side: int) -> tuple[list[Known], float, float]:
    """The faces with landmarks, and the median seconds of landmarks and of features."""
    mesh, known = FaceMesh(threads=1), []
    finding, describing = [], []
    for folder in folders:
        files, before = files_of(folder, count), len(known)
        for rgb in aligned(files, CropSettings(size=side)):
            begin = time.process_time()
            points = mesh.find(rgb)
            finding.append(time.process_time() - begin)
            if points is None:
                continue
            begin = time.process_time()
            features = donors.features(rgb, points)
            describing.append(time.process_time() - begin)
            known.append(Known(rgb, points, features))
        print(f"{folder.name}: {len(files)} pictures, {len(known) - before} faces with landmarks")
    return known, float(np.median(finding)), float(np.median(describing))


def chosen(known: Sequence[Known], settings: ForgeSettings, seed: int) -> tuple[list[Known], float]:
    """Who lends each face one, and the median seconds of choosing."""
    everyone, lenders, taken = [face.features for face in known], [], []
    for n, face in enumerate(known):
        others = everyone[:n] + everyone[n + 1 :]
        begin = time.process_time()
        at = donors.choose(
            face.features, others, np.random.default_rng((seed, n)), settings.donors, settings.pose, settings.skin
        )
        taken.append(time.process_time() - begin)
        lenders.append(known[at if at < n else at + 1])
    return lenders, float(np.median(taken))


def forged(
    name: str, method: Method, known: Sequence[Known], lenders: Sequence[Known], seed: int
) -> tuple[list[float], Counter[str]]:
    """Seconds of each face, and the checks' words."""
    taken, words = [], Counter[str]()
    for n, (face, lender) in enumerate(zip(known, lenders, strict=True)):
        lent = Donor(lender.rgb, lender.landmarks) if METHODS[name].needs_donor else None
        generator = np.random.default_rng((seed, n))
        begin = time.process_time()
        made = method(face.rgb, face.landmarks, generator, lent)
        taken.append(time.process_time() - begin)
        words[refusal(face.rgb, made.pixels, made.mask, face.landmarks)] += 1
    return taken, words


def seams(known: Sequence[Known], lenders: Sequence[Known], seed: int) -> tuple[float, float]:
    """Median seconds of `colour.cloned` and of OpenCV's seamlessClone, on the parts that face swaps blend."""
    ours, theirs = [], []
    for n, (face, lender) in enumerate(zip(known[:SEAMS], lenders[:SEAMS], strict=True)):
        lent = Donor(lender.rgb, lender.landmarks)
        mask = face_swap(face.rgb, face.landmarks, np.random.default_rng((seed, n)), lent).mask
        rows, columns = window(mask)
        over, under, weight = lender.rgb[rows, columns], face.rgb[rows, columns], mask[rows, columns]
        begin = time.process_time()
        cloned(over, under, weight)
        ours.append(time.process_time() - begin)
        binary = (weight > 0.5).astype(np.uint8) * 255
        x, y, wide, high = cv2.boundingRect(binary)
        begin = time.process_time()
        cv2.seamlessClone(over, under, binary, (x + wide // 2, y + high // 2), cv2.NORMAL_CLONE)
        theirs.append(time.process_time() - begin)
    return float(np.median(ours)), float(np.median(theirs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--faces", type=int, default=1000, help="pictures of each folder")
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--autoencoder", type=Path, help="as forge's")
    asked = parser.parse_args()
    cv2.setNumThreads(0)

    known, finding, describing = faces_of(asked.folders, asked.faces, asked.side)
    lenders, choosing = chosen(known, ForgeSettings(), asked.seed)
    print(
        f"{len(known)} faces at {asked.side} px; a face: landmarks {finding * 1e3:.2f} ms, features "
        f"{describing * 1e3:.2f} ms, choice of a donor {choosing * 1e3:.2f} ms\n"
    )
    print("| method | ms | faces/s | with landmarks | slowest 1 % ms | refused | reasons |")
    print("|---|---|---|---|---|---|---|")
    given = {"latent_swap": LatentSwap(asked.autoencoder)} if asked.autoencoder else {}
    functions = {name: entry.function for name, entry in METHODS.items() if entry.function}
    for name, method in (functions | given).items():
        taken, words = forged(name, method, known, lenders, asked.seed)
        middle, bad = float(np.median(taken)), {word: count for word, count in words.most_common() if word}
        print(
            f"| {name} | {middle * 1e3:.1f} | {1 / middle:.0f} | {1 / (middle + finding):.0f} "
            f"| {np.quantile(taken, 0.99) * 1e3:.1f} | {sum(bad.values()) / len(known):.1%} "
            f"| {', '.join(f'{word} {count}' for word, count in bad.items())} |",
            flush=True,
        )
    ours, theirs = seams(known, lenders, asked.seed)
    print(f"\nclosing a seam: cloned {ours * 1e3:.1f} ms, cv2.seamlessClone {theirs * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
