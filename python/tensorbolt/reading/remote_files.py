"""Event files of other stores, through fsspec."""

import os
from collections.abc import Callable
from typing import Any

from tensorbolt.reading.frames import library


def is_event_file(path: str) -> bool:
    """Whether a path is that of an event file."""
    name = path.rpartition("/")[2]
    return "tfevents" in name and not name.endswith(".profile-empty")


def remote_files(
    address: str,
    options: dict[str, Any],
    is_wanted: Callable[[str], bool] = is_event_file,
) -> list[tuple[str, str, "RemoteFile"]]:
    """Run, address and file of every event file below an address, or of the files that are wanted.

    Raises:
        FileNotFoundError: There is nothing at the address.
        ImportError: fsspec, or its package for this kind of store, is not installed.
    """
    fsspec = library("fsspec", "read")
    store, top = fsspec.core.url_to_fs(address, **options)
    # What was listed before may have grown.
    store.invalidate_cache()
    top = top.rstrip("/")
    if store.isfile(top):
        file = RemoteFile(store, top, None)
        return [(".", store.unstrip_protocol(top), file)]
    if not store.exists(top):
        raise FileNotFoundError(f"there is nothing at {address!r}")
    found = []
    for path, facts in sorted(store.find(top, detail=True).items()):
        directory = path.rpartition("/")[0]
        if is_wanted(path):
            run = directory[len(top) :].strip("/") or "."
            file = RemoteFile(store, path, facts.get("size"))
            found.append((run, store.unstrip_protocol(path), file))
    return found


class RemoteFile:
    """A file of a store, opened once more whenever its length is asked for, since it may have grown."""

    def __init__(self, store: Any, path: str, listed: int | None) -> None:
        #: Its bytes when it was found, if the store said so.
        self.listed = listed
        self._store = store
        self._path = path
        self._file: Any = None

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place."""
        if self._file is None or whence == os.SEEK_END:
            if self._file is not None:
                self._file.close()
            self._store.invalidate_cache(self._path.rpartition("/")[0])
            self._file = self._store.open(self._path, "rb", block_size=1 << 20)
        return int(self._file.seek(offset, whence))

    def read(self, count: int) -> bytes:
        """Some bytes."""
        return bytes(self._file.read(count))

    def size(self) -> int:
        """Bytes of the file, without opening it."""
        return int(self._store.size(self._path))
