"""What is promised, in words: never more than the numbers say."""

import math
from dataclasses import replace

import pytest

from barefaced.metrics.thresholds import false_alarm_bound
from barefaced.reports.promises import percent, promise
from barefaced.values.card import SourceThreshold, Thresholds


def of(*counts: tuple[str, int, int]) -> Thresholds:
    sources = tuple(
        SourceThreshold(name, 1, 0.7, reals, over, 0.5, over, false_alarm_bound(over, reals))
        for name, over, reals in counts
    )
    return Thresholds(0.8, 0.4, "val", 500, 500, 1, sources)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ([("a", 0, 120)], "at most 2.5 % of real faces like those measured (0 of 120 of a lie over it; 95 % bound)"),
        ([("a", 0, 299)], "1 % or less of real faces like those measured (0 of 299 of a lie over it; 95 % bound)"),
        ([("a", 0, 298)], "at most 1.1 % of real faces like those measured (0 of 298 of a lie over it; 95 % bound)"),
        ([("a", 4, 447)], "at most 2.1 % of real faces like those measured (4 of 447 of a lie over it; 95 % bound)"),
        (
            [("a", 0, 900), ("b", 0, 40)],
            "at most 7.3 % of real faces like those measured (0 of 40 of b lie over it; 95 % bound)",
        ),
        (
            [("a", 1, 143), ("b", 0, 4)],
            "at most 3.3 % of real faces like those measured (1 of 143 of a lie over it; 95 % bound; "
            "too few to say of b (4))",
        ),
        ([("b", 0, 4)], "at most 52.8 % of real faces like those measured (0 of 4 of b lie over it; 95 % bound)"),
    ],
)
def test_one_per_cent_is_promised_only_where_the_bound_does_for_every_source(counts, words):
    assert promise(of(*counts)) == words


def test_without_a_measurement_there_is_no_bound():
    assert "no bound" in promise(replace(of(), sources=()))
    assert "nothing is promised" in promise(Thresholds())


def test_a_bound_is_never_rounded_down():
    for n in range(1, 3000):
        share = n / 3000
        told = float(percent(share).removesuffix(" %")) / 100
        assert told >= share - 1e-12
        assert told - share < 0.001 + 1e-12
    assert percent(0.025) == "2.5 %"
    assert not math.isnan(float(percent(1.0).removesuffix(" %")))
