"""Where `repair` puts repaired files: below a directory, or below an address of an object store."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePath
from typing import Any, Protocol

from tensorbolt._addresses import is_store, without_login
from tensorbolt._store_settings import store_log
from tensorbolt.reading.work_directory import work_directory


class Output(Protocol):
    """A place for a tree of files. None that is there is written over."""

    def check(self, source: str | os.PathLike[str]) -> None:
        """Raise `ValueError` if the place is inside a log that is read."""

    def work(self, name: PurePath) -> AbstractContextManager[Path]:
        """Make a directory to prepare the file of this name in; it goes when the block ends."""

    def put(self, part: Path, name: PurePath, like: Path | None) -> Path | str:
        """Put the file that is prepared, with the times and rights of another one; its path or address."""


def output_at(
    output: str | os.PathLike[str], storage_options: Mapping[str, Any] | None
) -> Output:
    """The place that a user names."""
    if is_store(output):
        return _StoreOutput(str(output), storage_options)
    return _DirectoryOutput(Path(output))


class _DirectoryOutput:
    def __init__(self, top: Path) -> None:
        self._top = top

    def check(self, source: str | os.PathLike[str]) -> None:
        if is_store(source):
            return
        directory = Path(source)
        if directory.is_dir() and self._top.resolve().is_relative_to(
            directory.resolve()
        ):
            raise ValueError(
                f"output {str(self._top)!r} is in {str(directory)!r}, where TensorBoard would show every run twice; pass a"
                " directory elsewhere"
            )

    @contextmanager
    def work(self, name: PurePath) -> Iterator[Path]:
        target = self._top / name
        if target.exists():
            raise FileExistsError(
                f"{str(target)!r} exists already; pass an empty directory as output"
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        with work_directory(target.parent) as work:
            yield work

    def put(self, part: Path, name: PurePath, like: Path | None) -> Path:
        if like is not None:
            shutil.copystat(like, part)
        target = self._top / name
        part.rename(target)
        return target


class _StoreOutput:
    def __init__(self, address: str, storage_options: Mapping[str, Any] | None) -> None:
        self._options = storage_options
        self._log = store_log(address, storage_options)

    def check(self, source: str | os.PathLike[str]) -> None:
        if not is_store(source):
            return
        # Several schemes may mean the same store.
        inside, top = (
            log.url.partition("://")[2] + "/"
            for log in (self._log, store_log(str(source), self._options))
        )
        if inside.startswith(top):
            raise ValueError(
                f"output {self._log.url!r} is in {without_login(str(source))!r}, where TensorBoard would show every run"
                " twice; pass an address elsewhere"
            )

    def work(self, _name: PurePath) -> AbstractContextManager[Path]:
        return work_directory(Path(tempfile.gettempdir()))

    def put(self, part: Path, name: PurePath, _like: Path | None) -> str:
        target = f"{self._log.url}/{name.as_posix()}"
        try:
            self._log.put_new(name.as_posix(), part)
        except FileExistsError:
            raise FileExistsError(
                f"{target!r} exists already, with other bytes; pass an empty address as output"
            ) from None
        return target
