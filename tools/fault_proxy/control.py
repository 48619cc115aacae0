"""The faults that are on, and the log of requests: what a program and the threads of a proxy share."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any

from tools.fault_proxy.faults import REFUSALS, Faults, Request


class Control:
    """Decides what becomes of requests, and keeps their log."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._log: list[Request] = []
        self._held = 0
        self._uses: dict[str, int] = {}
        self._passed = 0
        self._closed = False
        self.set(Faults())

    def set(self, faults: Faults) -> None:
        """Let these faults take the place of the former; uses of access keys are counted from zero."""
        if faults.refuse is not None and faults.refuse not in REFUSALS:
            raise ValueError(
                f"refuse is {faults.refuse!r}; give one of {', '.join(REFUSALS)}"
            )
        with self._changed:
            self._faults = faults
            self._random = random.Random(faults.seed)
            self._uses.clear()
            self._passed = 0
            self._changed.notify_all()

    def heal(self) -> None:
        """Let all requests pass again."""
        self.set(Faults())

    def log(self, *methods: str) -> list[Request]:
        """The requests that have ended, in the order of their ends: all, or those of some methods.

        A request is there before the client has its answer.
        """
        with self._changed:
            return [one for one in self._log if not methods or one.method in methods]

    def clear(self) -> None:
        """Forget the requests that have ended."""
        with self._changed:
            self._log.clear()

    def wait(
        self, condition: Callable[[list[Request]], Any], timeout: float = 60.0
    ) -> None:
        """Wait until the log satisfies a condition.

        Raises:
            TimeoutError: It does not within `timeout` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: condition(self._log), timeout):
                raise TimeoutError(
                    f"after {timeout:g} s the last of {len(self._log)} requests are {self._log[-5:]}"
                )

    def held(self) -> int:
        """Requests that are in a black hole."""
        with self._changed:
            return self._held

    def end(self, request: Request) -> None:
        """Put a request into the log."""
        with self._changed:
            self._held -= request.fault == "black hole"
            self._log.append(request)
            self._changed.notify_all()

    def fate(self, method: str, access_key: str | None) -> tuple[str | None, Faults]:
        """Draw the fault of a request; None is for one that passes."""
        with self._changed:
            faults = self._faults
            is_meant = faults.methods is None or method in faults.methods
            if not is_meant or self._passed < faults.after:
                self._passed += is_meant
                return None, Faults()
            if faults.black_hole:
                self._held += 1
                self._changed.notify_all()
                return "black hole", faults
            if faults.refuse is not None:
                return faults.refuse, faults
            if faults.key_uses is not None and access_key is not None:
                uses = self._uses[access_key] = self._uses.get(access_key, 0) + 1
                if uses > faults.key_uses:
                    return "ExpiredToken", faults
            draw = self._random.random()
            for name, share in [
                ("SlowDown", faults.slow_down),
                ("reset", faults.reset),
                ("lost", faults.lost),
            ]:
                if draw < share:
                    return name, faults
                draw -= share
            return None, faults

    def pause(self, faults: Faults, seconds: float, gone: Callable[[], bool]) -> None:
        """Wait as long as these faults last and the client stays, at most so many seconds."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not self._closed and self._faults is faults and not gone():
                left = deadline - time.monotonic()
                if left <= 0:
                    return
                # Nothing tells of a client that leaves, so it is looked for.
                self._changed.wait(min(left, 0.1))

    def stop(self) -> None:
        """End all pauses."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
