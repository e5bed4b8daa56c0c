"""The code in docs/evaluation.md runs, and prints what stands under it."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from barefaced.values.evaluation import METRICS

DOCUMENT = (Path(__file__).parents[1] / "docs" / "evaluation.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", DOCUMENT, re.DOTALL)


def test_both_ways_to_fool_oneself_are_shown():
    assert len(EXAMPLES) == 2
    assert "AUC 0.750" in EXAMPLES[0][1]
    assert "AUC 1.000" in EXAMPLES[0][1]


@pytest.mark.parametrize(("code", "printed"), EXAMPLES)
def test_the_code_prints_what_stands_under_it(code: str, printed: str) -> None:
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        exec(compile(code, "docs/evaluation.md", "exec"), {})
    assert stream.getvalue() == printed


def test_every_metric_is_named():
    assert all(f"`{name}`" in DOCUMENT for name in METRICS)
