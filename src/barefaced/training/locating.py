"""How well a student says where the validation forgeries were altered.

Alphabet: N crops, S their side, h w cells of the student's map, P = `GRID` pixels a side that both are brought to.
"""

from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, UInt8
from torch import Tensor
from torch.nn.functional import interpolate

from barefaced.datasets.loading import score_batches
from barefaced.datasets.selection import Selection
from barefaced.datasets.windows import central_window
from barefaced.metrics.locating import pixel_auc
from barefaced.model.locating import target
from barefaced.model.student import Student
from barefaced.types import Interval

GRID = 64
"""Side in pixels at which maps and masks are compared, whatever the stride and the input size."""
BATCH = 64


def measure_where(
    data: Selection, student: Student, kind: Literal["region", "boundary"], seed: int, draws: int
) -> dict[str, Interval]:
    """Measure the pixel AUC of the student's head on the validation forgeries that have a mask, by name for the card.

    Beside it that of one map for all, the mean of their masks: faces lie in the middle of a crop, and so does most of
    what is altered. Nothing where no validation forgery has a mask.

    Raises:
        StoreDamaged: a crop or a mask is not what was stored.
    """
    clips = {clip.clip: clip for clip in data.val_clips}
    altered, maps, origins = [], [], []
    for store, some in data.val:
        masked = [crop for crop in some if crop.mask and clips[crop.clip].label]
        for batch in score_batches(store, masked, BATCH, data.crop.size):
            for _, error in batch.damaged:
                raise error
            stored = [mask for crop in batch.crops if (mask := store.load_mask(crop)) is not None]
            masks = np.stack([central_window(mask, data.crop.size) for mask in stored])
            found = student.locate(batch.pictures)
            altered.append(_truth(torch.from_numpy(masks), found.shape[1:], kind))
            maps.append(_on_grid(torch.from_numpy(found)).numpy())
            origins += [clips[crop.clip].origin for crop in batch.crops]
    if not altered:
        return {}
    truth, found = np.concatenate(altered), np.concatenate(maps)
    alike = np.broadcast_to(truth.mean(axis=0, dtype=np.float32), truth.shape)
    named = np.array(origins, object)
    return {
        f"validation pixel AUC, altered {kind}": pixel_auc(truth, found, named, seed, draws),
        "validation pixel AUC, one map for all": pixel_auc(truth, alike, named, seed, draws),
    }


def _truth(
    masks: UInt8[Tensor, "N S S"], cells: tuple[int, int], kind: Literal["region", "boundary"]
) -> Bool[np.ndarray, "N P P"]:
    """Over a half: of the altered share of a pixel of the grid, or of the boundary in the map's own cells."""
    shares = target(masks, (GRID, GRID), kind) if kind == "region" else _on_grid(target(masks, cells, kind))
    return (shares >= 0.5).numpy()


def _on_grid(maps: Float[Tensor, "N h w"]) -> Float32[Tensor, "N P P"]:
    return interpolate(maps[:, None].float(), (GRID, GRID), mode="bilinear", align_corners=False)[:, 0]
