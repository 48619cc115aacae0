"""From what the caller names to the event files of runs."""

import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tensorbolt import _core
from tensorbolt.reading.discover import no_log
from tensorbolt.reading.stores import Stores

#: What begins the address of a store that is not a local file.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


class File(NamedTuple):
    """One event file.

    Attributes:
        run: Name of its run.
        name: Its path or address; files of a run are read in this order.
        place: Its path, or an open file.
        start: Offset of the first record that is read.
    """

    run: str
    name: str
    place: Any
    start: int = 0


def size_of(file: File) -> int | None:
    """The bytes of a file, if they are known without opening it.

    Raises:
        OSError: It is gone.
    """
    if isinstance(file.place, (str, os.PathLike)):
        return os.path.getsize(file.place)  # noqa: PTH202 - a path may be text
    listed: int | None = getattr(file.place, "listed", None)
    return listed


def finder(
    source: object, stores: Stores, threads: int = 1
) -> Callable[[], list[File]]:
    """A function that lists the files of a source as they are now; up to so many threads list local directories.

    Raises:
        TypeError: The source is nothing that can be read.
    """
    check_source(source)
    found = Finder(stores, threads)
    return lambda: unique(found.files(source))


def check_source(source: object) -> None:
    """Check that a source is one that can be read.

    Raises:
        TypeError: It is not.
    """
    if isinstance(source, (str, os.PathLike, File)) or _is_open(source):
        return
    if isinstance(source, Mapping):
        for one in source.values():
            check_source(one)
    elif isinstance(source, Iterable) and not isinstance(source, (bytes, Iterator)):
        for one in source:
            check_source(one)
    else:
        raise TypeError(
            "source must be a path, an address, a file that is open for reading bytes, a list of these, or a dict from name "
            f"to one, not {type(source).__name__}"
        )


def _is_open(source: object) -> bool:
    return hasattr(source, "read") and hasattr(source, "seek")


def unique(files: Iterable[File]) -> list[File]:
    """The files, each once, in the order of runs and names."""
    found = {(file.run, file.name): file for file in files}
    return [found[key] for key in sorted(found)]


class Finder:
    """Lists the files of what a caller names.

    Args:
        stores: Object stores, and others that are no local files.
        threads: Threads that list local directories.
    """

    def __init__(self, stores: Stores, threads: int) -> None:
        self._stores, self._threads = stores, threads

    def files(self, source: Any) -> Iterator[File]:
        """The files of a source."""
        if isinstance(source, Mapping):
            for name, one in source.items():
                for file in self.files(one):
                    yield file._replace(run=_below(str(name), file.run))
        elif isinstance(source, File):
            yield source
        elif _is_open(source):
            yield File(".", str(getattr(source, "name", "<file>")), source)
        elif isinstance(source, (str, os.PathLike)):
            yield from self.named(os.fspath(source))[1]
        else:
            parts = [self.several(one) for one in source]
            tops = [top for top, _ in parts if top is not None]
            common = os.path.commonpath(tops) if tops else ""
            for top, files in parts:
                prefix = "." if top is None else os.path.relpath(top, common)
                for file in files:
                    run = _below(prefix.replace(os.sep, "/"), file.run)
                    yield file._replace(run=run)

    def several(self, one: Any) -> tuple[str | None, list[File]]:
        """The same as `named` for one of several sources."""
        if isinstance(one, (str, os.PathLike)):
            return self.named(os.fspath(one))
        return None, list(self.files(one))

    def named(self, name: str) -> tuple[str | None, list[File]]:
        """The directory that names of runs are relative to, and the files."""
        if _SCHEME.match(name):
            return None, self.at_address(name)
        path = Path(name).expanduser()
        if path.is_dir():
            return os.path.abspath(path), self.in_directory(path)  # noqa: PTH100 - links stay as they were typed
        if path.exists():
            return os.path.abspath(path.parent), [File(".", str(path), path)]  # noqa: PTH100
        if glob.has_magic(str(path)):
            return self.matching(path)
        raise FileNotFoundError(no_log(path))

    def at_address(self, address: str) -> list[File]:
        """The files below an address of a store."""
        found = self._stores.files(address)
        return [File(run, name, place) for run, name, place in found]

    def in_directory(self, directory: Path) -> list[File]:
        """The files below a local directory."""
        found = _core.event_files(directory, self._threads)
        if directory == Path():
            found = [(run, path.removeprefix(f".{os.sep}")) for run, path in found]
        return [File(run, path, path) for run, path in found]

    def matching(self, pattern: Path) -> tuple[str, list[File]]:
        """The files of all directories and files that a pattern fits; names of runs begin after its part without wildcards."""
        parts = pattern.parts
        plain = next(at for at, part in enumerate(parts) if glob.has_magic(part))
        top = Path(*parts[:plain])
        found = sorted(glob.glob(str(pattern), recursive=True))  # noqa: PTH207 - the pattern may be absolute
        if not found:
            raise FileNotFoundError(f"no file or directory matches {str(pattern)!r}")
        files = []
        for name in found:
            path = Path(name)
            inside = self.in_directory(path) if path.is_dir() else []
            if path.is_file() and "tfevents" in path.name:
                inside, path = [File(".", name, path)], path.parent
            prefix = os.path.relpath(path, top).replace(os.sep, "/")
            files += [
                File(_below(prefix, one.run), one.name, one.place) for one in inside
            ]
        return os.path.abspath(top), files  # noqa: PTH100


def _below(name: str, run: str) -> str:
    if name == ".":
        return run
    return name if run == "." else f"{name}/{run}"
