"""The examples of docs/extending.md are whole: each runs, and its own tests hold."""

import importlib.util
import inspect
import re
import sys
from pathlib import Path

import pytest

from barefaced.datasets import corruptions, layouts
from barefaced.forgery import registry

PAGE = (Path(__file__).parents[1] / "docs" / "extending.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^## ([^\n]+)\n.*?^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
LISTS = (registry.METHODS, layouts.LAYOUTS, corruptions.CORRUPTIONS, corruptions.STRENGTHS, corruptions.UNITS)


def test_every_section_has_one_example() -> None:
    assert list(EXAMPLES) == re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert len(EXAMPLES) == PAGE.count("```python")


@pytest.mark.parametrize("section", EXAMPLES)
def test_an_example_runs_and_its_tests_hold(section: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [dict(names) for names in LISTS]
    file = tmp_path / f"{section.replace(' ', '_')}.py"
    file.write_text(EXAMPLES[section], encoding="utf-8")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, file.stem, module)
    try:
        spec.loader.exec_module(module)
        tests = [value for name, value in vars(module).items() if name.startswith("test_")]
        assert tests
        for number, test in enumerate(tests):
            folder = tmp_path / str(number)
            folder.mkdir()
            test(*((folder,) if inspect.signature(test).parameters else ()))
    finally:
        for names, own in zip(LISTS, before, strict=True):
            names.clear()
            names.update(own)
