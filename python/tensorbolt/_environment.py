"""Whether there are variables of ours in the environment, and what their names begin with. `_variables` reads them."""

import os

PREFIX = "TENSORBOLT_"
"""Beginning of the names of all variables."""

_RAW_PREFIX = PREFIX.encode()

LOG_DIR = "TENSORBOLT_LOG_DIR"
"""Has the directory of writers that are given none; a comment follows it."""


def is_set() -> bool:
    """Whether there may be any. Most programs have none, and never import what reads them."""
    # Every constructor asks. The names as the system has them take a tenth of the time of decoding each.
    raw = getattr(os.environ, "_data", None)
    try:
        return _RAW_PREFIX in b"\n".join(raw)  # type: ignore[arg-type]
    except TypeError:
        # Another interpreter, or a program that has put a mapping of its own there.
        return PREFIX in "\n".join(os.environ)
