"""From words to settings: YAML files and command-line words into the dataclasses of `config`.

Unknown names are refused with the names that were probably meant, before any work starts.
"""

import argparse
import dataclasses
import difflib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from jsonargparse import ArgumentParser, Namespace

from barefaced.config.media import DetectSettings, PrepareSettings
from barefaced.config.pictures import ForgeSettings
from barefaced.config.presets import PRESETS
from barefaced.config.recipe import Recipe
from barefaced.errors import BadConfig

Settings = TypeVar("Settings", Recipe, PrepareSettings, ForgeSettings, DetectSettings)


def recipe(path: Path | None = None, overrides: Sequence[str] = ()) -> Recipe:
    """A recipe from a YAML file and `--section.name value` words; both may be left out.

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
    made = built(Recipe, parser, namespace)
    stores = tuple(_beside(store, folders) for store in made.data.stores)
    start = _beside(made.start, folders) if made.start else ""
    return dataclasses.replace(made, start=start, data=dataclasses.replace(made.data, stores=stores))


def built(kind: type[Settings], parser: ArgumentParser, namespace: Namespace) -> Settings:
    """The dataclass `kind`, whose fields `parser` was given, from what it parsed."""
    values = parser.instantiate(namespace)
    return kind(**{field.name: values[field.name] for field in dataclasses.fields(kind)})


def recipe_parser() -> ArgumentParser:
    """A parser of every setting of a `Recipe`."""
    parser = ArgumentParser(prog="barefaced train RECIPE", exit_on_error=False, allow_abbrev=False)
    parser.add_argument("--config", action="config", help="a YAML file of the settings below")
    parser.add_class_arguments(Recipe, None)
    return parser


def _beside(store: str, folders: list[Path]) -> str:
    for folder in folders:
        if not Path(store).is_absolute() and (folder / store).exists():
            return str((folder / store).resolve())
    return store


def parse(parser: ArgumentParser, words: Sequence[str]) -> Namespace:
    """`parser` on `words`.

    Raises:
        BadConfig: what argparse or jsonargparse refused, with the near names.
    """
    try:
        return parser.parse_args(list(words))
    except (argparse.ArgumentError, TypeError, ValueError) as e:
        raise BadConfig(expected="settings that exist", got=_plain(str(e)), fix=_hint(parser, str(e))) from e


def _plain(message: str) -> str:
    return " ".join(message.split())


def _hint(parser: ArgumentParser, message: str) -> str:
    """The known names nearest to those the message refuses."""
    known = sorted(
        {
            word.lstrip("-")
            for action in parser._actions
            for word in (*action.option_strings, *(action.choices or ()))
            if isinstance(word, str)
        }
    )
    refused = [
        *re.findall(r"--([\w.\-]+)", message),
        *re.findall(r"[Kk]ey \"?'?([\w.]+)", message),
        *re.findall(r"option '([\w.]+)'", message),
        *re.findall(r"invalid choice: '([^']+)'", message),
    ]
    near: list[str] = []
    for word in dict.fromkeys(refused):
        if word in known:
            continue
        last = {name.rsplit(".", 1)[-1]: name for name in known}
        matches = difflib.get_close_matches(word, known, 3, 0.6) or [
            last[m] for m in difflib.get_close_matches(word.rsplit(".", 1)[-1], list(last), 3, 0.6)
        ]
        near += [m for m in matches if m not in near]
    if near:
        return "Did you mean " + " or ".join(near) + "?"
    if "Expected a" in message:
        return "Correct that value."
    return "`barefaced COMMAND --help` lists what there is."
