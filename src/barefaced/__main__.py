"""`python -m barefaced`."""

import sys

from barefaced.commands.main import main

if __name__ == "__main__":
    sys.exit(main())
