"""The end of the process, and forks: the two moments at which native threads need word from Python."""

import atexit
import os
import sys
from typing import Any

from tensorbolt import _core

EXIT_PATIENCE = 10.0
"""Seconds that the end of the process may wait for a store that makes no progress."""

AFTER_ALL_ELSE = -1000
"""Priority among multiprocessing's exit hooks; lower ones run later."""


def install() -> None:
    """Register with the interpreter; called once, when the package is imported."""
    atexit.register(_core.end, EXIT_PATIENCE)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork_in_child)
    _join_multiprocessing()


def _after_fork_in_child() -> None:
    _core.after_fork_in_child()
    _join_multiprocessing()


def _join_multiprocessing() -> None:
    """Have multiprocessing call us at the end of its children, which it ends past `atexit`.

    In a child it forgets its exit hooks before it calls what was registered for after a fork, so both are needed.
    """
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(_core, _hook_exit)
        _hook_exit(_core)


def _hook_exit(core: Any) -> None:
    util = sys.modules["multiprocessing.util"]
    util.Finalize(None, core.end, (EXIT_PATIENCE,), exitpriority=AFTER_ALL_ELSE)
