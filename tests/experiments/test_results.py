"""The tables of the pages of results are those of the numbers that are stored."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments"))

import results

ROOT = Path(__file__).parents[2]


def test_the_tables_are_those_of_the_stored_scores(monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    pages = [page.read_text(encoding="utf-8") for page in results.PAGES]
    assert {name for page in pages for _, name, _ in results.PLACE.findall(page)} <= set(results.TABLES)
    for page in pages:
        assert results.filled(page) == page
