"""`tensorbolt compact`: merges the many small objects of logs in object stores."""

import argparse
import sys
from typing import Any

from tensorbolt._addresses import without_login
from tensorbolt._wording import counted, plain
from tensorbolt.cli.arguments import (
    FILES_OR_ADDRESS,
    Commands,
    add_command,
    add_json,
    add_storage_options,
)
from tensorbolt.cli.json_output import json_path, print_json
from tensorbolt.cli.progress import progress

DESCRIPTION = """\
Merges the segments that uploads made of each event file below an address, such as s3://bucket/runs, or in a local
copy of one: all but the last become one object. TensorBoard then opens the log with fewer requests. Nothing is done
unless you call it.

First the merged object is put, then the segments that it holds are removed. Ended at any moment, it leaves a log
that TensorBoard and tensorbolt read right, each point once; the next call goes on. The last segment of a file is
never touched, so programs may be writing the log. But a TensorBoard that is still reading older segments stops
when they are removed: let it come to the end of the log first. One that reads local files or gs:// must be
started again afterwards.

A file is left alone if a segment is damaged or missing, or if an earlier file of its run has points at the same
steps. On this machine there must be room for twice the largest event file."""

EPILOG = """\
exit status:
  0  done, or there was nothing to do
  1  a file was left alone
  2  wrong arguments, nothing there, or a store that refuses

examples:
  tensorbolt compact s3://bucket/runs --dry-run
  tensorbolt compact s3://bucket/runs/first"""


def add_to(commands: Commands) -> None:
    """Add the command to the command line's."""
    parser = add_command(
        commands,
        "compact",
        run,
        summary="merge the objects of logs in object stores",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    parser.add_argument(
        "logdir",
        metavar="LOGDIR",
        help=FILES_OR_ADDRESS,
    )
    add_storage_options(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="change nothing, say what would be done"
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Merge, print what was done, and return the exit status."""
    # Imported here, because `tensorbolt run` should start its program at once.
    from tensorbolt.reading.compact import CannotMergeError, merge
    from tensorbolt.reading.segments import mergeable

    options = dict(arguments.storage_option)
    try:
        files = mergeable(arguments.logdir, options)
    except (FileNotFoundError, ValueError) as error:
        arguments.parser.error(plain(str(error)))
    rows = []
    for file in files:
        if not arguments.dry_run:
            nbytes = file.nbytes
            what = f"merging {counted(len(file.segments), 'segment')}"
            try:
                with progress(what, lambda nbytes=nbytes: nbytes) as show:  # type: ignore[misc]
                    merge(file, show)
            except CannotMergeError as error:
                file.refused = str(error)
        row = {
            "run": file.run,
            "first": json_path(file.name),
            "segments": len(file.segments),
            "superseded": len(file.superseded),
            "bytes": sum(place.listed for place in file.segments),
            "done": file.done,
            "refused": file.refused,
        }
        rows.append(row)
        if not arguments.json:
            _print(row)
    if arguments.json:
        print_json({"files": rows})
    elif not rows:
        where = plain(without_login(arguments.logdir))
        print(f"There is nothing to merge in {where}.")
    return int(any(row["refused"] for row in rows))


def _print(row: dict[str, Any]) -> None:
    name = plain(row["first"])
    if row["refused"]:
        sys.stdout.flush()
        print(f"{name}: left alone: {plain(row['refused'])}", file=sys.stderr)
        return
    parts = []
    if row["segments"] > 1:
        many = counted(row["segments"], "segment")
        verb = "merged" if row["done"] else "would be merged"
        parts.append(f"{many} {verb}, {counted(row['bytes'], 'byte')}")
    if row["superseded"]:
        many = counted(row["superseded"], "segment")
        verb = "removed" if row["done"] else "would be removed"
        parts.append(f"{many} {verb} that an earlier call had merged")
    print(f"{name}: {'; '.join(parts)}", flush=True)
