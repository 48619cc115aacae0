"""Hidden directories for what a command is making. One that a killed command left is removed by the next command there."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tensorbolt.reading.signals import held_back

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

#: Names of work directories begin with this.
PREFIX = ".tensorbolt-"
#: A file in each. The command that works there has it locked; the system unlocks it when the command is killed.
LOCK = "lock"


@contextmanager
def work_directory(parent: Path) -> Iterator[Path]:
    """Make a directory in `parent`, and remove it with all it has when the block ends.

    Ctrl-C and SIGTERM cannot interrupt the removal. Before, work directories that killed programs left in `parent` are
    removed.

    Raises:
        OSError: A directory cannot be made in `parent`.
    """
    remove_abandoned(parent)
    made: tuple[Path, int | None] | None = None
    try:
        with held_back():
            made = _make(parent)
        yield made[0]
    finally:
        if made is not None:
            with held_back():
                _remove(*made)


def remove_abandoned(parent: Path) -> None:
    """Remove the work directories of this user in `parent` whose program has ended."""
    with suppress(OSError):
        entries = [*os.scandir(parent)]
        for entry in entries:
            if entry.name.startswith(PREFIX):
                with suppress(OSError), held_back():
                    _remove_if_abandoned(entry)


def _remove_if_abandoned(entry: "os.DirEntry[str]") -> None:
    # Another user could let a name lead elsewhere.
    if not entry.is_dir(follow_symlinks=False):
        return
    if _is_of_this_user(entry):
        path = Path(entry.path)
        try:
            lock = _lock(path, os.O_RDWR)
        except FileNotFoundError:
            # A directory has its lock from right after it is made until all else in it is removed. So it is empty, and
            # a command that is about to lock it makes another.
            path.rmdir()
        else:
            _remove(path, lock)


def _is_of_this_user(entry: "os.DirEntry[str]") -> bool:
    # On Windows the directory's rights keep other users out.
    if sys.platform == "win32":
        return True
    return entry.stat(follow_symlinks=False).st_uid == os.geteuid()


def _make(parent: Path) -> tuple[Path, int | None]:
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        try:
            return path, _lock(path, os.O_RDWR | os.O_CREAT)
        except (BlockingIOError, FileNotFoundError):
            # Another command saw it before the lock, took it for an abandoned one and removes it.
            continue
        except OSError:
            # A file system without locks. Nothing can be found out about other work directories there either.
            return path, None


def _lock(directory: Path, flags: int) -> int:
    """Lock a work directory. Only the command that made it may make the file: `os.O_CREAT` in `flags`.

    Raises:
        BlockingIOError: Another program has it.
        FileNotFoundError: Another program has removed it, or the command that made it has no lock yet.
        OSError: The file system has no locks.
    """
    path = directory / LOCK
    descriptor = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        _lock_file(descriptor, path)
        removed = not os.path.samestat(os.fstat(descriptor), path.stat())
    except BaseException:
        os.close(descriptor)
        raise
    if removed:
        os.close(descriptor)
        raise FileNotFoundError(path)
    return descriptor


def _lock_file(descriptor: int, path: Path) -> None:
    if sys.platform == "win32":
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(
                error.errno, "another program works there", str(path)
            ) from None
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _remove(directory: Path, lock: int | None) -> None:
    """Remove a work directory. The lock goes last: a directory that is half removed can be taken by the next program."""
    try:
        for entry in [*os.scandir(directory)]:
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            elif entry.name != LOCK:
                Path(entry.path).unlink()
        # Windows removes no file that is open.
        if sys.platform == "win32" and lock is not None:
            os.close(lock)
            lock = None
        # Elsewhere it is still locked: a program that has opened it by now finds that it is removed.
        (directory / LOCK).unlink(missing_ok=True)
    finally:
        # On NFS, a file that is removed while it is open keeps another name in the directory until it is closed.
        if lock is not None:
            os.close(lock)
    with suppress(FileNotFoundError):
        # Another program may have seen the empty directory.
        directory.rmdir()
