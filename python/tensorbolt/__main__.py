"""`python -m tensorbolt`, the same as the command `tensorbolt`."""

import sys

from tensorbolt.cli import main

if __name__ == "__main__":
    sys.exit(main())
