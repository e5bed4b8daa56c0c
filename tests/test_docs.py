"""Every document's links lead somewhere, and what a link names is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")


def names(path: Path) -> set[str]:
    """What a Python file defines at its top, and its classes' methods as `Class.method`."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)}
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_and_to_what_they_name(document: Path) -> None:
    for text, target in LINK.findall(document.read_text()):
        if re.match(r"[a-z]+:|#", target):
            continue
        path = document.parent / target.split("#")[0]
        assert path.exists(), target
        if path.suffix == ".py" and (name := re.fullmatch(r"`([\w.]+)`", text)):
            known = names(path)
            assert known & {name[1], name[1].removeprefix(f"{path.stem}.")}, f"{name[1]} in {target}"
