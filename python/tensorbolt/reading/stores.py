"""Logs in object stores, which the extension reads in ranges, and in what else fsspec knows."""

import re
from collections.abc import Mapping
from typing import Any

from tensorbolt import _core
from tensorbolt._addresses import is_store
from tensorbolt._store_settings import store_log
from tensorbolt.reading.remote_files import remote_files

#: `ID.HOST.PID.stream`, in an object store with the number of a segment.
_STREAM = re.compile(r"(?:^|[/\\])\d{20}\.[^/\\]*\.stream(?:\.\d+)?$")


class Stores:
    """The stores of one log. Each is kept, so that an object that has not changed is not read again.

    Args:
        storage_options: For the clients of the stores, as `SummaryWriter` takes them; of other addresses, for fsspec.
        through_fsspec: Whether all addresses go through fsspec, whose files can be sent to other processes.
    """

    def __init__(
        self, storage_options: Mapping[str, Any] | None, *, through_fsspec: bool = False
    ) -> None:
        self._options = dict(storage_options or {})
        self._through_fsspec = through_fsspec
        self._logs: dict[str, _core.RemoteLog] = {}

    def files(self, address: str) -> list[tuple[str, str, Any]]:
        """Run, address and place of each event file below an address.

        Raises:
            FileNotFoundError: There is nothing at the address.
            ImportError: fsspec, or its package for this kind of store, is needed and not installed.
            OSError: The store cannot be asked, or refuses.
            TypeError: `storage_options` are not what a store takes.
            ValueError: Likewise.
        """
        if self._through_fsspec or not is_store(address):
            return list(remote_files(address, self._options))
        log = self._log(address)
        return [(place.run, place.name, place) for place in log.files()]

    def streams(self, address: str) -> list[tuple[str, str, Any]]:
        """Run of the job, address and place of each stream of ranks below an address.

        Raises:
            As for `files`.
        """
        if self._through_fsspec or not is_store(address):
            found = remote_files(address, self._options, is_stream)
            return [
                (_run_of(run), name, place)
                for run, name, place in found
                if run == "ranks" or run.endswith("/ranks")
            ]
        log = self._log(address)
        return [(place.run, place.name, place) for place in log.streams()]

    def _log(self, address: str) -> _core.RemoteLog:
        log = self._logs.get(address)
        if log is None:
            log = self._logs[address] = store_log(address, self._options)
        return log


def is_stream(name: str) -> bool:
    """Whether the last part of a path or an address is the name of a stream of ranks."""
    return _STREAM.search(name) is not None


def _run_of(directory: str) -> str:
    return directory.removesuffix("ranks").removesuffix("/") or "."
