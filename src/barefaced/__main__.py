"""`python -m barefaced`."""

import sys

from barefaced.commands.cli import main

if __name__ == "__main__":
    sys.exit(main())
