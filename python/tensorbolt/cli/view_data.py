"""Who reads the log that `tensorbolt view` shows: our server in this process, or TensorBoard itself."""

import argparse
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tensorbolt import _core
from tensorbolt._addresses import is_store
from tensorbolt._wording import counted, plain
from tensorbolt.cli import serve, serve_options
from tensorbolt.cli.arguments import DEFAULT
from tensorbolt.reading import discover, serving, tensorboard_flags, tensorboard_options
from tensorbolt.reading.tensorboard_options import Asked
from tensorbolt.reading.tensorboard_process import without_proxy

DRY_PORT = 6806
"""The port of the server in the commands of a dry run."""


@dataclass(frozen=True)
class Started:
    """What TensorBoard needs.

    Attributes:
        flags: That say where the data is.
        rest: Further options of the user.
        environment: Variables of TensorBoard; `None` for those of this process.
        before: Commands that have to run first, by themselves.
    """

    flags: list[str]
    rest: Sequence[str]
    environment: Mapping[str, str] | None = None
    before: Sequence[list[str]] = ()


class Data(Protocol):
    """Who reads the log."""

    @contextmanager
    def started(self) -> Iterator[Started]:
        """Have it ready for the length of a block."""

    def say(self) -> None:
        """Say what was found, once the page is there."""


def chosen(arguments: argparse.Namespace, places: Sequence[str]) -> Data:
    """Who reads the log, by the options; ends the program where they contradict each other."""
    parser: argparse.ArgumentParser = arguments.parser
    try:
        asked = tensorboard_options.asked(arguments.rest)
    except ValueError as error:
        parser.error(plain(str(error)))
    if asked.places and places:
        parser.error("pass the directories once: as LOGDIR or as --logdir_spec")
    wanted = [*places, *asked.places] or [DEFAULT]
    reason = (asked.loaders or (None,))[0]
    if arguments.data == "tensorboard":
        return TensorBoardsOwn(arguments, wanted)
    if arguments.data is None and reason is not None:
        _say(f"note: {reason} is for TensorBoard's own loaders, so TensorBoard reads the log itself")  # fmt: skip
        return TensorBoardsOwn(arguments, wanted)
    if reason is not None:
        parser.error(
            f"{reason} is for TensorBoard's own loaders; leave it out, or pass --data tensorboard"
        )
    if arguments.data is None and len(wanted) == 1 and serving.is_remote(wanted[0]):
        _say("note: tensorbolt knows no such store, so TensorBoard reads the log itself")  # fmt: skip
        return TensorBoardsOwn(arguments, wanted)
    return Ours(arguments, wanted, asked)


class Ours:
    """Our server, in threads of this process."""

    def __init__(
        self, arguments: argparse.Namespace, places: Sequence[str], asked: Asked
    ) -> None:
        self._arguments = arguments
        self._logs = serve.logs_at(places, arguments.parser, may_be_empty=False)
        self._asked = asked
        self._places = places
        if asked.samples:
            arguments.samples = {**(arguments.samples or {}), **asked.samples}
        if asked.interval is not None and arguments.reload is None:
            arguments.reload = asked.interval
        self._options = serve_options.options(arguments)
        try:
            self._made = serving.provider(self._logs, self._options)
        except ValueError as error:
            arguments.parser.error(plain(str(error)))
        self._provider: _core.DataProvider | None = None
        self._ended = threading.Event()

    @contextmanager
    def started(self) -> Iterator[Started]:
        """Serve for the length of a block."""
        if self._arguments.dry_run:
            command = ["tensorbolt", "serve", *self._places, f"--port={DRY_PORT}"]
            command += _given(self._arguments)
            yield self._started(DRY_PORT, [command])
            return
        provider = self._provider = self._made
        port = provider.start("localhost", 0)
        watch = threading.Thread(target=self._watch, args=(provider,), daemon=True)
        watch.start()
        try:
            yield self._started(port, [])
        finally:
            self._ended.set()
            watch.join()
            provider.stop()

    def _started(self, port: int, before: Sequence[list[str]]) -> Started:
        flags = [f"--grpc_data_provider=localhost:{port}", serving.flag(self._options.samples)]  # fmt: skip
        if len(self._logs) == 1 and not is_store(self._logs[0][1]):
            # TensorBoard finds a projector's files below the directory itself.
            flags.insert(0, f"--logdir={self._logs[0][1]}")
        return Started(flags, self._asked.rest, without_proxy(), before)

    def _watch(self, provider: _core.DataProvider) -> None:
        said: dict[str, Any] = {}
        while not self._ended.wait(1.0):
            serve.remark(provider, said)

    def say(self) -> None:
        """Say how much there is."""
        assert self._provider is not None
        is_read = self._provider.wait(0.0)
        counts = dict(self._provider.stats())
        files, runs = (int(counts[name]) for name in ("files", "runs"))
        so_far = "" if is_read else " so far"
        _say(f"{counted(files, 'event file')} in {counted(runs, 'run')}{so_far}")


