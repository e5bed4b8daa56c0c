"""Words for people: near names, and reasons without the names of Python's errors."""

import json
from pathlib import Path

import pytest

from barefaced.runtime.text import reason_of, suggest_names


def test_a_dotted_name_is_found_by_its_last_part_and_a_strange_one_is_not() -> None:
    assert suggest_names("epochs", ["optim.epochs", "seed"]) == "Did you mean optim.epochs?"
    assert suggest_names("zebra", ["optim.epochs", "seed"], "See the list.") == "See the list."


def test_reasons_name_no_error_of_python(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        (tmp_path / "none").read_text()
    assert reason_of(missing.value) == "no such file"
    with pytest.raises(IsADirectoryError) as folder:
        tmp_path.read_text()
    assert reason_of(folder.value) == "is a directory"
    with pytest.raises(json.JSONDecodeError) as broken:
        json.loads('{"a": 1,\n nothing}')
    assert reason_of(broken.value).startswith("no JSON: ")
    assert reason_of(broken.value).endswith("in line 2")
    with pytest.raises(UnicodeDecodeError) as bytes_:
        b"\xff\xfe".decode()
    assert reason_of(bytes_.value) == "text that is not UTF-8"
    with pytest.raises(KeyError) as field:
        json.loads("{}")["schema"]
    assert reason_of(field.value) == "no field 'schema'"
    assert reason_of(TypeError()) == "values of another kind"
