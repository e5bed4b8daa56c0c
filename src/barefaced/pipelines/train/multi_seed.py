"""The same recipe under several seeds: a run each, and what they have in common."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from barefaced.config.recipe import Recipe
from barefaced.runtime.files import write_json
from barefaced.values.card import ModelCard


def runs(recipe: Recipe, out: Path, count: int) -> list[tuple[Recipe, Path]]:
    """Recipe and folder of each run: seeds from the recipe's own on, in `out`/seed_N."""
    seeds = range(recipe.seed, recipe.seed + count)
    return [(replace(recipe, seed=seed), out / f"seed_{seed}") for seed in seeds]


def spread(values: Mapping[int, Mapping[str, float]]) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation (of a sample, n - 1) of each metric over the seeds that know it."""
    found = {}
    for name in dict.fromkeys(name for of in values.values() for name in of):
        known = [of[name] for of in values.values() if math.isfinite(of.get(name, math.nan))]
        if known:
            found[name] = (statistics.fmean(known), statistics.stdev(known) if len(known) > 1 else math.nan)
    return found


def several(
    recipe: Recipe,
    out: Path,
    count: int,
    run: Callable[[Recipe, Path], ModelCard],
    leads: bool,
    check: Callable[[Recipe], object] = lambda _: None,
) -> Sequence[str]:
    """Run each seed, one after the other; a killed series goes on where it stood.

    Args:
        run: one of them.
        leads: whether this process writes `out`/seeds.json.
        check: refuses a run that cannot work, of each before the first begins.

    Returns:
        a line for each seed and one for each metric's mean and standard deviation.
    """
    wanted, values = runs(recipe, out, count), {}
    for one, _ in wanted:
        check(one)
    for one, folder in wanted:
        card = run(one, folder)
        values[one.seed] = {name: metric.value for name, metric in card.metrics.items()}
    rows = spread(values)
    if leads:
        known = {name: {"mean": mean, "sd": None if math.isnan(sd) else sd} for name, (mean, sd) in rows.items()}
        write_json(out / "seeds.json", {"seeds": {str(seed): of for seed, of in values.items()}, "over_seeds": known})
    lines = [
        f"seed {seed}: " + (", ".join(f"{name} {value:.3f}" for name, value in of.items()) or "no validation clips")
        for seed, of in values.items()
    ]
    return [*lines, *(f"{name}: mean {mean:.3f}, sd {sd:.3f}, {count} seeds" for name, (mean, sd) in rows.items())]
