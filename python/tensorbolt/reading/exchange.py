"""New directories in the place of old ones: the old or the new is there at any time."""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tensorbolt.reading.work_directory import work_directory

#: Of Linux: two names change places at once.
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100


@contextmanager
def new_directory(path: Path, overwrite: bool) -> Iterator[Path]:
    """Make a directory in a hidden one next to `path`; it takes that place if the block ends well.

    A program that is killed leaves what was at `path`, or the whole of the new directory.

    Raises:
        FileExistsError: There is something at `path` that is not to be replaced.
        ValueError: `path` has no name of its own.
    """
    if path.name in ("", ".."):
        raise ValueError(f"{str(path)!r} has no name; write the name of the directory")
    if os.path.lexists(path) and not overwrite:
        raise FileExistsError(f"{str(path)!r} exists already; --overwrite replaces it")
    if os.path.lexists(path) and (path.is_symlink() or not path.is_dir()):
        raise FileExistsError(f"{str(path)!r} exists already, and is no directory")
    path.parent.mkdir(parents=True, exist_ok=True)
    with work_directory(path.parent) as work:
        made = work / "new"
        made.mkdir()
        yield made
        _sync_directories(made)
        if path.is_dir():
            exchange(made, path)
        else:
            made.rename(path)
        sync(path.parent)


def exchange(made: Path, path: Path) -> None:
    """Let two directories change places.

    Raises:
        OSError: The system, or the file system, cannot do it in one step.
    """
    if sys.platform != "linux":
        raise OSError(
            f"{str(path)!r} can be replaced in one step on Linux only; write to a new directory"
        )
    libc = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(made), os.fsencode(path)
    if libc.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE):
        number = ctypes.get_errno()
        raise OSError(
            number,
            f"{os.strerror(number)}: this file system cannot replace the directory in one step; write to a new one",
            str(path),
        )


def sync(directory: Path) -> None:
    """Bring the names in a directory to the device. Windows opens no directory for that."""
    if sys.platform == "win32":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_directories(top: Path) -> None:
    for directory, _, _ in os.walk(top):
        sync(Path(directory))
