"""What an evaluation costs, and whether its statistics hold what they promise.

    python benchmarks/evaluation.py speed       2,000 draws over 100,000 clips; 1,000,000 frame rows: seconds and memory
    python benchmarks/evaluation.py bins        how far bins move a draw's metrics
    python benchmarks/evaluation.py coverage    how often 95 % intervals hold the true AUC, clustered and naive
    python benchmarks/evaluation.py null        how often a paired test finds a difference that is not there

Every draw is seeded. C clips, O origins of 5 clips (a real one and four forgeries).
"""

import argparse
import math
import resource
import time

import numpy as np
from scipy.stats import norm

from barefaced.metrics.bootstrap.binned import BINS, bin_scores, metrics_from_counts, prepare_metrics
from barefaced.metrics.bootstrap.confidence_interval import (
    Contrast,
    Stratum,
    bootstrap,
    count_rows,
    draw_metrics,
    interval,
    origin_weights,
)
from barefaced.metrics.comparison import two_sided
from barefaced.metrics.evaluation import evaluate
from barefaced.metrics.ranking import auc
from barefaced.values.card import Thresholds
from barefaced.values.evaluation import METRICS
from barefaced.values.scores import ScoreTable

METHODS = ("real", "a", "b", "c", "d")
LABEL = np.array([0, 1, 1, 1, 1])
AUC = METRICS.index("auc")


def table(rows: int, frames: int, seed: int = 0) -> ScoreTable:
    """Two data sets of origins with 5 clips each, every clip of `frames` rows."""
    rng, clips = np.random.default_rng(seed), rows // frames
    origin, method = np.arange(clips) // 5, np.arange(clips) % 5
    dataset = np.array(["celeb", "ff"], object)[origin % 2]
    names = np.array(METHODS, object)[method]
    score = rng.normal(size=clips) + 0.8 * (method > 0)

    def each(column: np.ndarray) -> np.ndarray:
        return np.repeat(column, frames)

    return ScoreTable(
        clip=each(np.array([f"{d}/{m}/{o:06d}" for d, m, o in zip(dataset, names, origin, strict=True)], object)),
        track=np.zeros(clips * frames, np.int64),
        frame=np.tile(np.arange(frames), clips),
        seconds=np.zeros(clips * frames),
        fakeness=1 / (1 + np.exp(-each(score) - 0.5 * rng.normal(size=clips * frames))),
        label=each((method > 0).astype(np.int64)),
        dataset=each(dataset),
        method=each(names),
        origin=each(np.array([f"{d}/{o:06d}" for d, o in zip(dataset, origin, strict=True)], object)),
    )


def speed() -> None:
    for rows, frames in ((100_000, 1), (1_000_000, 32)):
        made = table(rows, frames)
        began = time.monotonic()
        report = evaluate(made, 0, 2000)
        seconds = time.monotonic() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        shown = report.sets["ff"].video.auc
        print(
            f"{rows} rows of {rows // frames} clips, 2000 draws, 2 sets of 4 methods, all metrics: {seconds:.1f} s, "
            f"peak {peak:.2f} GB; video AUC of one set {shown.value:.4f} [{shown.low:.4f}, {shown.high:.4f}]"
        )


def bins() -> None:
    rng = np.random.default_rng(0)
    thresholds = Thresholds(0.8, 0.5)
    for rows in (10_000, 100_000):
        label = rng.integers(0, 2, rows)
        score = 1 / (1 + np.exp(-rng.normal(size=rows) - label))
        weights = rng.multinomial(rows, np.full(rows, 1 / rows), 20).T
        found = []
        for most in (rows + 2, BINS):
            cuts = bin_scores(label, score, thresholds, most)
            held = [np.bincount(cuts.row_bins[label == kind], minlength=len(cuts)) for kind in (0, 1)]
            metrics = prepare_metrics(cuts, thresholds, *held)
            reals, fakes = np.zeros((2, len(cuts), 20), np.int32)
            np.add.at(reals, cuts.row_bins[label == 0], weights[label == 0])
            np.add.at(fakes, cuts.row_bins[label == 1], weights[label == 1])
            found.append(metrics_from_counts(reals, fakes, metrics))
        for at, name in enumerate(METRICS):
            off, sd = np.abs(found[0][:, at] - found[1][:, at]).max(), found[0][:, at].std()
            print(f"{rows} rows, {name}: off by {off:.1e} at most; the draws' own standard deviation is {sd:.1e}")


