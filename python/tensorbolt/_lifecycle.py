"""The end of the process: native threads need word from Python of it."""

import atexit
import os
import sys
from typing import Any

from tensorbolt import _core
from tensorbolt._warnings import warn

EXIT_SECONDS = 10.0
"""Seconds that the end of the process may wait for a store that makes no progress."""

AFTER_ALL_ELSE = -1000
"""Priority among multiprocessing's exit hooks; lower ones run later."""


def install() -> None:
    """Register with the interpreter; called once, when the package is imported."""
    atexit.register(_end)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork_in_child)
    _join_multiprocessing()


def _after_fork_in_child() -> None:
    """Let go of files whose lock the parent may hold: if it is killed now, nobody else could ever take it."""
    descriptors = _core.shared_descriptors()
    if descriptors:
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in descriptors:
            os.dup2(nothing, descriptor, inheritable=False)
        os.close(nothing)
    _join_multiprocessing()


def _end() -> None:
    lost = _core.end(EXIT_SECONDS)
    if lost:
        warn(
            f"tensorbolt: the process ends with {lost} events that are not written; their store fails or has not "
            f"answered for {EXIT_SECONDS:.0f} seconds."
        )


def _join_multiprocessing() -> None:
    """Have multiprocessing call us at the end of its children, which it ends past `atexit`.

    In a child it forgets its exit hooks before it calls what was registered for after a fork, so both are needed.
    """
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(_core, _hook_exit)
        _hook_exit(_core)


def _hook_exit(_core: Any) -> None:
    util = sys.modules["multiprocessing.util"]
    util.Finalize(None, _end, (), exitpriority=AFTER_ALL_ELSE)
