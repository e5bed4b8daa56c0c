"""The same recipe under several seeds: a run each, and what they have in common."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from barefaced.config.recipe import Recipe
from barefaced.runtime.files import write_json
from barefaced.values.card import ModelCard


def seed_runs(recipe: Recipe, out: Path, count: int) -> list[tuple[Recipe, Path]]:
    """List the recipe and folder of each run: seeds from the recipe's own on, in `out`/seed_N."""
    seeds = range(recipe.seed, recipe.seed + count)
    return [(replace(recipe, seed=seed), out / f"seed_{seed}") for seed in seeds]


def mean_and_spread(values: Mapping[int, Mapping[str, float]]) -> dict[str, tuple[float, float]]:
    """Take the mean and standard deviation (of a sample, n - 1) of each metric over the seeds that know it."""
    rows = {}
    for name in dict.fromkeys(name for metrics in values.values() for name in metrics):
        known = [metrics[name] for metrics in values.values() if math.isfinite(metrics.get(name, math.nan))]
        if known:
            rows[name] = (statistics.fmean(known), statistics.stdev(known) if len(known) > 1 else math.nan)
    return rows


def train_seeds(
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
    planned, values = seed_runs(recipe, out, count), {}
    for seeded, _ in planned:
        check(seeded)
    for seeded, folder in planned:
        card = run(seeded, folder)
        values[seeded.seed] = {name: metric.value for name, metric in card.metrics.items()}
    rows = mean_and_spread(values)
    if leads:
        over_seeds = {name: {"mean": mean, "sd": None if math.isnan(sd) else sd} for name, (mean, sd) in rows.items()}
        write_json(
            out / "seeds.json", {"seeds": {str(seed): values[seed] for seed in values}, "over_seeds": over_seeds}
        )
    lines = []
    for seed, metrics in values.items():
        numbers = ", ".join(f"{name} {value:.3f}" for name, value in metrics.items())
        lines.append(f"seed {seed}: {numbers or 'no validation clips'}")
    return [*lines, *(f"{name}: mean {mean:.3f}, sd {sd:.3f}, {count} seeds" for name, (mean, sd) in rows.items())]
