"""Imports only go down the floors, and the wings of one floor never import each other."""

import ast
import re
from pathlib import Path

import pytest

import barefaced

PACKAGE = Path(barefaced.__file__).parent

DRAWING = re.search(
    r"```floors\n(.*?)```", (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL
)[1]
LINES = [re.match(r"(\d) +(.+?)(?:  |$)", line) for line in DRAWING.splitlines()]
FLOORS = {room.strip(): int(line[1]) for line in LINES for room in re.split(r"[·|]", line[2])}
WINGS = {room.strip() for line in LINES if "|" in line[2] for room in line[2].split("|")}


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
            assert FLOORS[here] >= FLOORS["commands"], f"{path} imports {name}"
        elif there != here:
            assert not {here, there} <= WINGS, f"{path} imports {name}: wings of one floor never import each other"
            assert FLOORS[there] <= FLOORS[here], f"{path} imports {name}: imports only go down"


def test_commands_never_import_each_other() -> None:
    for path in (PACKAGE / "commands").glob("*.py"):
        if path.stem == "reference":  # the page of them all
            continue
        for name in imports(path):
            others = name.startswith("barefaced.commands") and not name.startswith("barefaced.commands.main")
            assert not others, f"{path} imports {name}"


def test_types_and_settings_load_neither_torch_nor_a_decoder() -> None:
    heavy = {"torch", "cv2", "av", "openvino", "timm", "sklearn", "scipy", "matplotlib", "pyarrow"}
    light = [path for room in ("values", "config") for path in (PACKAGE / room).glob("*.py") if path.stem != "tensors"]
    runtime = [PACKAGE / "runtime" / f"{name}.py" for name in ("files", "model_packages")]
    for module in (PACKAGE / "errors.py", *light, *runtime, *(PACKAGE / "commands").glob("*.py")):
        for node in ast.parse(module.read_text(encoding="utf-8")).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.split(".")[0] for name in names} & heavy, module


def test_modules_import_each_other_in_no_circle() -> None:
    """Imports inside functions count, too; a package's own `__init__` may name what lies in it."""
    names = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path for path in FILES}
    modules = {name.removesuffix(".__init__"): path for name, path in names.items()}
    graph = {
        name: {other for other in imports(path) if other in modules and not name.startswith(f"{other}.")} - {name}
        for name, path in modules.items()
        if name not in ("barefaced", "barefaced.__main__")
    }
    while free := {name for name, others in graph.items() if not others & graph.keys()}:
        graph = {name: others for name, others in graph.items() if name not in free}
    assert not graph, "\n".join(
        f"{name} -> {', '.join(sorted(others & graph.keys()))}" for name, others in graph.items()
    )


def test_no_file_is_long_and_the_rooms_are_few() -> None:
    long = {str(path.relative_to(PACKAGE)) for path in FILES if len(path.read_text("utf-8").splitlines()) > 320}
    assert not long
    assert len({room(path) for path in FILES}) <= 18
    assert len(LINES) <= 7
