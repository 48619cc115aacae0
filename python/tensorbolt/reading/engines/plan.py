"""Divides the files of a log into parts that an engine reads at the same time."""

import importlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tensorbolt.reading.filters import chooser
from tensorbolt.reading.inputs import File, finder
from tensorbolt.reading.log import read
from tensorbolt.reading.options import wanted_threads
from tensorbolt.reading.remote_files import RemoteFile
from tensorbolt.reading.scalars import Scalars
from tensorbolt.reading.stores import Stores

#: Bytes of event files that one part has at most, unless a single run has more; about a million scalars.
PART_BYTES = 64 * 2**20
#: Parts that a smaller log is divided into, as far as it has runs, so that several workers share it.
LEAST_PARTS = 32


def engine(module: str, package: str, caller: str) -> Any:
    """The module of an engine.

    Raises:
        ImportError: It is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f'{caller} needs {module.partition(".")[0]}: pip install "{package}" ({error})'
        ) from error


@dataclass(frozen=True)
class Part:
    """Whole runs, which one worker reads. It can be pickled.

    Attributes:
        files: Their event files.
        options: Of `tensorbolt.read`.
        nbytes: Bytes of the files.
    """

    files: tuple[File, ...]
    options: Mapping[str, Any]
    nbytes: int

    def read(self) -> Scalars:
        """The scalars of these runs.

        Raises:
            FileNotFoundError: A file is not there, or not on the machine of this worker.
            ValueError: There is damage, or a repeated step, and it is to be an error.
        """
        for file in self.files:
            path = getattr(file.place, "path", file.place)
            if isinstance(path, str) and not os.path.exists(path):  # noqa: PTH110 - a string, as it is opened
                raise FileNotFoundError(
                    f"{path!r} is not there: it was removed since the log was listed, or this worker does not see the "
                    "file system that the log is on"
                )
        return read(list(self.files), **self.options).scalars


class Plan:
    """A log of which nothing has been read.

    Attributes:
        options: Of `tensorbolt.read`, for files that have been found.
        empty: A table without rows, with the columns of all parts.
    """

    def __init__(
        self,
        source: Any,
        options: Mapping[str, Any],
        *,
        threads: int | None = 1,
        other_processes: bool = True,
    ) -> None:
        """Check the arguments; nothing is read.

        Args:
            source: As in `tensorbolt.read`.
            options: Of `tensorbolt.read`.
            threads: Of each part, unless the options say it; the engines have a worker for each core.
            other_processes: Whether the parts are read in other processes, which open files cannot be sent to.

        Raises:
            TypeError: There is no such option, or the source, `runs` or `tags` is not what `tensorbolt.read` takes.
            ValueError: Another option is not what `tensorbolt.read` takes.
        """
        kinds = options.get("kinds")
        if kinds not in (None, "scalars") and list(kinds) != ["scalars"]:
            raise ValueError(
                f"kinds must be 'scalars', the only kind that engines read, not {kinds!r}"
            )
        if options.get("ranks") is not None:
            raise ValueError(
                "ranks must be None for engines, which read event files; `tensorbolt reduce` writes curves into these"
            )
        mine = {"threads": threads, **options, "kinds": "scalars"}
        self._wants_run = chooser(mine.pop("runs", None), "runs")
        stores = Stores(mine.pop("storage_options", None), through_fsspec=True)
        self._find = finder(source, stores, wanted_threads(options.get("threads")))
        self._other_processes = other_processes
        self.options = mine
        self.empty = read([], **mine).scalars

    def files(self) -> list[File]:
        """The files of the wanted runs as they are now, in the order of runs.

        Raises:
            FileNotFoundError: There is nothing of this name.
            TypeError: An open file is to be read in another process.
        """
        wants = self._wants_run
        found = [file for file in self._find() if wants is None or wants(file.run)]
        return [self._sendable(file) for file in found]

    def _sendable(self, file: File) -> File:
        if isinstance(file.place, (str, os.PathLike)):
            # A worker may have another working directory.
            return File(file.run, file.name, os.path.abspath(file.place))  # noqa: PTH100 - links stay as they are
        if self._other_processes and not isinstance(file.place, RemoteFile):
            raise TypeError(
                "source must be a path or an address, because workers are other processes, which an open file cannot be sent "
                f"to; {file.name!r} is one"
            )
        return file

    def parts(
        self,
        count: int | None = None,
        options: Mapping[str, Any] | None = None,
        wants_run: Callable[[str], bool] | None = None,
    ) -> list[Part]:
        """The log in parts of about equal size.

        Args:
            count: Parts, at most; as many as `PART_BYTES` and `LEAST_PARTS` say if `None`.
            options: More options of `tensorbolt.read`.
            wants_run: Which runs are wanted of those that are left; all if `None`.

        Returns:
            The parts. All files of a run are in one, because a restart in one file purges points of another.

        Raises:
            FileNotFoundError: There is nothing of this name.
            TypeError: An open file is to be read in another process.
            ValueError: `count` is less than 1.
        """
        if count is not None and count < 1:
            raise ValueError(f"the number of parts must be at least 1, not {count}")
        files = self.files()
        if wants_run is not None:
            files = [file for file in files if wants_run(file.run)]
        sizes = [file_size(file) for file in files]
        total = sum(sizes)
        target = total / count if count else part_bytes(total)
        whole = {**self.options, **(options or {})}
        return [
            Part(tuple(these), whole, nbytes)
            for these, nbytes in divided(zip(files, sizes, strict=True), target)
        ]


def part_bytes(total: int) -> float:
    """Bytes of a part of a log of so many bytes."""
    return min(PART_BYTES, total / LEAST_PARTS)


def divided(
    files: Iterable[tuple[File, int]], target: float
) -> Iterator[tuple[list[File], int]]:
    """Whole runs that follow each other, until they have `target` bytes."""
    these: list[File] = []
    nbytes = 0
    for file, size in files:
        if these and nbytes >= target and file.run != these[-1].run:
            yield these, nbytes
            these, nbytes = [], 0
        these.append(file)
        nbytes += size
    if these:
        yield these, nbytes


def file_size(file: File) -> int:
    """Bytes of a file; 0 if it is gone."""
    if isinstance(file.place, str):
        try:
            return os.stat(file.place).st_size  # noqa: PTH116 - a string, as it is opened
        except OSError:
            # Removed since; the worker says so.
            return 0
    return file.place.size() if isinstance(file.place, RemoteFile) else 0


def with_texts(table: Scalars) -> Any:
    """The table as a pyarrow Table of plain strings, all of whose columns may be null.

    Dictionaries of different parts would have different codes, which engines do not unite; and engines compare schemas,
    in which a part without nulls must not differ from one with some.
    """
    pyarrow = engine("pyarrow", "pyarrow", "the engine")
    arrow = table.to_arrow()
    fields = [
        pyarrow.field(
            one.name,
            pyarrow.string() if pyarrow.types.is_dictionary(one.type) else one.type,
        )
        for one in arrow.schema
    ]
    return arrow.cast(pyarrow.schema(fields))
