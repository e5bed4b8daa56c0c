"""A seeded share of the fuzzer's files: answers of known kinds, no process lost, no growth."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import fuzz

KINDS = {"faces", "no face", "UnreadableMedia", "TooLarge"}


def test_damage_depends_on_the_seed_alone_and_is_damage() -> None:
    data = bytes(range(256)) * 20
    made = [fuzz.mutated(data, np.random.default_rng(seed)) for seed in range(50)]
    assert made == [fuzz.mutated(data, np.random.default_rng(seed)) for seed in range(50)]
    assert sum(one != data for one in made) >= 45


def test_damaged_files_get_answers_of_known_kinds() -> None:
    answers, slowest, _ = fuzz.run(60, seed=1)
    assert {kind.split(" ", 1)[1] for kind in answers} <= KINDS
    assert sum(answers.values()) == 60
    assert slowest < 3 * fuzz.SECONDS


@pytest.mark.slow
def test_two_thousand_damaged_files_and_memory_that_settles() -> None:
    answers, _, sizes = fuzz.run(2000, seed=0)
    assert {kind.split(" ", 1)[1] for kind in answers} <= KINDS
    assert sizes[-1] < 1.1 * sizes[len(sizes) // 2]
