"""How words are read: a misspelt one is answered with what was meant."""

import argparse
import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from barefaced.errors import BadConfig

if TYPE_CHECKING:
    from jsonargparse import ArgumentParser

T = TypeVar("T")


class _Parser(argparse.ArgumentParser):
    """argparse whose refusals are ours."""

    def error(self, message: str) -> None:  # type: ignore[override]
        flags = sorted(word for action in self._actions for word in action.option_strings)
        wrong = [word for word in message.split() if word.startswith("--")]
        near = [match for word in wrong for match in difflib.get_close_matches(word, flags, 2, 0.6) if match != word]
        hint = f"Did you mean {' or '.join(near)}?" if near else f"`{self.prog} --help` tells what there is."
        raise BadConfig(expected="words that the command knows", got=message, fix=hint)


def parser_of(name: str, doc: str | None, *, add_help: bool = True) -> _Parser:
    """A parser of a command's words."""
    return _Parser(prog=f"barefaced {name}", description=doc, allow_abbrev=False, add_help=add_help)


def settings_parser_of(name: str, doc: str | None) -> "ArgumentParser":
    """A parser of a command's words and of settings, to be read by `parsing.parse`."""
    from jsonargparse import ArgumentParser

    return ArgumentParser(prog=f"barefaced {name}", description=doc, exit_on_error=False, allow_abbrev=False)


def chosen(word: str, among: Mapping[str, T], expected: str, help_of: str) -> T:
    """What `word` names.

    Raises:
        BadConfig: it names none of them; the closest are offered.
    """
    if word not in among:
        near = difflib.get_close_matches(word, among, 2, 0.5)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"`{help_of} --help` lists them."
        raise BadConfig(expected=expected, got=repr(word), fix=hint)
    return among[word]
