"""Signals that end a command: they unwind its blocks, or wait until a block has ended."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

HANG_UP: int = getattr(signal, "SIGHUP", 0)
"""The signal of a terminal that is closed; Windows has none."""


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Make SIGTERM, and SIGHUP of a terminal that is closed, raise `SystemExit` in the block, so that it releases what it holds.

    Only the main thread gets signals. In another thread nothing changes.
    """

    def end(number: int, _: object) -> None:
        sys.exit(128 + number)

    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        before[signal.SIGTERM] = signal.signal(signal.SIGTERM, end)
        # `nohup` ignores it.
        if HANG_UP and signal.getsignal(HANG_UP) is signal.SIG_DFL:
            before[HANG_UP] = signal.signal(HANG_UP, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def held_back() -> Iterator[None]:
    """Delay Ctrl-C and other signals that end a program to the end of the block.

    The code in it would report them as errors of its own, or leave its work half done. Only the main thread gets signals.
    In another thread nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, HANG_UP)
    before = {number: signal.getsignal(number) for number in numbers if number}
    came: list[int] = []

    def keep(number: int, _: object) -> None:
        came.append(number)

    try:
        for number in before:
            signal.signal(number, keep)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
