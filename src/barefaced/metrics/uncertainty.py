"""95 % intervals by a bootstrap clustered by origin.

Frames of a video are not independent, nor are a real clip and its forgeries: so origins are drawn with replacement, as
many as there are, and every row of an origin counts as often as its origin was drawn (Field & Welsh, JRSS B 2007).
The interval is the percentile one, from the 2.5 % to the 97.5 % quantile of the draws. Of bounded, smooth statistics
such as these it is good enough, and unlike BCa it needs no jackknife over origins.

Alphabet: N rows, O origins, B draws at a time, R rows of a block, V distinct scores of a block, W = V + 1, M = 3
metrics in the order of `METRICS`. A label is 0 (real) or 1 (fake).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, Int, Int64

from barefaced.metrics.ranking import check_rows
from barefaced.types import Interval

METRICS = ("auc", "eer", "ap")

BLOCK = 1 << 15
"""Numbers touched at once: arrays of this size stay in the processor's cache (100,000 rows: three times as fast as all
at once)."""


@dataclass(frozen=True)
class Block:
    """A stretch of rows in falling order of score; rows of equal score are never parted."""

    origin: Int64[np.ndarray, " R"]
    fake: Int64[np.ndarray, " R"]
    last: Int64[np.ndarray, " V"]
    """Of each distinct score, its last row."""


@dataclass(frozen=True)
class Ranked:
    """Rows sorted once, to be weighed many times."""

    blocks: tuple[Block, ...]
    reals: Int64[np.ndarray, " O"]
    """Real rows of each origin."""
    fakes: Int64[np.ndarray, " O"]
    """Fake rows of each origin."""


def rank(
    labels: Int[np.ndarray, " N"], scores: Float[np.ndarray, " N"], origins: Int[np.ndarray, " N"], count: int
) -> Ranked:
    """Sort rows for `weighted`. `origins` are numbers from 0 to `count` - 1.

    Raises:
        InputError: see `ranking.check_rows`.
    """
    check_rows(labels, scores)
    order = np.argsort(-scores, kind="stable")
    falling, fake, origin = scores[order], labels[order].astype(np.int64), origins[order].astype(np.int64)
    last = np.flatnonzero(np.append(falling[1:] != falling[:-1], True)) if len(order) else np.zeros(0, np.int64)
    # The last distinct score that ends in each stretch of BLOCK rows closes a block.
    closing = np.unique(np.searchsorted(last, np.arange(BLOCK, len(order) + BLOCK, BLOCK) - 1).clip(max=len(last) - 1))
    blocks, row, value = [], 0, 0
    for close in closing:
        end = int(last[close]) + 1
        blocks.append(Block(origin[row:end], fake[row:end], last[value : close + 1] - row))
        row, value = end, int(close) + 1
    return Ranked(
        blocks=tuple(blocks),
        reals=np.bincount(origin[fake == 0], minlength=count).astype(np.int64),
        fakes=np.bincount(origin[fake == 1], minlength=count).astype(np.int64),
    )


def weighted(ranked: Ranked, weights: Int64[np.ndarray, "B O"]) -> Float64[np.ndarray, "B M"]:
    """AUC, EER and AP for each row of origin weights; NaN where the weights leave one class.

    The counts are whole numbers, so AUC and EER are exact up to their last division. Equal to scikit-learn's with
    each row's weight as `sample_weight`.
    """
    reals, fakes = weights @ ranked.reals, weights @ ranked.fakes
    hits, alarms = np.zeros_like(fakes), np.zeros_like(reals)
    pairs, precision, crossing = np.zeros_like(fakes), np.zeros(len(weights)), np.full(len(weights), math.nan)
    for block in ranked.blocks:
        weight = weights.take(block.origin, axis=1)
        over = np.cumsum(weight, axis=1).take(block.last, axis=1)
        weight *= block.fake
        tp = np.cumsum(weight, axis=1).take(block.last, axis=1)
        over -= tp
        tp, fp = _carried(hits, tp), _carried(alarms, over)
        hit_steps, alarm_steps = np.diff(tp, axis=1), np.diff(fp, axis=1)
        pairs += np.einsum("bv,bv->b", alarm_steps, tp[:, 1:] + tp[:, :-1])
        precision += np.einsum("bv,bv->b", hit_steps, tp[:, 1:] / np.maximum(tp[:, 1:] + fp[:, 1:], 1))
        _cross(crossing, tp, fp, fakes, reals)
        hits, alarms = tp[:, -1], fp[:, -1]
    undefined = (reals == 0) | (fakes == 0)
    values = np.full((len(weights), len(METRICS)), math.nan)
    np.divide(pairs, 2.0 * reals * fakes, out=values[:, 0], where=~undefined)
    values[:, 1] = np.where(undefined, math.nan, crossing)
    np.divide(precision, fakes, out=values[:, 2], where=~undefined)
    return values


def _carried(start: Int64[np.ndarray, " B"], steps: Int64[np.ndarray, "B V"]) -> Int64[np.ndarray, "B W"]:
    """Running counts of a block that go on from `start`, which stands before them (W = V + 1)."""
    counts = np.empty((steps.shape[0], steps.shape[1] + 1), np.int64)
    counts[:, 0] = start
    np.add(steps, start[:, None], out=counts[:, 1:])
    return counts


def _cross(
    crossing: Float64[np.ndarray, " B"],
    tp: Int64[np.ndarray, "B W"],
    fp: Int64[np.ndarray, "B W"],
    fakes: Int64[np.ndarray, " B"],
    reals: Int64[np.ndarray, " B"],
) -> None:
    """Write the EER of each draw whose ROC crosses miss rate = false-alarm rate inside this block."""
    # gap = fpr - fnr, times both counts: whole numbers, rising along the curve from below zero to above.
    first, end = (fp[:, at] * fakes + tp[:, at] * reals - fakes * reals for at in (0, -1))
    for draw in np.flatnonzero((first < 0) & (end >= 0)):
        gap = fp[draw] * fakes[draw] + tp[draw] * reals[draw] - fakes[draw] * reals[draw]
        at = int(np.searchsorted(gap, 0))
        share = -gap[at - 1] / (gap[at] - gap[at - 1])
        crossing[draw] = (fp[draw, at - 1] + share * (fp[draw, at] - fp[draw, at - 1])) / reals[draw]


def origin_weights(count: int, rng: np.random.Generator) -> Int64[np.ndarray, " O"]:
    """How often each of `count` origins is drawn when `count` are drawn with replacement."""
    return np.bincount(rng.integers(0, count, count), minlength=count).astype(np.int64)


def bootstrap(
    labels: Int[np.ndarray, " N"],
    scores: Float[np.ndarray, " N"],
    origins: Int[np.ndarray, " N"],
    rng: np.random.Generator,
    draws: int,
) -> Float64[np.ndarray, "draws M"]:
    """The metrics of `draws` draws of origins; a row is NaN where a class vanished.

    Origins are numbers from 0. The draws depend on the generator and the number of origins alone, so two tables over
    the same origins, or two levels of one table, are weighed alike. With fewer than 2 origins holding a class nothing
    can be said of how that class varies: every row is NaN.

    Raises:
        InputError: see `ranking.check_rows`.
    """
    count = int(origins.max()) + 1 if origins.size else 0
    ranked = rank(labels, scores, origins, count)
    if not draws or min(np.count_nonzero(ranked.reals), np.count_nonzero(ranked.fakes)) < 2:
        return np.full((draws, len(METRICS)), math.nan)
    step = max(1, BLOCK // max(len(labels), count))
    return np.concatenate([weighted(ranked, weights) for weights in _batches(count, rng, draws, step)])


def _batches(count: int, rng: np.random.Generator, draws: int, step: int) -> Iterator[Int64[np.ndarray, "B O"]]:
    for start in range(0, draws, step):
        yield np.stack([origin_weights(count, rng) for _ in range(min(step, draws - start))])


def interval(value: float, draws: Float[np.ndarray, " draws"]) -> Interval:
    """`value` and the percentile bounds of the draws that are not NaN; NaN bounds where none is left."""
    kept = draws[np.isfinite(draws)]
    if not kept.size or math.isnan(value):
        return Interval(value, math.nan, math.nan)
    low, high = np.quantile(kept, (0.025, 0.975))
    return Interval(value, float(low), float(high))
