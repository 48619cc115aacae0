"""`tensorbolt push`: uploads what killed processes left of logs in object stores."""

import argparse
import sys
from pathlib import Path
from typing import Any

from tensorbolt import _core
from tensorbolt._store_settings import environment, spool_root
from tensorbolt._wording import counted, plain
from tensorbolt.cli.arguments import (
    Commands,
    add_command,
    add_json,
    add_storage_options,
)
from tensorbolt.cli.json_output import json_path, print_json
from tensorbolt.cli.progress import progress

DESCRIPTION = """\
Uploads what processes left of logs in object stores: those that were killed, or that ended while the store
did not answer. Such a log waits in a directory of its own below $TENSORBOLT_SPOOL, or else below
~/.cache/tensorbolt/spool. What is in the store is removed from the disk. Logs that a process is still uploading
are left alone. The next writer to the same address does the same.

Credentials come from the environment, as for a writer; they are never on the disk. A record that was cut
short when the process was killed is left out and reported."""

EPILOG = """\
exit status:
  0  all is in the store, or there was nothing
  1  all is in the store, and damaged records were left out
  2  wrong arguments, or a store that cannot be reached or refuses

examples:
  tensorbolt push                 upload everything that waits on this machine
  tensorbolt push --dry-run       what would that be?
  tensorbolt push spool --storage-option aws_region=eu-west-1"""


def add_to(commands: Commands) -> None:
    """Add the command to the command line's."""
    parser = add_command(
        commands,
        "push",
        run,
        summary="upload what killed processes left of logs in object stores",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    parser.add_argument(
        "directory",
        nargs="?",
        type=Path,
        metavar="DIR",
        help="directory of waiting logs, or one of them [$TENSORBOLT_SPOOL or ~/.cache/tensorbolt/spool]",
    )
    add_storage_options(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="upload nothing, list what waits"
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Upload, print what was done, and return the exit status."""
    logs = _waiting(arguments)
    rows = [_row(log) for log in logs]
    failed = damaged = False
    if not arguments.dry_run:
        for log, row in zip(logs, rows, strict=True):
            failed |= not _push(log, row, arguments.storage_option)
            damaged |= bool(row["problems"])
    if arguments.json:
        print_json({"logs": rows})
    else:
        _print(rows, dry_run=arguments.dry_run)
    return 2 if failed else int(damaged)


def _waiting(arguments: argparse.Namespace) -> list[_core.LeftOver]:
    """The logs that wait in the directory that was given, or the only one that it is."""
    given: Path | None = arguments.directory
    if given is None:
        return _core.left_over(spool_root())
    if not given.is_dir():
        arguments.parser.error(plain(f"there is no directory {given}"))
    given = given.absolute()
    if (given / "address.json").is_file():
        return [
            log
            for log in _core.left_over(given.parent)
            if log.directory.samefile(given)
        ]
    return _core.left_over(given)


def _row(log: _core.LeftOver) -> dict[str, Any]:
    return {
        "url": log.url,
        "directory": json_path(log.directory),
        "waiting_bytes": log.bytes,
        "uploaded_bytes": 0,
        "upload_requests": 0,
        "complete": False,
        "problems": [],
        "error": None,
    }


def _push(log: _core.LeftOver, row: dict[str, Any], options: list[tuple[str, str]]) -> bool:  # fmt: skip
    """Upload one log; false if not all of it is in the store."""
    try:
        with progress(f"uploading to {log.url}", lambda: log.bytes) as show:
            sent, requests, complete, problems = _core.push(
                log,
                options,
                environment(dict(options)),
                lambda left: show(max(0, log.bytes - left)),
            )
    except (OSError, ValueError) as error:
        row["error"] = str(error)
        return False
    row.update(
        uploaded_bytes=sent,
        upload_requests=requests,
        complete=complete,
        problems=[str(problem) for problem in problems],
    )
    return complete


def _print(rows: list[dict[str, Any]], *, dry_run: bool) -> None:
    for row in rows:
        url, size = plain(row["url"]), counted(row["waiting_bytes"], "byte")
        if dry_run:
            print(f"{url}: {size} would be uploaded, from {plain(row['directory'])}")
        elif row["complete"]:
            print(f"{url}: {size} uploaded")
        else:
            why = row["error"] or "the upload ended before all was in the store"
            sys.stdout.flush()
            print(f"{url}: not uploaded: {plain(why)}", file=sys.stderr)
        for problem in row["problems"]:
            print(f"{url}: {plain(problem)}")
    if not rows:
        print("No log waits here for its upload.")
