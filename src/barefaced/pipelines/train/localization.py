"""How well a student says where the validation forgeries were altered.

Alphabet: N crops, S their side, h w cells of the student's map, P = `GRID` pixels a side that both are brought to.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Shaped, UInt8
from torch import Tensor
from torch.nn.functional import interpolate

from barefaced.datasets.data_loader import score_batches
from barefaced.datasets.selection import Selection
from barefaced.datasets.windows import central_window
from barefaced.metrics.localization import clustered_mean, pixel_auc
from barefaced.model.localization_head import SHARE_OF_REALS, target
from barefaced.model.student import Student
from barefaced.values.scores import Interval

GRID = 64
"""Side in pixels at which maps and masks are compared, whatever the stride and the input size."""
BATCH = 64


def measure_where(
    data: Selection, student: Student, kind: Literal["region", "boundary"], seed: int, draws: int
) -> dict[str, Interval]:
    """Measure the student's head on the validation crops; numbers by name for the card.

    The pixel AUC on the forgeries that have a mask, and beside it that of one map for all, the mean of their masks:
    faces lie in the middle of a crop, and so does most of what is altered. And how much of a crop the head holds for
    altered, on them and on real faces: the loss weighs altered and other cells alike, so it says so too often. What
    cannot be measured for want of such crops is left out.

    Raises:
        StoreDamaged: a crop or a mask is not what was stored.
    """
    clips = {clip.clip: clip for clip in data.val_clips}
    reals, forged = _Found(), _Found()
    altered = []
    for store, stored_crops in data.val:
        real = [crop for crop in stored_crops if not clips[crop.clip].label]
        masked = [crop for crop in stored_crops if crop.mask and clips[crop.clip].label]
        for into, crops in ((reals, real), (forged, masked)):
            for batch in score_batches(store, crops, BATCH, data.crop.size):
                for _, error in batch.damaged:
                    raise error
                cells = student.locate(batch.pictures)
                into.maps.append(_on_grid(torch.from_numpy(cells)).numpy())
                into.origins.extend(clips[crop.clip].origin for crop in batch.crops)
                if into is forged:
                    stored = [mask for crop in batch.crops if (mask := store.load_mask(crop)) is not None]
                    masks = np.stack([central_window(mask, data.crop.size) for mask in stored])
                    altered.append(_truth(torch.from_numpy(masks), cells.shape[1:], kind))
    measured = {}
    if altered:
        truth, (maps, origins) = np.concatenate(altered), forged.joined()
        alike = np.broadcast_to(truth.mean(axis=0, dtype=np.float32), truth.shape)
        measured |= {
            f"validation pixel AUC, altered {kind}": pixel_auc(truth, maps, origins, seed, draws),
            "validation pixel AUC, one map for all": pixel_auc(truth, alike, origins, seed, draws),
        }
    for name, part in (("validation share held for altered, forgeries", forged), (SHARE_OF_REALS, reals)):
        if part.maps:
            maps, origins = part.joined()
            measured[name] = clustered_mean((maps > 0.5).mean(axis=(1, 2)), origins, seed, draws)
    return measured


@dataclass(frozen=True)
class _Found:
    """Maps of crops and the crops' origins, batch by batch."""

    maps: list[Float32[np.ndarray, "B P P"]] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)

    def joined(self) -> tuple[Float32[np.ndarray, "N P P"], Shaped[np.ndarray, " N"]]:
        return np.concatenate(self.maps), np.array(self.origins, object)


def _truth(
    masks: UInt8[Tensor, "N S S"], cells: tuple[int, int], kind: Literal["region", "boundary"]
) -> Bool[np.ndarray, "N P P"]:
    """Over a half: of the altered share of a pixel of the grid, or of the boundary in the map's own cells."""
    shares = target(masks, (GRID, GRID), kind) if kind == "region" else _on_grid(target(masks, cells, kind))
    return (shares >= 0.5).numpy()


def _on_grid(maps: Float[Tensor, "N h w"]) -> Float32[Tensor, "N P P"]:
    return interpolate(maps[:, None].float(), (GRID, GRID), mode="bilinear", align_corners=False)[:, 0]
