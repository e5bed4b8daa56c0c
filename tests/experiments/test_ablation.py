"""What the ablation's table is made of: trainings of the same settings and crops, each once."""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments"))

from ablation import gather, table
from barefaced.metrics.score_rows import write_scores
from barefaced.values.scores import ScoreTable

CROPS = (("a", "real"), ("b", "real"), ("a", "swap"), ("b", "swap"), ("a", "blend"), ("b", "blend"))


def training(out: Path, preset: str, fakeness: list[float], *, steps: int = 150, names: str = "") -> Path:
    """A folder of compare.py with one training that held `blend` out."""
    clip = np.array([f"{origin}_{method}{names}" for origin, method in CROPS])
    method = np.array([method for _, method in CROPS])
    none = np.zeros(len(CROPS), np.int64)
    rows = ScoreTable(
        clip=clip,
        track=none,
        frame=none,
        seconds=none.astype(float),
        fakeness=np.array(fakeness),
        label=(method != "real").astype(np.int64),
        dataset=np.full(len(CROPS), "made"),
        method=method,
        origin=np.array([origin for origin, _ in CROPS]),
    )
    write_scores(out / "scores" / f"{preset}_without_blend_0" / "test.parquet", rows)
    line = {
        **{"preset": preset, "held_out": "blend", "seed": 0, "trained_on": ["swap"], "terms": {}},
        **{"seconds": 1.0, "cpu_seconds": 1.0, "images_per_second": 1.0, "externals": {}, "sets": {"test": {}}},
        **{"steps": steps, "groups": 8, "set": [], "methods": ["swap", "blend"], "data": "0"},
    }
    (out / "results.jsonl").write_text(json.dumps(line) + "\n")
    return out


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return training(tmp_path / "plain", "plain", [0.1, 0.2, 0.9, 0.8, 0.15, 0.3])


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    return training(tmp_path / "paper", "paper", [0.1, 0.2, 0.9, 0.8, 0.3, 0.4])


def test_added_later_is_gathered_at_once(tmp_path, plain, paper) -> None:
    once, later = tmp_path / "once", tmp_path / "later"
    gather([plain, paper], once)
    gather([plain], later)
    gather([paper], later)
    assert once.with_suffix(".json").read_bytes() == later.with_suffix(".json").read_bytes()
    assert pq.read_table(once.with_suffix(".parquet")).equals(pq.read_table(later.with_suffix(".parquet")))


def test_the_table_pairs_with_plain(tmp_path, plain, paper) -> None:
    gather([plain, paper], tmp_path / "into")
    # Held out: plain ranks .15 over .1 alone and .3 over both (3 of 4), paper all four.
    said = table(tmp_path / "into")
    assert "| plain | 1 | 0.750 | 1.000 | 1.0 |" in said
    assert "| paper | 1 | 1.000 | 1.000 | 1.0 |" in said
    assert "| paper - plain | 1 | +0.250 | +0.000 |" in said


@pytest.mark.parametrize(("named", "said"), [({"steps": 9}, "other settings"), ({"names": "x"}, "other crops")])
def test_what_cannot_be_compared_is_refused(tmp_path, plain, named, said) -> None:
    gather([plain], tmp_path / "into")
    before = (tmp_path / "into.json").read_bytes()
    with pytest.raises(SystemExit, match=said):
        gather([training(tmp_path / "other", "paper", [0.5] * 6, **named)], tmp_path / "into")
    assert (tmp_path / "into.json").read_bytes() == before


def test_a_training_comes_once(tmp_path, plain) -> None:
    gather([plain], tmp_path / "into")
    with pytest.raises(SystemExit, match="twice"):
        gather([plain], tmp_path / "into")


def test_without_plain_there_is_nothing_to_compare_with(tmp_path, paper) -> None:
    with pytest.raises(SystemExit, match="no training of `plain`"):
        gather([paper], tmp_path / "into")


def test_a_folder_without_trainings_is_named(tmp_path, plain) -> None:
    with pytest.raises(SystemExit, match="elsewhere"):
        gather([plain, tmp_path / "elsewhere"], tmp_path / "into")
    assert not (tmp_path / "into.json").exists()
