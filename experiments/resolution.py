"""Does a data set's verdict hang on how large its faces are in the frame?

Run: python experiments/resolution.py STORE --students FILE... [--seed 0]

In some sets the forged faces fill more of the frame than the real ones. At one crop size they are then shrunk more and
look crisper, and a detector that takes smooth for forged ranks them the wrong way round. For STORE this prints the AUC
of the face's size and of the crop's sharpness alone; and for each student (as experiments/compare.py keeps them) the
frame AUC as the crops are, and with every forged crop first brought to the resolution of a real one drawn at random
(shrunk and enlarged again; never sharpened). Subjects' crops, every one; the real ones are left as they are.
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import UInt8
from safetensors import safe_open
from sklearn.metrics import roc_auc_score

from barefaced.config.parsing import recipe
from barefaced.config.recipe import StudentSettings
from barefaced.datasets.store import Store
from barefaced.model.student import Student
from forged import BATCH
from jobs import COMMON
from paired import rows_of


def coarser(picture: UInt8[np.ndarray, "S S 3"], share: float) -> UInt8[np.ndarray, "S S 3"]:
    """Shrunk to this share of its side and enlarged again; as it is where the share is 1 or more."""
    side = picture.shape[0]
    small = max(round(side * share), 8)
    if small >= side:
        return picture
    shrunk = cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(shrunk, (side, side), interpolation=cv2.INTER_LINEAR), np.uint8)


def opened(file: Path, settings: StudentSettings) -> Student:
    student = Student(settings)
    with safe_open(file, "pt") as tensors:
        student.load_state_dict({name: tensors.get_tensor(name) for name in tensors.keys()})  # noqa: SIM118
    return student


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--students", nargs="+", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    store = Store.open(asked.store)
    label = {clip.clip: clip.label for clip in store.clips()}
    crops = [crop for crop in store.crops() if crop.subject]
    fake = np.array([label[crop.clip] for crop in crops], bool)
    size = np.array([crop.quality.face_pixels for crop in crops])
    sharp = np.array([crop.quality.sharpness for crop in crops])
    print(
        f"{(~fake).sum()} real and {fake.sum()} forged crops; AUC of size alone {roc_auc_score(fake, size):.3f}, "
        f"of sharpness alone {roc_auc_score(fake, sharp):.3f}; median size {np.median(size[~fake]):.0f} and "
        f"{np.median(size[fake]):.0f} px\n"
    )
    pictures = np.stack([store.load(crop) for crop in crops])
    drawn = np.random.default_rng(asked.seed).choice(size[~fake], len(crops))
    share = np.where(fake, drawn / size, 1)  # in the camera's pixels: who was shrunk more has less noise and more edge
    alike = np.stack([coarser(picture, of) for picture, of in zip(pictures, share, strict=True)])
    settings = recipe(None, list(COMMON)).student
    rows = []
    for file in asked.students:
        student = opened(file, settings)
        found = [roc_auc_score(fake, student.score(some, BATCH)) for some in (pictures, alike)]
        rows.append({"student": file.stem, "as they are": f"{found[0]:.3f}", "at one resolution": f"{found[1]:.3f}"})
    print(rows_of(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
