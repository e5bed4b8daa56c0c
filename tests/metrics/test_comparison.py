"""A against B: DeLong by brute force, Holm by hand, and how often a paired test cries wolf."""

import math

import numpy as np
import pytest

from barefaced.errors import DataError, InputError
from barefaced.metrics.bootstrap.confidence_interval import Contrast, Stratum, count_rows, draw_metrics
from barefaced.metrics.comparison import compare, delong, holm, two_sided
from barefaced.metrics.ranking import auc
from barefaced.values.evaluation import METRICS, Model, ScoreFile
from barefaced.values.scores import ScoreTable

AUC = METRICS.index("auc")


def scores(origins: int, skill: float, seed: int, shared: np.ndarray | None = None, dataset: str = "toy") -> ScoreTable:
    """A real and a fake clip of each origin, each of 2 frames."""
    rng = np.random.default_rng(seed)
    label = np.tile(np.repeat([0, 1], 2), origins)
    clip = [f"{dataset}/{'fake' if fake else 'real'}/{at // 4}" for at, fake in enumerate(label)]
    logit = skill * label + 0.5 * rng.normal(size=len(label)) + (0 if shared is None else shared)
    return ScoreTable(
        clip=np.array(clip, object),
        track=np.zeros(len(label), np.int64),
        frame=np.tile([0, 1], 2 * origins),
        seconds=np.zeros(len(label)),
        fakeness=1 / (1 + np.exp(-logit)),
        label=label,
        dataset=np.full(len(label), dataset, object),
        method=np.where(label == 1, "swap", "real").astype(object),
        origin=np.array([f"{dataset}/{at // 4}" for at in range(len(label))], object),
    )


def file(table: ScoreTable, name: str = "a") -> ScoreFile:
    return ScoreFile(table, Model(name))


def test_a_detector_against_itself_differs_by_nothing():
    one = file(scores(20, 1.0, 0))
    found = compare(one, one, seed=0, draws=100).video["toy"]
    assert (found.difference.value, found.difference.low, found.difference.high, found.p) == (0, 0, 0, 1)


def test_the_difference_is_of_the_clips_that_both_have():
    a, b = scores(20, 1.0, 0), scores(20, 0.2, 1)
    keep = a.clip != "toy/fake/3"
    less = ScoreTable(**{name: column[keep] for name, column in vars(a).items()})
    found = compare(file(less), file(b, "b"), seed=0, draws=200)
    assert (found.clips, found.only_a, found.only_b) == (39, 0, 1)
    expected = auc(a.label[keep], a.fakeness[keep]) - auc(b.label[keep], b.fakeness[keep])
    assert found.frame["toy"].difference.value == pytest.approx(expected)
    assert found.frame["toy"].difference.low > 0
    assert found.frame["toy"].p < 0.05


def test_what_two_detectors_share_does_not_widen_their_difference():
    """Clips hard for both: paired, the difference is known far better than either AUC."""
    shared = np.repeat(np.random.default_rng(9).normal(size=80), 2) * 2
    a, b = scores(40, 1.5, 0, shared), scores(40, 1.0, 1, shared)
    table = [compare(file(a), file(one, "b"), 0, 400).video["toy"].difference for one in (b, scores(40, 1.0, 1))]
    assert table[0].high - table[0].low < 0.7 * (table[1].high - table[1].low)


def test_several_sets_have_a_mean_and_are_tested_together():
    def joined(skills, seed):
        both = [scores(20, skill, seed + at, dataset=name) for at, (name, skill) in enumerate(skills.items())]
        return ScoreTable(**{name: np.concatenate([getattr(one, name) for one in both]) for name in vars(both[0])})

    found = compare(
        file(joined({"x": 1.5, "y": 0.5}, 0)), file(joined({"x": 0.3, "y": 0.5}, 5), "b"), seed=0, draws=400
    ).video
    assert list(found) == ["x", "y", "pooled", "mean"]
    assert found["mean"].difference.value == pytest.approx(np.mean([found[n].difference.value for n in "xy"]))
    assert found["x"].p_holm == pytest.approx(min(1, 2 * found["x"].p))
    assert math.isnan(found["mean"].p_holm)


