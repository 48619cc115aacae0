"""Hooks at the end of the process and after a fork, which the native threads depend on."""

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
    """Close the child's copies of locked files.

    A copy would keep the lock after the parent was killed, and no other process could ever take it.
    """
    descriptors = _core.shared_descriptors()
    if descriptors:
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in descriptors:
            os.dup2(nothing, descriptor, inheritable=False)
        os.close(nothing)
    _join_multiprocessing()


def _end() -> None:
    waiting = sys.modules.get("tensorbolt.device_values._queue")
    if waiting is not None:
        waiting.end()
    streams = sys.modules.get("tensorbolt.ranks._stream")
    if streams is not None:
        streams.end(EXIT_SECONDS)
    lost = _core.end(EXIT_SECONDS)
    if lost:
        warn(
            f"tensorbolt: the process ends with {lost} events that are not written; their store fails or has not "
            f"answered for {EXIT_SECONDS:.0f} seconds."
        )
    upload = sys.modules.get("tensorbolt._upload")
    if upload is not None:
        upload.end(EXIT_SECONDS)


def _join_multiprocessing() -> None:
    """Register with multiprocessing, whose child processes end without `atexit`.

    After a fork, multiprocessing first clears its exit hooks and then calls its after-fork hooks, so both are needed.
    """
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(_core, _hook_exit)
        _hook_exit(_core)


def _hook_exit(_core: Any) -> None:
    util = sys.modules["multiprocessing.util"]
    util.Finalize(None, _end, (), exitpriority=AFTER_ALL_ELSE)
