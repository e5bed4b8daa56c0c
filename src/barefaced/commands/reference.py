"""The page of every command and option: `python -m barefaced.commands.reference > docs/cli.md`."""

import argparse
import sys

from barefaced.commands.main import COMMANDS, SUMMARY, find_command
from barefaced.config.help import help_text, metavar_of
from barefaced.config.parsing import command_parser

HEAD = """\
# Commands

Made from the commands themselves by `python -m barefaced.commands.reference > docs/cli.md`; `barefaced help COMMAND`
shows the same.

- Hyphens and underscores in an option's name are alike.
- A list option is repeated, or given in brackets: `--by age --by sex`, `--by '[age,sex]'`. Commas part names.
- Exit codes: 0 as wished; 2 an input or option that cannot be used; 3 a data set or store; 4 weights; 5 a training;
  1 anything else that barefaced says; 130 after Ctrl-C.
"""


def reference() -> str:
    """Return docs/cli.md."""
    text = f"{HEAD}\n```\n{SUMMARY}```\n"
    for name in COMMANDS:
        parser = command_parser(name, find_command(name))
        text += f"\n## {name}\n\n{parser.description}\n\n```\n{parser.usage}\n```\n"
        for group in parser._action_groups:
            rows = [row_of(action) for action in group._group_actions if action.dest != "help"]
            if rows:
                title = group.title or ""
                text += "" if title in ("positional arguments", "options") else f"\n**{title}**\n"
                text += "\n| | |\n|---|---|\n" + "".join(rows)
    return text


def row_of(action: argparse.Action) -> str:
    """Return an argument's or option's row of a table."""
    name = (action.option_strings or [action.dest.upper()])[-1].replace("_", "-" if action.option_strings else "_")
    value = "" if not action.option_strings or action.nargs in (0, "?") else f" {metavar_of(action)}"
    cells = (f"`{name}{value}`", help_text(action))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
