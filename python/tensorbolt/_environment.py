"""Whether there are variables of ours in the environment, and what their names begin with. `_variables` reads them."""

import os

PREFIX = "TENSORBOLT_"
"""Beginning of the names of all variables."""

LOG_DIR = "TENSORBOLT_LOG_DIR"
"""Has the directory of writers that are given none; a comment follows it."""


def is_set() -> bool:
    """Whether there is any. Most programs have none, and never import what reads them."""
    return any(name.startswith(PREFIX) for name in os.environ)
