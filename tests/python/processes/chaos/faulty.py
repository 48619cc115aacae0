"""A file system that fails when a test orders it: passes everything on to a directory, unless a fault is ordered.

`python faulty.py BACKING MOUNTPOINT ORDERS` stays in the foreground. A file in ORDERS named by an operation (`write`,
`fsync`, `create`, `mkdir`, …) holds what becomes of that operation: the name of an error (`EIO`), `stall` (until the file
is gone), or `short N` (N bytes are taken of every write, then the order is forgotten).

Some names are not operations. `append` and `exclusive` are files opened with that flag, `replace` is a rename over a file
that is there. With `renumber`, a file has another number at each look.
"""

import errno
import fcntl
import itertools
import os
import sys
import time
from pathlib import Path
from typing import Any

import mfusepy


class Faulty(mfusepy.Operations):
    """Each operation on `path` below a directory, after a look at the orders."""

    use_ns = True

    def __init__(self, backing: Path, orders: Path) -> None:
        self.backing, self.orders = backing, orders
        self.numbers = itertools.count(1_000_000)

    def _order(self, operation: str) -> str:
        place = self.orders / operation
        while True:
            try:
                order = place.read_text()
            except FileNotFoundError:
                return ""
            if order != "stall":
                break
            time.sleep(0.01)
        if order.startswith("E"):
            raise mfusepy.FuseOSError(getattr(errno, order))
        return order

    def _real(self, path: str) -> str:
        return str(self.backing) + path

    def getattr(self, path: str, fh: Any = None) -> dict[str, Any]:
        self._order("getattr")
        found = os.lstat(self._real(path))
        names = ("mode", "nlink", "uid", "gid", "size", "dev", "ino")
        times = ("atime", "mtime", "ctime")
        answer = {f"st_{name}": getattr(found, f"st_{name}") for name in names} | {
            f"st_{name}": getattr(found, f"st_{name}_ns") for name in times
        }
        if self._order("renumber"):
            answer["st_ino"] = next(self.numbers)
        return answer

    def readdir(self, path: str, fh: int) -> Any:
        found = (
            (entry.name, entry.stat(follow_symlinks=False))
            for entry in os.scandir(self._real(path))
        )
        return [
            ".",
            "..",
            *(
                (name, {"st_mode": of.st_mode, "st_ino": of.st_ino}, 0)
                for name, of in found
            ),
        ]

    def mkdir(self, path: str, mode: int) -> int:
        self._order("mkdir")
        os.mkdir(self._real(path), mode)  # noqa: PTH102
        return 0

    def _flags(self, flags: int) -> None:
        if flags & os.O_APPEND:
            self._order("append")
        if flags & os.O_EXCL:
            self._order("exclusive")

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        self._order("create")
        self._flags(fi)
        return os.open(self._real(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)

    def open(self, path: str, flags: int) -> int:
        self._order("open")
        self._flags(flags)
        # The offsets that the kernel works out are not to be overruled.
        return os.open(self._real(path), flags & ~os.O_APPEND)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        order = self._order("write")
        if order.startswith("short"):
            data = data[: int(order.split()[1])]
            (self.orders / "write").unlink(missing_ok=True)
        return os.pwrite(fh, data, offset)

    def truncate(self, path: str, length: int, fh: Any = None) -> None:
        self._order("truncate")
        os.truncate(self._real(path), length)

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        self._order("fsync")
        os.fsync(fh)
        return 0

    def unlink(self, path: str) -> int:
        os.unlink(self._real(path))  # noqa: PTH108
        return 0

    def rmdir(self, path: str) -> int:
        os.rmdir(self._real(path))  # noqa: PTH106
        return 0

    def chmod(self, path: str, mode: int) -> int:
        self._order("chmod")
        os.chmod(self._real(path), mode)  # noqa: PTH101
        return 0

    def link(self, target: str, source: str) -> int:
        self._order("link")
        os.link(self._real(source), self._real(target))
        return 0

    def flock(self, path: str, fh: int, op: int) -> int:
        self._order("flock")
        fcntl.flock(fh, op)
        return 0

    def rename(self, old: str, new: str) -> int:
        # That is how this library removes a file that is open.
        if ".fuse_hidden" not in new:
            self._order("rename")
        if os.path.exists(self._real(new)):  # noqa: PTH110
            self._order("replace")
        os.rename(self._real(old), self._real(new))  # noqa: PTH104
        return 0

    def release(self, path: str, fh: int) -> int:
        os.close(fh)
        return 0


if __name__ == "__main__":
    backing, mountpoint, orders = sys.argv[1:]
    mfusepy.FUSE(
        Faulty(Path(backing), Path(orders)),
        mountpoint,
        foreground=True,
        fsname="faulty",
        # Without a cache in between, every write is seen here as the program made it.
        direct_io=True,
        # Files have the numbers that are given here, and are looked at each time.
        use_ino=True,
        attr_timeout=0,
    )
