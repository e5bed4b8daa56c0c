"""Draws docs/figures/latent_space.png: the teacher's latent space before and after the latent augmentations.

Run: python docs/figures/latent_space.py RUN [--stores STORE ...] [--out FILE] [--tsne] [--seed 0]

RUN is a folder of `barefaced train` whose recipe has a teacher; its training groups, without image augmentation, go
through the teacher in evaluation mode, in batches as large as in training, so that the centre memory serves what it
served there. A dot is one feature map, averaged over its positions. The axes are the first two principal components of
the forged ones before augmentation (or with --tsne a t-SNE of everything together). Dots only: the faces are not ours
to show.

Alphabet: G groups, D forgery domains, C H W feature map, P points.
"""

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from barefaced.datasets.loading import load_batches
from barefaced.model.state import load_state
from barefaced.parsing import built, recipe_parser
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from torch import Generator, Tensor

from barefaced.config.pictures import PixelSettings
from barefaced.config.recipe import Recipe
from barefaced.datasets.groups import GroupSampler
from barefaced.datasets.selection import Selection, select
from barefaced.model import augment
from barefaced.model.augment_draws import WithinDraws
from barefaced.model.lsda import LSDA
from barefaced.reports.figures import COLOURS, GREY, LETTERS, save

HERE = Path(__file__).parent
DOTS_PER_INCH = 100
PALE = "#DDDDDD"
"""Of what stays in the background."""


@dataclass(frozen=True)
class Space:
    """Pooled features [P C] by name; the numbers of their domains [P], 0 is real."""

    plain: np.ndarray
    domain: np.ndarray
    within: np.ndarray
    across: np.ndarray
    forged: np.ndarray
    """The domains of `within` and `across`."""


def trained(run: Path, stores: tuple[str, ...]) -> tuple[Recipe, Selection, LSDA]:
    """A run's recipe, its data, and its networks as its last state left them."""
    parser = recipe_parser()
    made = built(Recipe, parser, parser.parse_object(json.loads((run / "run.json").read_text())["recipe"]))
    made = replace(made, data=replace(made.data, stores=stores or made.data.stores))
    data = select(made.data, made.seed)
    model = LSDA(made, data.groups.methods, data.made.crop.margin)
    adam = torch.optim.Adam(p for p in model.parameters() if p.requires_grad)
    load_state(max((run / "states").glob("*.safetensors")), {"model": model}, adam)
    return made, data, model.eval()


@torch.inference_mode()
def space(made: Recipe, data: Selection, model: LSDA, seed: int) -> Space:
    """Every training group once, in the order of the first epoch."""
    sampler = GroupSampler(len(data.groups.groups), made.optim.groups, made.seed)
    batches = load_batches(data.groups, data.stores, sampler, PixelSettings(chance=0), made.seed, workers=0)
    generator = Generator().manual_seed(seed)
    plain, domain, within, across, forged = [], [], [], [], []
    for batch in batches:
        here = batch.present[:, 1:]
        draws = model.draw(batch, generator)
        assert isinstance(draws.within, WithinDraws)
        assert draws.cross is not None
        pixels = model.student.preprocess(batch.images.flatten(0, 1)).unflatten(0, batch.present.shape)
        z = model.forgery(pixels[:, 1:], here)
        moved = augment.within_domain(z, draws.within, model.memory(z, here), relative=made.augment.relative)
        blended = augment.mixup(z, draws.cross.partner, draws.cross.alpha)
        numbers = torch.arange(batch.present.shape[1]).expand_as(batch.present)
        everything = torch.cat([model.real(batch.images[:, 0], model.size).unsqueeze(1), z], dim=1)
        for rows, some in (
            (plain, _pooled(everything[batch.present])),
            (domain, numbers[batch.present]),
            (within, _pooled(moved[here])),
            (across, _pooled(blended[here])),
            (forged, numbers[:, 1:][here]),
        ):
            rows.append(some.numpy())
    return Space(*(np.concatenate(rows) for rows in (plain, domain, within, across, forged)))


def _pooled(maps: Tensor) -> Tensor:
    return maps.mean(dim=(-2, -1))


def projected(seen: Space, tsne: bool, seed: int) -> tuple[Space, tuple[str, str]]:
    """The same in two dimensions, and the names of the axes."""
    if tsne:
        together = np.concatenate([seen.plain, seen.within, seen.across])
        flat = TSNE(random_state=seed, init="pca").fit_transform(together)
        plain, within, across = np.split(flat, [len(seen.plain), len(seen.plain) + len(seen.within)])
        return replace(seen, plain=plain, within=within, across=across), ("t-SNE 1", "t-SNE 2")
    # The forged alone: the first component would else only part them from the real ones, which nothing augments.
    axes = PCA(2, random_state=seed).fit(seen.plain[seen.domain > 0])
    first, second = axes.explained_variance_ratio_
    plain, within, across = (axes.transform(some) for some in (seen.plain, seen.within, seen.across))
    names = (f"component 1 ({first:.0%} of the variance)", f"component 2 ({second:.0%})")
    return replace(seen, plain=plain, within=within, across=across), names


def drawn(flat: Space, methods: tuple[str, ...], names: tuple[str, str]) -> Figure:
    """The plain features, then each kind of augmented ones over them in light grey; one scale for all."""
    colours = np.array((GREY, *COLOURS))
    figure = Figure(figsize=(12, 5.4), dpi=DOTS_PER_INCH, layout="constrained")
    before, within, across = figure.subplots(1, 3, sharex=True, sharey=True)
    for axes, title, points, domains, marker in (
        (before, "before", flat.plain, flat.domain, "o"),
        (within, "after: within-domain", flat.within, flat.forged, "^"),
        (across, "after: cross-domain", flat.across, flat.forged, "x"),
    ):
        if axes is not before:
            _dots(axes, flat.plain, np.array([PALE] * len(flat.plain)), "o")
        _dots(axes, points, colours[domains], marker)
        axes.set_title(title, fontsize=LETTERS + 3)
        axes.tick_params(labelsize=LETTERS)
        axes.spines[["top", "right"]].set_visible(False)
    within.set_xlabel(names[0], fontsize=LETTERS + 1)
    before.set_ylabel(names[1], fontsize=LETTERS + 1)
    handles = [_handle(name, colour, "s") for name, colour in zip(methods, colours, strict=False)]
    handles += [_handle("as before", PALE, "o")]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=LETTERS + 1, frameon=False)
    return figure


def _dots(axes: Axes, points: np.ndarray, colours: np.ndarray, marker: str) -> None:
    # In one shuffled heap: drawn domain by domain the last would cover the others.
    order = np.random.default_rng(0).permutation(len(points))
    axes.scatter(*points[order].T, c=colours[order], marker=marker, s=22, linewidths=0.9, alpha=0.7)


def _handle(name: str, colour: str, marker: str) -> Line2D:
    return Line2D([], [], color=colour, marker=marker, linestyle="none", markersize=8, label=name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--stores", nargs="*", default=[], help="where they are now; the recipe's by default")
    parser.add_argument("--out", type=Path, default=HERE / "latent_space.png")
    parser.add_argument("--tsne", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    made, data, model = trained(chosen.run, tuple(chosen.stores))
    seen = space(made, data, model, chosen.seed)
    flat, names = projected(seen, chosen.tsne, chosen.seed)
    save(drawn(flat, data.groups.methods, names), chosen.out)
    print(f"{chosen.out}: {len(seen.plain)} features of {len(data.groups.groups)} groups")


if __name__ == "__main__":
    main()
