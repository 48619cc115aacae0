"""Segments in a local directory, such as a copy of a log in an object store."""

import os
import shutil
from pathlib import Path

from tensorbolt.reading.work_directory import PREFIX


class LocalSegment:
    """A file that is handled as an object of a store is.

    Attributes:
        run: Name of its run.
        name: Its path.
        path: The same.
        listed: Its bytes when it was found.
    """

    def __init__(self, run: str, path: Path) -> None:
        self.run = run
        self.path = path
        self.name = str(path)
        self.listed = path.stat().st_size

    def read(self, offset: int, most: int) -> bytes:
        """Some bytes from a place on; none at the end alone."""
        with self.path.open("rb") as file:
            file.seek(offset)
            return file.read(most)

    def put_beside(self, name: str, file: str | os.PathLike[str]) -> None:
        """Put a copy of a file next to it, whole or not at all."""
        work = self.path.with_name(f"{PREFIX}{os.getpid()}")
        try:
            shutil.copyfile(file, work)
            with work.open("rb+") as copy:
                os.fsync(copy.fileno())
            work.replace(self.path.with_name(name))
        finally:
            work.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove it, if it is there."""
        self.path.unlink(missing_ok=True)
