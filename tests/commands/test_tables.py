"""Evaluations side by side."""

import json
from pathlib import Path

from barefaced.commands.main import main


def test_two_evaluations_become_a_table(tmp_path: Path) -> None:
    for name, high in (("a", 0.9), ("b", 0.3)):
        (tmp_path / f"{name}.csv").write_text(f"clip,label,fakeness,dataset\n1,0,0.4,x\n2,1,{high},x\n")
        words = ["evaluate", "--scores", str(tmp_path / f"{name}.csv"), "--out", str(tmp_path / name)]
        assert main(words) == 0
    assert main(["tables", str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(tmp_path / "t")]) == 0
    made = json.loads((tmp_path / "t" / "tables.json").read_text())
    assert [(row["name"], row["cells"]["x"]["values"]) for row in made["rows"]] == [("a", [1.0]), ("b", [0.0])]
    assert "Video AUC" in (tmp_path / "t" / "tables.html").read_text()


def test_what_is_no_report_is_refused(tmp_path: Path, capsys) -> None:
    (tmp_path / "report.json").write_text("{}")
    assert main(["tables", str(tmp_path)]) == 2
    assert main(["tables", str(tmp_path), "--metric", "luck"]) == 2
    assert "luck" in capsys.readouterr().err