def test_two_labels_for_a_clip_and_no_clip_in_common_are_refused():
    one = scores(3, 1.0, 0)
    other = ScoreTable(**(vars(one) | {"label": 1 - one.label, "method": np.where(one.label == 0, "swap", "real")}))
    with pytest.raises(DataError, match="6 such clips"):
        compare(file(one), file(other), 0, 10)
    with pytest.raises(InputError, match="none"):
        compare(file(one), file(scores(3, 1.0, 0, dataset="else")), 0, 10)


def brute_delong(labels, a, b) -> float:
    """Every pair, as written in the paper."""
    real, fake = np.flatnonzero(labels == 0), np.flatnonzero(labels == 1)
    wins = np.array([[(s[f] > s[r]) + 0.5 * (s[f] == s[r]) for r in real for f in fake] for s in (a, b)])
    wins = wins.reshape(2, len(real), len(fake))
    of_fakes, of_reals = wins.mean(axis=1), wins.mean(axis=2)
    cov = np.cov(of_fakes) / len(fake) + np.cov(of_reals) / len(real)
    variance = cov[0, 0] + cov[1, 1] - 2 * cov[0, 1]
    z = (wins[0].mean() - wins[1].mean()) / math.sqrt(variance)
    return math.erfc(abs(z) / math.sqrt(2))


@pytest.mark.parametrize("ties", [False, True])
def test_delong_is_the_sum_over_all_pairs(ties):
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 2, 40)
    a, b = rng.normal(size=40) + labels, rng.normal(size=40) + 0.3 * labels
    if ties:
        a, b = a.round(), b.round()
    assert delong(labels, a, b) == pytest.approx(brute_delong(labels, a, b), rel=1e-9)
    assert delong(labels, a, a) == 1
    assert math.isnan(delong(np.array([0, 1, 1]), a[:3], b[:3]))


def test_delong_is_given_only_where_no_origin_has_two_clips():
    a, b = scores(20, 1.0, 0), scores(20, 0.2, 1)
    assert math.isnan(compare(file(a), file(b, "b"), 0, 10).video["toy"].p_delong)
    alone = [ScoreTable(**(vars(one) | {"origin": one.clip})) for one in (a, b)]
    found = compare(file(alone[0]), file(alone[1], "b"), 0, 10).video["toy"].p_delong
    assert 0 < found < 1


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, math.nan]) == pytest.approx([0.03, 0.06, 0.06, math.nan], nan_ok=True)
    assert holm([0.6, 0.9]) == [1, 1]


def test_p_of_draws_that_all_lie_on_one_side_is_small_and_never_zero():
    assert two_sided(np.full(999, 0.1)) == pytest.approx(0.002)
    assert two_sided(np.zeros(99)) == 1
    assert math.isnan(two_sided(np.full(9, np.nan)))


def test_under_the_null_a_paired_test_cries_wolf_in_one_of_twenty():
    """400 times two detectors of one skill on 60 origins of 5 clips; `benchmarks/evaluation.py null` in full."""
    rng, origins, clips, tests = np.random.default_rng(7), 60, 5, 400
    label = np.tile([0, 1, 1, 1, 1], origins)
    origin = np.repeat(np.arange(origins), clips)
    clip = rng.normal(size=(tests, len(label))) + np.repeat(rng.normal(size=(tests, origins)), clips, 1) + label
    own = 0.7 * rng.normal(size=(2, tests, len(label)))
    found = 0
    contrasts = (Contrast((), (0,), (1,)),)
    for at in range(tests):
        tables = {
            name: count_rows(label, clip[at] + own[side, at], origin, origins, label, contrasts)
            for side, name in enumerate("ab")
        }
        drawn = draw_metrics(tables, (Stratum(0, origins, (at,)),), 300)
        found += two_sided(drawn["a"][()][:, AUC] - drawn["b"][()][:, AUC]) < 0.05
    assert 0.03 <= found / tests <= 0.07
