"""Imports only go down the floors, and the wings of one floor never import each other."""

import ast
from pathlib import Path

import pytest

import barefaced

PACKAGE = Path(barefaced.__file__).parent

FLOORS = {
    "errors": 0,
    "geometry": 0,
    "types": 1,
    "results": 1,
    "tensors": 1,
    "config": 1,
    "config_pictures": 0,
    "parsing": 1,
    "colours": 1,
    "durable": 1,
    "packages": 1,
    "progress": 1,
    "records": 1,
    "pool": 1,
    "cluster": 2,
    "vision": 2,
    "datasets": 2,
    "forgery": 2,
    "model": 2,
    "preparing": 3,
    "scoring": 4,
    "auditing": 4,
    "verifying": 3,
    "meshing": 3,
    "forging": 3,
    "training": 3,
    "metrics": 3,
    "explain": 3,
    "detecting": 3,
    "reports": 3,
    "commands": 5,
    "cli": 6,
    "__main__": 7,
    "__init__": 7,
}


def room(path: Path) -> str:
    """The room of a file: the folder or the module right under the package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Every barefaced module that a file imports, at the top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.startswith("barefaced.")}


FILES = sorted(PACKAGE.rglob("*.py"))


def test_every_room_has_a_floor() -> None:
    assert {room(path) for path in FILES} <= set(FLOORS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_only_go_down(path: Path) -> None:
    here = room(path)
    for name in imports(path):
        there = name.split(".")[1]
        if there not in FLOORS:  # a name of barefaced/__init__
            assert FLOORS[here] >= FLOORS["cli"], f"{path} imports {name}"
        elif there != here:
            wings = FLOORS[here] == FLOORS[there] == 2
            assert not wings, f"{path} imports {name}: wings of one floor never import each other"
            assert FLOORS[there] <= FLOORS[here], f"{path} imports {name}: imports only go down"


def test_commands_never_import_each_other() -> None:
    for path in (PACKAGE / "commands").glob("*.py"):
        for name in imports(path):
            assert not name.startswith("barefaced.commands"), f"{path} imports {name}"


def test_types_and_settings_load_neither_torch_nor_a_decoder() -> None:
    heavy = {"torch", "cv2", "av", "openvino", "timm", "sklearn", "scipy", "matplotlib", "pyarrow"}
    rooms = ("errors", "types", "config", "config_pictures", "parsing", "durable", "packages")
    for module in (*(PACKAGE / f"{name}.py" for name in rooms), *(PACKAGE / "cli").glob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.split(".")[0] for name in names} & heavy, module
