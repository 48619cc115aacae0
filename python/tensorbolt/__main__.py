"""`python -m tensorbolt`, the same as the command `tensorbolt`."""

import sys

from tensorbolt._cli import main

if __name__ == "__main__":
    sys.exit(main())
