"""A file that stays open between calls, and whether its descriptor is still its own."""

import io
import os
import sys
from typing import Any

from tensorbolt._warnings import warn

if sys.platform != "win32":
    import fcntl

LOWEST = 3
"""Lower descriptors belong to the standard streams, even of a program that was started without them."""


class KeptFile(io.RawIOBase):
    """A new file to write to, as `open(path, "wb", buffering=0)` gives it, that never writes into another file.

    Programs close descriptors that they do not know (daemons and launchers call `os.closerange`); the next file that they
    open then gets the same number. So each write compares what the number stands for with what was opened, and opens the
    file again by its path.

    Args:
        path: Made new, or emptied.

    Raises:
        OSError: The file cannot be made.
    """

    mode = "wb"

    def __init__(self, path: Any) -> None:
        super().__init__()
        self.name = path
        self._path = os.path.abspath(path)  # noqa: PTH100 - the program may change its directory
        self._descriptor = _open(self._path, os.O_CREAT | os.O_TRUNC)
        self._identity = _identity(self._descriptor)
        self._position = 0

    def writable(self) -> bool:
        """Return `True`."""
        return True

    def seekable(self) -> bool:
        """Whether positions can be set: not in a pipe."""
        try:
            os.lseek(self.fileno(), 0, os.SEEK_CUR)
        except OSError:
            return False
        return True

    def fileno(self) -> int:
        """Return the descriptor, after the file was opened again if it was closed by another part of the program."""
        if self.closed:
            raise ValueError(f"{self.name} is closed")
        if not self._is_ours():
            self._reopen()
        return self._descriptor

    def write(self, data: Any) -> int:
        """Write as much as the operating system takes at once; return how many bytes that were.

        Raises:
            OSError: It takes none; or another part of the program closed the descriptor and the file is gone.
        """
        written = os.write(self.fileno(), data)
        self._position += written
        return written

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Set the position of the next write; return it."""
        self._position = os.lseek(self.fileno(), offset, whence)
        return self._position

    def truncate(self, size: int | None = None) -> int:
        """Cut the file off at a size, by default at the position; return the size."""
        size = self._position if size is None else size
        os.ftruncate(self.fileno(), size)
        return size

    def close(self) -> None:
        """Close the descriptor, unless it is another file's by now. May be called again."""
        if not self.closed:
            super().close()
            if hasattr(self, "_identity") and self._is_ours():
                os.close(self._descriptor)

    def _is_ours(self) -> bool:
        try:
            return _identity(self._descriptor) == self._identity
        except OSError:
            return False

    def _reopen(self) -> None:
        closed = f"another part of the program closed the descriptor of {self._path}, as os.closerange() does"
        # Not created: what is gone is not a file that goes on.
        descriptor = _open(self._path, 0)
        identity = _identity(descriptor)
        if identity[:2] != self._identity[:2]:
            os.close(descriptor)
            raise FileNotFoundError(
                f"{closed}, and the file was replaced by another; make a new writer to go on"
            )
        self._descriptor, self._identity = descriptor, identity
        os.lseek(descriptor, self._position, os.SEEK_SET)
        warn(f"tensorbolt: {closed}; it was opened again and writing goes on.")


def _open(path: str, flags: int) -> int:
    # On Windows a file is text unless it says otherwise. Python has no child inherit what it opens.
    descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0) | flags, 0o666)
    if descriptor >= LOWEST:
        return descriptor
    above = _above(descriptor)
    os.close(descriptor)
    return above


def _above(descriptor: int) -> int:
    """Return another descriptor of the same file, of `LOWEST` or more."""
    if sys.platform != "win32":
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, LOWEST)
    copy = os.dup(descriptor)
    if copy >= LOWEST:
        return copy
    above = _above(copy)
    os.close(copy)
    return above


def _identity(descriptor: int) -> tuple[int, int, int]:
    """Return what a descriptor stands for, and how it was opened."""
    found = os.fstat(descriptor)
    # Windows does not say how.
    how = 0 if sys.platform == "win32" else fcntl.fcntl(descriptor, fcntl.F_GETFL)
    return found.st_dev, found.st_ino, how