def coverage(sets: int = 400, draws: int = 1000, origins: int = 100) -> None:
    """A clip's score is normal with variance 1, of which an origin's forgeries share .7; a fake's mean is .8 higher."""
    rng = np.random.default_rng(0)
    truth = float(norm.cdf(0.8 / math.sqrt(2)))
    label, origin = np.tile(LABEL, origins), np.repeat(np.arange(origins), 5)
    held = {"over origins": 0, "naive, over clips": 0}
    width = dict.fromkeys(held, 0.0)
    for _ in range(sets):
        # Real and fake draw their share apart: then the true AUC is known.
        shared = rng.normal(size=(2, origins))[label, origin]
        score = np.sqrt(0.7) * shared + np.sqrt(0.3) * rng.normal(size=len(label)) + 0.8 * label
        value = auc(label, score)
        for name, cluster in zip(held, (origin, np.arange(len(label))), strict=True):
            bounds = interval(value, bootstrap(label, score, cluster, rng, draws)[:, AUC])
            held[name] += bounds.low <= truth <= bounds.high
            width[name] += bounds.high - bounds.low
    for name, hits in held.items():
        sd = math.sqrt(hits / sets * (1 - hits / sets) / sets)
        print(
            f"{name}: {hits / sets:.3f} (± {sd:.3f}) of {sets} sets of {origins} origins, "
            f"width {width[name] / sets:.3f}"
        )


def null(tests: int = 3000, draws: int = 500, origins: int = 100, checked: int = 20) -> None:
    """Two detectors of one skill: each its own noise on clips that are equally hard for both.

    Where every origin has a real and four fakes a draw's AUC is w' P w / O^2, with P[o, p] the share of p's fakes over
    o's real: no sorting, so thousands of tests take seconds. The first `checked` go through `draw_metrics` as well, and
    must give the same draws.
    """
    rng = np.random.default_rng(1)
    label, origin = np.tile(LABEL, origins), np.repeat(np.arange(origins), 5)
    found = 0
    for at in range(tests):
        clip = rng.normal(size=(origins, 1)) + rng.normal(size=(origins, 5)) + LABEL
        scores = {name: clip + 0.7 * rng.normal(size=(origins, 5)) for name in "ab"}
        wins = {name: (of[None, :, 1:] > of[:, None, :1]).mean(axis=2) for name, of in scores.items()}
        weights = origin_weights(origins, np.random.default_rng((at,)), draws).astype(float)
        drawn = ((weights @ (wins["a"] - wins["b"])) * weights).sum(axis=1) / origins**2
        if at < checked:
            parts = (Contrast((), (0,), (1,)),)
            counted = {
                name: count_rows(label, of.ravel(), origin, origins, label, parts) for name, of in scores.items()
            }
            ours = draw_metrics(counted, (Stratum(0, origins, (at,)),), draws)
            np.testing.assert_allclose(ours["a"][()][:, AUC] - ours["b"][()][:, AUC], drawn, atol=1e-12)
        found += two_sided(drawn) < 0.05
    sd = math.sqrt(found / tests * (1 - found / tests) / tests)
    print(f"p < .05 in {found / tests:.4f} (± {sd:.4f}) of {tests} tests of {origins} origins")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("speed", "bins", "coverage", "null"))
    {"speed": speed, "bins": bins, "coverage": coverage, "null": null}[parser.parse_args().what]()
