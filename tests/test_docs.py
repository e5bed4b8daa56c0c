"""Every document's links lead somewhere, and what a link names is there; generated pages are current."""

import ast
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))

import make_api

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("results/*.md")])
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
README_WORDS = 800


def prose(document: Path) -> str:
    """A document without its blocks of code."""
    return CODE.sub("", document.read_text(encoding="utf-8"))


def anchors(document: Path) -> set[str]:
    """What its headings are called in links: lower case, hyphens for spaces, no other punctuation."""
    headings = re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


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
    for text, target in LINK.findall(prose(document)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        path = document.parent / file if file else document
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), target
        if path.suffix == ".py" and (name := re.fullmatch(r"`([\w.]+)`", text)):
            known = names(path)
            assert known & {name[1], name[1].removeprefix(f"{path.stem}.")}, f"{name[1]} in {target}"


def test_every_page_is_linked_from_another() -> None:
    linked = {
        (document.parent / target.partition("#")[0]).resolve()
        for document in DOCUMENTS
        for _, target in LINK.findall(prose(document))
    }
    assert set((ROOT / "docs").glob("*.md")) - linked <= {ROOT / "docs" / "index.md"}


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) < README_WORDS


def test_the_api_page_is_that_of_the_docstrings() -> None:
    page = make_api.PAGE.read_text(encoding="utf-8")
    assert page == make_api.render_page(), "run: python docs/make_api.py"