def _given(arguments: argparse.Namespace) -> Iterator[str]:
    """The options of `add_reading` that were given, as `serve` takes them."""
    if arguments.reload is not None:
        yield f"--reload={arguments.reload:g}" if arguments.reload < float("inf") else "--reload=once"  # fmt: skip
    if arguments.all:
        yield "--all"
    if arguments.samples:
        yield "--samples=" + ",".join(f"{plugin}={number or 'all'}" for plugin, number in arguments.samples.items())  # fmt: skip
    if arguments.memory is not None:
        yield f"--memory={arguments.memory}"
    for group in arguments.group:
        yield f"--group={group}"
    if arguments.index is not None:
        yield f"--index={arguments.index}"
    if not arguments.checksum:
        yield "--no-checksum"
    for key, _ in arguments.storage_option:
        # The value may be a secret.
        yield f"--storage-option={key}=…"


class TensorBoardsOwn:
    """TensorBoard's own loader, with the flags that a log needs."""

    def __init__(self, arguments: argparse.Namespace, places: Sequence[str]) -> None:
        parser: argparse.ArgumentParser = arguments.parser
        for name in ("reload", "samples", "memory", "index"):
            if getattr(arguments, name) is not None:
                parser.error(f"--{name} is for --data tensorbolt; TensorBoard's own options are written as --name=value")  # fmt: skip
        for name in ("all", "group", "storage_option"):
            if getattr(arguments, name):
                parser.error(f"--{name.replace('_', '-')} is for --data tensorbolt")
        if not arguments.checksum:
            parser.error("--no-checksum is for --data tensorbolt")
        if len(places) > 1 or (
            places[0].partition("=")[1] and not Path(places[0]).exists()
        ):  # fmt: skip
            parser.error(
                "TensorBoard's own loader takes one directory here; the parent of several shows them together"
            )
        self._parser = parser
        self._place = places[0]
        self._rest: list[str] = arguments.rest

    @contextmanager
    def started(self) -> Iterator[Started]:
        """Nothing has to run."""
        if "://" in self._place:
            yield Started([f"--logdir={self._place}"], self._rest)
        else:
            directory, flags = self._looked_at(self._place)
            yield Started([f"--logdir={directory}", *flags], self._rest)

    def _looked_at(self, place: str) -> tuple[str, list[str]]:
        """Return the absolute directory and the flags that it needs, and print the flags with their reasons."""
        path = Path(place).expanduser()
        if path.is_file():
            # TensorBoard takes directories only.
            path = path.parent
        log = tensorboard_flags.scan(path)
        if not log.files:
            self._parser.error(plain(discover.no_log(path)))
        _say(f"{counted(log.files, 'event file')} in {counted(log.runs, 'run')}")
        for need in log.needs:
            _say(f"{need.flag}\n  because: {need.reason}")
        for remark in log.remarks:
            _say(f"note: {remark}")
        return os.path.abspath(path), [need.flag for need in log.needs]  # noqa: PTH100 - links stay

    def say(self) -> None:
        """All was said before TensorBoard started."""


def _say(text: str) -> None:
    # TensorBoard prints to stderr as well.
    print(text, file=sys.stderr, flush=True)
