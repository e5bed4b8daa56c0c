"""From words to settings: YAML files and command-line words into functions' arguments and the dataclasses of `config`.

A function is a command: its signature gives the options, its docstring their help. Hyphens and underscores in an
option's name are alike; a plain word where a list is wanted is a list of one. Unknown names are refused with the names
that were probably meant, before any work starts.
"""

import argparse
import dataclasses
import inspect
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import docstring_parser
from jsonargparse import ArgumentParser, Namespace, set_parsing_settings

from barefaced.config.help import CommandHelp, kind_of
from barefaced.config.options import WordsOf
from barefaced.config.presets import PRESETS
from barefaced.config.recipe import Recipe
from barefaced.config.refusal import refusal

Settings = TypeVar("Settings")
ALIASES = {"--jobs": "--workers"}
"""Former names of options."""
set_parsing_settings(docstring_parse_attribute_docstrings=True)


def recipe(path: Path | None = None, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe from a YAML file and `--section.name value` words; both may be left out.

    Args:
        path: the file; its relative `data.stores` and `start` are looked for beside it first.
        overrides: words as on the command line, which win over the file, which wins over the preset.

    Raises:
        BadConfig: an unknown or impossible setting; the message has the near names.
    """
    parser = recipe_parser()
    words = [*([] if path is None else ["--config", str(path)]), *overrides]
    parser.set_defaults(PRESETS[parse(parser, words).preset])
    namespace = parse(parser, words)
    folders = [Path(str(file)).parent for file in namespace.pop("config") or ()]
    read = built(Recipe, parser, namespace)
    stores = tuple(_beside(store, folders) for store in read.data.stores)
    start = _beside(read.start, folders) if read.start else ""
    return dataclasses.replace(read, start=start, data=dataclasses.replace(read.data, stores=stores))


def recipe_words(recipe: Recipe) -> list[str]:
    """Return the words that `recipe` reads back as the same recipe."""

    def leaves(name: str, value: Any) -> list[str]:
        if isinstance(value, dict):
            return [word for key in value for word in leaves(f"{name}.{key}".lstrip("."), value[key])]
        return [f"--{name}={value if isinstance(value, str) else json.dumps(value)}"]

    return leaves("", dataclasses.asdict(recipe))


def built(kind: type[Settings], parser: ArgumentParser, namespace: Namespace) -> Settings:
    """Return the dataclass `kind`, whose fields `parser` was given, from what it parsed."""
    values = parser.instantiate(namespace)
    return kind(**{field.name: values[field.name] for field in dataclasses.fields(kind)})  # type: ignore[arg-type]


def recipe_parser() -> ArgumentParser:
    """Return a parser of every setting of a `Recipe`."""
    parser = _empty_parser("train", "")
    _add_settings(parser, "settings", Recipe)
    return parser


def command_parser(name: str, function: Callable[..., object]) -> ArgumentParser:
    """Return a parser of the words of the command `name`: a positional or an option for each parameter of `function`.

    Parameters without a default, and those that are not keyword-only, are positional. A dataclass gives an option for
    each of its fields: those of `settings` by their own names, of any other parameter after its name and a dot.
    """
    doc = docstring_parser.parse(inspect.getdoc(function) or "")
    about = "\n\n".join(text for text in (doc.short_description, doc.long_description) if text)
    texts = {param.arg_name: param.description or "" for param in doc.params}
    parser = _empty_parser(name, about)
    nested = []
    for parameter in inspect.signature(function).parameters.values():
        if kind := settings_kind(parameter):
            nested.append((parameter.name, kind))
        else:
            _add_parameter(parser, parameter, texts.get(parameter.name, ""))
    for prefix, kind in nested:
        _add_settings(parser, prefix, kind)
    positionals = [_shown(action) for action in parser._actions if not action.option_strings]
    parser.usage = " ".join([parser.prog, *positionals, "[--option value ...]"])
    return parser


def read_arguments(name: str, function: Callable[..., object], words: Sequence[str]) -> dict[str, Any]:
    """Return the arguments that `function` is to be called with for `words`.

    Raises:
        BadConfig: words that the command does not know, or values that it cannot use.
    """
    parser = command_parser(name, function)
    parameters = inspect.signature(function).parameters
    if "model" in parameters and parameters["model"].kind is not inspect.Parameter.KEYWORD_ONLY:
        words = _model_first(words)
    namespace = parse(parser, words)
    arguments: dict[str, Any] = {}
    for parameter in parameters.values():
        kind = settings_kind(parameter)
        if kind is None:
            value = namespace[_option(parameter.name)]
            arguments[parameter.name] = tuple(value) if isinstance(value, list) else value
        elif _mark(parameter.annotation, WordsOf):
            own = {f"--{_option(other)}" for other in parameters}
            options = [word for word in _plain_words(parser, words) if word.startswith("--")]
            arguments[parameter.name] = tuple(word for word in options if word.split("=")[0] not in own)
        elif parameter.name == "settings":
            arguments[parameter.name] = built(kind, parser, namespace)
        else:
            arguments[parameter.name] = parser.instantiate(namespace)[parameter.name]
    return arguments


def parse(parser: ArgumentParser, words: Sequence[str]) -> Namespace:
    """Read `words` with `parser`.

    Raises:
        BadConfig: what argparse or jsonargparse refused, in plain words and with the near names.
    """
    try:
        return parser.parse_args(_plain_words(parser, words))
    except (argparse.ArgumentError, TypeError, ValueError) as e:
        raise refusal(parser, " ".join(str(e).split())) from e


def settings_kind(parameter: inspect.Parameter) -> type | None:
    """Return the dataclass that a parameter takes, or whose words it takes; None where it takes none."""
    marked = _mark(parameter.annotation, WordsOf)
    kind = marked.kind if marked else parameter.annotation
    return kind if dataclasses.is_dataclass(kind) and isinstance(kind, type) else None


def _empty_parser(name: str, about: str) -> ArgumentParser:
    return ArgumentParser(
        prog=f"barefaced {name}",
        description=about,
        exit_on_error=False,
        allow_abbrev=False,
        formatter_class=CommandHelp,
    )


def _add_parameter(parser: ArgumentParser, parameter: inspect.Parameter, text: str) -> None:
    base, repeated = _base(parameter.annotation)
    required = parameter.default is inspect.Parameter.empty
    if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
        many = ("+" if required else "*") if repeated else (None if required else "?")
        default = {} if required else {"default": parameter.default}
        parser.add_argument(parameter.name, type=base, nargs=many, help=text, **default)
    elif base is bool:
        parser.add_argument(f"--{_option(parameter.name)}", action="store_true", help=text)
    else:
        given: dict[str, Any] = {"required": True} if required else {"default": parameter.default}
        kind = tuple[base, ...] if repeated else base
        parser.add_argument(f"--{_option(parameter.name)}", type=kind, help=text, **given)
        action = parser._option_string_actions[f"--{_option(parameter.name)}"]
        action.metavar = "PATH" if "Path" in str(parameter.annotation) else None
        action.several = bool(_mark(parameter.annotation, str))  # type: ignore[attr-defined]
        action.commas = repeated and action.metavar is None  # type: ignore[attr-defined]


def _add_settings(parser: ArgumentParser, name: str, kind: type) -> None:
    if not any("--config" in action.option_strings for action in parser._actions):
        parser.add_argument("--config", action="config", help="a YAML file of the settings below")
    parser.add_class_arguments(kind, None if name == "settings" else name)
    for action in parser._actions:
        if action.help == "Path to a configuration file.":
            action.help, action.metavar = "a YAML file of these settings", "FILE"
        if "--print_config" in action.option_strings:
            action.help = "print the settings as YAML and exit"


def _base(annotation: Any) -> tuple[Any, bool]:
    """The type of a parameter's value on the command line, and whether it takes several."""
    if get_origin(annotation) is Annotated:
        return _base(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        parts = [_base(part) for part in get_args(annotation)]
        return parts[0][0], any(several for _, several in parts)
    if get_origin(annotation) is get_origin(Sequence[str]):
        return _base(get_args(annotation)[0])[0], True
    return (str if annotation is Path else annotation), False


def _mark(annotation: Any, kind: type[Settings]) -> Settings | None:
    return next((mark for mark in getattr(annotation, "__metadata__", ()) if isinstance(mark, kind)), None)


def _option(name: str) -> str:
    """A parameter's option: `json_` is --json, where the plain name is a module's."""
    return name.rstrip("_")


def _shown(action: argparse.Action) -> str:
    name = action.dest.upper()
    return {"*": f"[{name} ...]", "+": f"{name} ...", "?": f"[{name}]"}.get(str(action.nargs), name)


def _model_first(words: Sequence[str]) -> list[str]:
    """The words with `--model FILE` as the first positional, for commands whose model is one."""
    for n, word in enumerate(words):
        if word == "--model" and n + 1 < len(words):
            return [words[n + 1], *words[:n], *words[n + 2 :]]
        if word.startswith("--model="):
            return [word.partition("=")[2], *words[:n], *words[n + 1 :]]
    return list(words)


def _plain_words(parser: ArgumentParser, words: Sequence[str]) -> list[str]:
    """The words as `parser` takes them: `--name=value`, names with underscores, a list's values together."""
    plain: list[str] = []
    lists: dict[str, list[str]] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        if not word.startswith("--") or word == "--":
            plain.append(word)
            continue
        name, equals, value = word.partition("=")
        name = "--" + ALIASES.get(name, name)[2:].replace("-", "_")
        action = parser._option_string_actions.get(name)
        if action is None or action.nargs in (0, "?") or not (equals or (left and not left[0].startswith("--"))):
            plain.append(name + equals + value)
            continue
        values = [value if equals else left.pop(0)]
        if get_origin(kind_of(action)) is not tuple:
            plain.append(f"{name}={values[0]}")
            continue
        while getattr(action, "several", False) and left and not left[0].startswith("--"):
            values.append(left.pop(0))
        if getattr(action, "commas", False) and not values[0].startswith("["):
            values = [part.strip() for part in values[0].split(",") if part.strip()]
        if len(values) == 1 and values[0].startswith("["):
            lists[name] = values
        else:
            lists[name] = [*(one for one in lists.get(name, []) if not one.startswith("[")), *values]
    for name, values in lists.items():
        plain.append(f"{name}={_list_text(kind_of(parser._option_string_actions[name]), values)}")
    return plain


def _list_text(kind: Any, values: Sequence[str]) -> str:
    if len(values) == 1 and values[0].startswith("["):
        return values[0]
    element = get_args(kind)[0]
    return "[" + ",".join(values if element in (int, float) else map(json.dumps, values)) + "]"


def _beside(store: str, folders: list[Path]) -> str:
    for folder in folders:
        if not Path(store).is_absolute() and (folder / store).exists():
            return str((folder / store).resolve())
    return store
