"""`tensorbolt serve`: reads logs in native threads, and gives TensorBoard what its page shows."""

import argparse
import os
import shlex
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tensorbolt._addresses import is_store
from tensorbolt._wording import counted, plain
from tensorbolt.cli.arguments import (
    DEFAULT,
    FILES_OR_ADDRESS,
    Commands,
    add_command,
    add_json,
)
from tensorbolt.cli.serve_options import add_reading, options, port

if TYPE_CHECKING:
    from tensorbolt import _core
    from tensorbolt.reading.serving import Options

DESCRIPTION = """\
Reads logs and answers the questions of TensorBoard's page, in the place of TensorBoard's own loaders: in native
threads, with all points of short curves, with first, last, lowest and highest point of every part of long ones, and
with every image. It prints the command that starts TensorBoard with it. `tensorbolt view` does both at once.

Several logs are shown together, each below its name: the last part of its directory, or NAME in NAME=LOGDIR. New
points and runs are found while it runs. What is damaged is left out, and the rest of the file is shown."""

EPILOG = """\
exit status:
  0  ended with Ctrl-C, or by the end of standard input with --until-eof
  2  wrong arguments, nothing there, or an address that another program has

examples:
  tensorbolt serve                     the directory "runs", at a free port
  tensorbolt serve runs --port 6806
  tensorbolt serve a=runs b=/old/runs  the runs of both, as a/… and b/…
  tensorbolt serve runs --all          every point of every curve
  tensorbolt serve runs --samples scalars=5000,images=20
  tensorbolt serve sweep --group '(.*)/seed\\d+'
                                       the mean of seeds as well
  tensorbolt serve runs --reload once  a log that does not grow"""


def add_to(commands: Commands) -> None:
    """Add the command to the command line's."""
    parser = add_command(
        commands,
        "serve",
        run,
        summary="read logs for TensorBoard, fast",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    parser.add_argument(
        "logdirs",
        nargs="*",
        default=[DEFAULT],
        metavar="LOGDIR",
        help=f"{FILES_OR_ADDRESS} [{DEFAULT}]",
    )
    parser.add_argument(
        "--port", type=port, default=0, help="a fixed port; 0 is any free one [0]"
    )
    parser.add_argument(
        "--host", default="localhost", help="address to listen on [localhost]"
    )
    add_reading(parser)
    parser.add_argument(
        "--until-eof",
        action="store_true",
        help="end when standard input does, for programs that start this one",
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C, and return the exit status."""
    # Imported here, because `tensorbolt run` should start its program at once.
    from tensorbolt.reading import serving

    logs = logs_at(arguments.logdirs or [DEFAULT], arguments.parser, may_be_empty=True)
    chosen = options(arguments)
    try:
        provider = serving.provider(logs, chosen)
    except ValueError as error:
        arguments.parser.error(plain(str(error)))
    try:
        bound = provider.start(arguments.host, arguments.port)
    except OSError as error:
        arguments.parser.error(error.strerror or str(error))
    try:
        address = f"{_bracketed(arguments.host)}:{bound}"
        command = _command(logs, address, chosen)
        _print(arguments, logs, address, command)
        _wait(provider, until_eof=arguments.until_eof)
    except KeyboardInterrupt:
        pass
    finally:
        provider.stop()
    return 0


def logs_at(
    places: Sequence[str], parser: argparse.ArgumentParser, *, may_be_empty: bool
) -> list[tuple[str, str]]:
    """Names and places of the logs; ends the program with a sentence where there is none.

    Args:
        places: As they were given.
        parser: Of the command.
        may_be_empty: Whether a directory without an event file is a log that has not begun.
    """
    from tensorbolt.reading import discover, serving

    try:
        logs = serving.named(places)
    except ValueError as error:
        parser.error(plain(str(error)))
    for _, place in logs:
        if is_store(place):
            continue
        path = Path(place)
        is_there = path.is_dir() and (may_be_empty or any(discover.event_files(path)))
        if not is_there:
            parser.error(plain(discover.no_log(_as_given(path))))
    return logs


def _as_given(path: Path) -> Path:
    """The path relative to the working directory, if it is below."""
    return path.relative_to(here) if path.is_relative_to(here := path.cwd()) else path


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _command(logs: list[tuple[str, str]], address: str, chosen: "Options") -> list[str]:
    """The command that shows what is served. TensorBoard finds a projector's files below the directory itself."""
    from tensorbolt.reading import serving

    is_local = len(logs) == 1 and not is_store(logs[0][1])
    directory = [f"--logdir={logs[0][1]}"] if is_local else []
    asks = serving.flag(chosen.samples)
    return ["tensorboard", *directory, f"--grpc_data_provider={address}", asks]


def _print(
    arguments: argparse.Namespace,
    logs: list[tuple[str, str]],
    address: str,
    command: list[str],
) -> None:
    if arguments.json:
        from tensorbolt.cli.json_output import json_path, print_json

        rows = [{"name": name, "logdir": json_path(place)} for name, place in logs]
        print_json({"address": address, "logs": rows, "command": [*map(json_path, command)]})  # fmt: skip
    else:
        what = ", ".join(plain(place) for _, place in logs)
        print(f"Serving {what} at {address}. Look at it with:")
        print(f"  {plain(shlex.join(command))}")
        print("Ctrl-C ends it.")
    sys.stdout.flush()


def _wait(provider: "_core.DataProvider", *, until_eof: bool) -> None:
    """Wait for Ctrl-C, or for the end of standard input, and say what goes wrong meanwhile."""
    ended = threading.Event()

    def read() -> None:
        while os.read(0, 1 << 12):
            pass
        ended.set()

    if until_eof:
        threading.Thread(target=read, daemon=True).start()
    said: dict[str, Any] = {}
    while not ended.wait(1.0):
        remark(provider, said)


def remark(provider: "_core.DataProvider", said: dict[str, Any]) -> None:
    """Say on standard error what has gone wrong since the last time."""
    failure = provider.failure()
    if failure is not None and failure != said.get("failure"):
        print(plain(failure), file=sys.stderr, flush=True)
    said["failure"] = failure
    damaged = int(dict(provider.stats())["damaged"])
    if damaged > said.get("damaged", 0):
        print(
            f"{counted(damaged, 'file')} damaged, and read around it; `tensorbolt verify` says where",
            file=sys.stderr,
            flush=True,
        )
    said["damaged"] = damaged
