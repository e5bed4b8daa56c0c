"""What the parsers refuse, in plain words: the choices or the kind of value, and the names that were probably meant."""

import re
from typing import Any, Literal, get_args, get_origin

from jsonargparse import ArgumentParser

from barefaced.config.help import kind_of
from barefaced.config.options import either
from barefaced.errors import BadConfig
from barefaced.runtime.text import suggest_names


def refusal(parser: ArgumentParser, message: str) -> BadConfig:
    """Return the error for a message of argparse or jsonargparse."""
    help_of = f"`{parser.prog} --help` lists what there is."
    actions = {action.dest: action for action in parser._actions}
    options = [word.replace("_", "-") for action in parser._actions for word in action.option_strings]
    key = re.search(r"[Kk]ey \"([\w.]+)\"", message)
    value = re.search(r"Got value: (.*?)(?: - Parser key.*)?$", message)
    if key and value and key[1] in actions:
        kind = kind_of(actions[key[1]])
        near = suggest_names(value[1], [str(choice) for choice in _choices(kind)], f"`{parser.prog} --help` says more.")
        name = key[1].replace("_", "-")
        return BadConfig(expected=f"{describe(kind)} for --{name}", got=value[1], fix=near)
    if file := re.search(r"File does not exist: '?([^']*)'?", message):
        return BadConfig(expected="a YAML file of settings", got=f"no such file: {file[1]}", fix="Correct the path.")
    if alone := re.search(r"Unexpected config: (.{0,60})|(Unable to load config.*|Problems parsing config.*)", message):
        text = alone[1] or alone[2]
        return BadConfig(expected="settings as `name: value` lines", got=text, fix=help_of)
    if lacking := re.search(r"argument (--[\w.]+): expected one argument", message):
        return BadConfig(expected=f"a value after {lacking[1].replace('_', '-')}", got="none", fix=help_of)
    if lacking := re.search(r"arguments are required: (.+)|[Oo]ption \"([\w.]+)\" is required", message):
        names = [name.strip() for name in (lacking[1] or lacking[2]).split(",")]
        told = [f"--{name}" if f"--{name}" in options else name.upper() for name in (n.lstrip("-") for n in names)]
        return BadConfig(expected=f"{' and '.join(told)}: {parser.usage}", got="none", fix=help_of)
    unknown = [
        *re.findall(r"unrecognized arguments: .*?--([\w.\-]+)", message),
        *re.findall(r"[Gg]roup '([\w.]+)' does not accept option '([\w.]+)'", message),
        *re.findall(r"[Kk]ey \"?'?([\w.]+)", message),
        *re.findall(r"option '([\w.]+)'", message),
    ]
    for name in unknown:
        name = (name if isinstance(name, str) else ".".join(name)).replace("_", "-")
        return BadConfig(
            expected=f"options of `{parser.prog}`", got=f"--{name}", fix=suggest_names(f"--{name}", options, help_of)
        )
    message = message.removeprefix("unrecognized arguments: ")
    return BadConfig(expected=f"no more words than {parser.usage or parser.prog}", got=message, fix=help_of)


def describe(kind: Any) -> str:
    """Return what a value of the type `kind` may be, for people: its choices, or what it is."""
    arguments = get_args(kind)
    if get_origin(kind) is Literal:
        return either(arguments)
    if get_origin(kind) is tuple:
        if arguments[-1] is Ellipsis:
            return describe(arguments[0])
        return f"{len(arguments)} {'whole ' * (arguments[0] is int)}numbers in brackets"
    return {bool: "true or false", int: "a whole number", float: "a number"}.get(kind, "text")


def _choices(kind: Any) -> tuple[object, ...]:
    if get_origin(kind) is tuple:
        return _choices(get_args(kind)[0])
    return get_args(kind) if get_origin(kind) is Literal else ()
