"""Mixin that makes a class with `close()` a context manager."""

from types import TracebackType
from typing import TypeVar

_Self = TypeVar("_Self", bound="Closing")


class Closing:
    """Calls `close()` at the end of a `with` block, also after an exception."""

    def close(self) -> None:
        """Release the files and threads that the object holds."""
        raise NotImplementedError

    def __enter__(self: _Self) -> _Self:
        """Begin a `with` block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Call `close()`; exceptions propagate."""
        self.close()
