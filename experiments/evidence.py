"""Do the heat maps matter, and which layer's do?

Run: python experiments/evidence.py MODEL STORE [--crops 100] [--seed 0]

For forged crops of STORE that MODEL calls forged (logit difference over 0), by the layer that `explain.heat` takes (the
deepest of 8 cells a side or more) and by the last map: how far the opinion falls when the hottest fifth is blurred, how
far when the same shape elsewhere is, and for how many crops the first beats 95 % of the second. Where the store has
masks, also how much of the heat lies on forged pixels, against the share of the crop that they are (chance).
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

from barefaced.datasets.store import Store
from barefaced.model.checkpoint import load
from barefaced.pipelines.detect.heat_map import CELLS, deletion, heat_maps, layer_of, margins_of
from paired import rows_of


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("store", type=Path)
    parser.add_argument("--crops", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    student, _ = load(asked.model)
    student.eval()
    store, rng = Store.open(asked.store), np.random.default_rng(asked.seed)
    label = {clip.clip: clip.label for clip in store.clips()}
    forged = [crop for crop in store.crops() if crop.subject and label[crop.clip]]
    some = [forged[n] for n in rng.permutation(len(forged))[: 4 * asked.crops]]
    pictures = np.stack([store.load(crop) for crop in some])
    called = np.flatnonzero(margins_of(student, pictures) > 0)[: asked.crops]
    print(f"{len(called)} forged crops that the model calls forged\n")
    rows = []
    for name, layer in ((f"{CELLS} cells or more", layer_of(student)), ("the last map", student.encoder.project)):
        tests, inside, areas = [], [], []
        for n in called:
            [heat] = heat_maps(student, pictures[n : n + 1], layer)
            tests.append(deletion(student, pictures[n], heat, np.random.default_rng((asked.seed, n))))
            marked = store.load_mask(some[n])
            if marked is not None and heat.any():
                mask = marked > 127
                inside.append(float(heat[mask].sum() / heat.sum()))
                areas.append(float(mask.mean()))
        drops = np.array([[test.drop, test.elsewhere, test.beats > 0.95] for test in tests])
        rows.append(
            {
                "layer": name,
                "fall, hottest fifth": f"{drops[:, 0].mean():.2f}",
                "fall, elsewhere": f"{drops[:, 1].mean():.2f}",
                "beats 95 % of places": f"{drops[:, 2].mean():.2f}",
                "heat on forged pixels": f"{np.mean(inside):.2f}" if inside else "-",
                "by chance": f"{np.mean(areas):.2f}" if areas else "-",
            }
        )
    print(rows_of(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
