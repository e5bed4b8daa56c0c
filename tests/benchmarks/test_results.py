"""The tables of docs/results.md are those of the numbers that are stored."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import results

ROOT = Path(__file__).parents[2]


def test_the_tables_are_those_of_the_stored_scores(monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    page = results.PAGE.read_text(encoding="utf-8")
    assert {name for _, name, _ in results.PLACE.findall(page)} == set(results.TABLES)
    assert results.filled(page) == page
