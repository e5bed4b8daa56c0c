"""How the help of a command looks."""

import argparse
from typing import Any, Literal, get_args, get_origin

from jsonargparse import DefaultHelpFormatter

METAVARS = {int: "N", float: "X", bool: "true|false", str: "TEXT"}


class CommandHelp(DefaultHelpFormatter):
    """Options with hyphens, their choices, their text and their default; nothing of a parser's own words."""

    def __init__(self, prog: str, **kwargs: Any) -> None:
        super().__init__(prog, **{"max_help_position": 28, "width": 116} | kwargs)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings:
            return action.dest.upper()
        names = ", ".join(word.replace("_", "-") for word in action.option_strings)
        return names if action.nargs in (0, "?") else f"{names} {metavar_of(action)}"

    def _format_usage(self, usage: str | None, *_: Any) -> str:
        return f"usage: {usage}\n\n"

    def _expand_help(self, action: argparse.Action) -> str:
        return help_text(action)


def kind_of(action: argparse.Action) -> Any:
    """Return the type of an option's value."""
    return getattr(action, "_typehint", action.type)


def metavar_of(action: argparse.Action) -> str:
    """Return what stands for the value of an option: its choices, or the kind of value."""
    if isinstance(action.metavar, str):
        return action.metavar
    kind = kind_of(action)
    if get_origin(kind) is tuple:
        kinds = get_args(kind)
        if kinds[-1] is not Ellipsis:
            return "[" + ",".join(METAVARS.get(one, "TEXT") for one in kinds) + "]"
        kind = kinds[0]
    if get_origin(kind) is Literal:
        return "|".join(map(str, get_args(kind)))
    return METAVARS.get(kind, "FILE" if "--config" in action.option_strings else "TEXT")


def help_text(action: argparse.Action) -> str:
    """Return an option's help with its default."""
    text = " ".join((action.help or "").split())
    default = action.default
    if default in (None, argparse.SUPPRESS, "", (), []) or (isinstance(default, bool) and action.nargs == 0):
        return f"{text} (required)" if action.required and action.option_strings else text
    shown = (
        f"[{','.join(map(str, default))}]"
        if isinstance(default, tuple | list)
        else str(default).lower()
        if isinstance(default, bool)
        else str(default)
    )
    return f"{text} (default {shown})"
