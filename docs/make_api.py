"""Write docs/api.md: the signature and docstring of every name in `barefaced.__all__`, read from the source.

Run: python docs/make_api.py
"""

import ast
import dataclasses
import inspect
import textwrap
from pathlib import Path

from docstring_parser import Docstring, DocstringStyle, parse, parse_from_object

import barefaced

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).with_name("api.md")
HEAD = """# Python API

Made by `python docs/make_api.py` from the docstrings. What is not on this page may change without notice.
"""
GROUPS = {"Functions": inspect.isfunction, "Classes": inspect.isclass, "Constants": lambda _: True}
"""By heading: whether an object belongs there. The first that holds counts."""


def render_page() -> str:
    """Return the text of api.md: functions, then classes, then constants, each in the order of `__all__`."""
    objects = {name: getattr(barefaced, name) for name in barefaced.__all__}
    groups = {heading: [] for heading in GROUPS}
    for name, value in objects.items():
        groups[next(heading for heading, belongs in GROUPS.items() if belongs(value))].append(name)
    parts = [HEAD, _contents(groups)]
    for heading, names in groups.items():
        parts += [f"## {heading}\n"] if names else []
        parts += [_entry(name, objects[name]) for name in names]
    return "\n".join(parts)


def _contents(groups: dict[str, list[str]]) -> str:
    rows = [
        f"| {heading.lower()} | {', '.join(f'[`{n}`](#{n.lower()})' for n in names)} |"
        for heading, names in groups.items()
        if names
    ]
    return "\n".join(["| | |", "|---|---|", *rows, ""])


def _entry(name: str, value: object) -> str:
    if inspect.isfunction(value):
        text = _function(value, name)
    elif inspect.isclass(value):
        text = _class(value)
    else:
        return (
            f"### {name}\n\n`{value!r}`\n"
            if not name.startswith("__")
            else f"### {name}\n\nA {type(value).__name__}.\n"
        )
    source = Path(inspect.getfile(inspect.unwrap(value))).relative_to(Path(barefaced.__file__).parent)
    return f"### {name}\n\n{text}[source](../src/barefaced/{source.as_posix()})\n"


def _function(function: object, name: str) -> str:
    doc = parse(inspect.getdoc(function) or "", DocstringStyle.GOOGLE)
    return f"```python\n{_signature(function, name)}\n```\n\n{_described(doc)}"


def _class(kind: type) -> str:
    doc = parse_from_object(kind, DocstringStyle.GOOGLE)
    if dataclasses.is_dataclass(kind):
        doc.meta = [meta for meta in doc.meta if getattr(meta, "args", [""])[0] != "attribute"]
    text = _described(doc)
    if dataclasses.is_dataclass(kind):
        text += _fields(kind)
    for name, member in vars(kind).items():
        function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        described = parse(inspect.getdoc(function) or "", DocstringStyle.GOOGLE)
        title = f"{kind.__name__}.{name}"
        shown = f"{title}: a property" if isinstance(member, property) else _signature(function, title)
        text += f"#### {title}\n\n```python\n{shown}\n```\n\n{_described(described)}"
    return text


def _fields(kind: type) -> str:
    """Return a table of a dataclass's fields: name, type and default as they stand in the source, and what they are."""
    docs = {param.arg_name: param.description or "" for param in parse_from_object(kind).params}
    [body] = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(body, ast.ClassDef)
    rows = []
    for node in body.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and not node.target.id.startswith("_"):
            default = ast.unparse(node.value) if node.value else ""
            cells = (f"`{node.target.id}`", f"`{ast.unparse(node.annotation)}`", default and f"`{default}`")
            rows.append([*cells, docs.get(node.target.id, "")])
    lines = ["| field | type | default | |", "|---|---|---|---|"]
    lines += ["| " + " | ".join(_one_line(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n\n" if rows else ""


def _described(doc: Docstring) -> str:
    """Return a docstring as Markdown: the text, then its arguments, what it returns and what it raises."""
    parts = [(doc.description or "").strip()]
    items = [f"* `{param.arg_name}`: {_one_line(param.description or '')}" for param in doc.params]
    parts += ["**Arguments**\n\n" + "\n".join(items)] if items else []
    parts += [f"**Returns** {_one_line(doc.returns.description or '')}"] if doc.returns else []
    raised = [f"* `{error.type_name}`: {_one_line(error.description or '')}" for error in doc.raises]
    parts += ["**Raises**\n\n" + "\n".join(raised)] if raised else []
    return "".join(f"{part}\n\n" for part in parts if part)


def _signature(function: object, name: str) -> str:
    """Return the signature as it stands in the source, one argument a line if it is long."""
    [node] = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function)))).body  # type: ignore[arg-type]
    assert isinstance(node, ast.FunctionDef)
    given = node.args
    if given.args and given.args[0].arg in ("self", "cls"):
        given.args = given.args[1:]
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    line = f"{name}({ast.unparse(given)}){returns}"
    if len(line) <= 100:
        return line
    return textwrap.fill(line, 100, subsequent_indent="    ", break_long_words=False)


def _one_line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    PAGE.write_text(render_page(), encoding="utf-8")
