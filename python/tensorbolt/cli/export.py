"""`tensorbolt export`: the scalars of a log as a file for other programs."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import IO

from tensorbolt._wording import counted, plain
from tensorbolt.cli.arguments import (
    Commands,
    add_choices,
    add_command,
    add_json,
    add_logdir,
    add_overwrite,
)
from tensorbolt.cli.json_output import json_path, print_json
from tensorbolt.cli.logs import opened, report_damage
from tensorbolt.cli.output import check_free, replacing
from tensorbolt.cli.progress import progress
from tensorbolt.reading.table import Table
from tensorbolt.reading.work_directory import work_directory

#: Formats by the ends of file names.
FORMATS = {
    ".csv": "csv",
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".arrow": "arrow",
    ".feather": "arrow",
}

DESCRIPTION = """\
Writes the scalars of a log to one file: every point, one row each, with the columns run, tag, step,
wall_time and value; with --wide a row for each run and step, and a column for each tag. The file appears
when it is whole."""

EPILOG = """\
formats:
  .csv              text with a header line; numbers read back exactly
  .parquet          for pandas, polars, duckdb, Spark; compressed with zstd
  .jsonl, .ndjson   a JSON object a line
  .json             one JSON array of objects
  .arrow, .feather  Arrow's file format; needs pyarrow

exit status:
  0  written
  1  written, but the log is damaged: the points of whole records are there
  2  wrong arguments, or nothing there

examples:
  tensorbolt export runs -o points.parquet
  tensorbolt export runs --wide --tags '^val/' -o val.csv
  tensorbolt export runs --format csv -o - | head
  tensorbolt export runs --steps 1000:2000 -o part.jsonl"""


def add_to(commands: Commands) -> None:
    """Add the command to the command line's."""
    parser = add_command(
        commands,
        "export",
        run,
        summary="write scalars to CSV, Parquet, JSON or Arrow",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    add_logdir(parser)
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="FILE",
        help="the file to make; - is standard output",
    )
    parser.add_argument(
        "--format",
        choices=sorted(set(FORMATS.values())),
        help="the format, if the end of FILE does not say it",
    )
    parser.add_argument("--wide", action="store_true", help="a column for each tag")
    add_overwrite(parser)
    add_json(parser)
    add_choices(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the file, say what is in it, and return the exit status."""
    to_stdout = arguments.output == "-"
    path = Path(arguments.output)
    form: str | None = arguments.format or FORMATS.get(path.suffix.lower())
    if form is None:
        arguments.parser.error(
            f"--format is needed: {'standard output' if to_stdout else plain(path)} does not say which of "
            f"{', '.join(sorted(set(FORMATS.values())))} it should be"
        )
    assert form is not None
    if not to_stdout:
        check_free(path, arguments)
    elif arguments.json:
        arguments.parser.error(
            "--json prints to standard output, where the table goes; pass -o FILE"
        )
    with opened(arguments.logdir, arguments, kinds="scalars") as log:
        with progress("making the table"):
            table = log.scalars.wide() if arguments.wide else log.scalars
        damage = report_damage(log)
        try:
            if to_stdout:
                _to_stream(table, form, sys.stdout.buffer)
            else:
                with progress(f"writing {path}"), replacing(path) as made:
                    write_table(table, made, form)
        except ImportError as error:
            arguments.parser.error(str(error))
    if arguments.json:
        print_json(
            {
                "output": json_path(path),
                "format": form,
                "rows": len(table),
                "bytes": path.stat().st_size,
                "damage": damage,
            }
        )
    elif not to_stdout:
        print(
            f"{plain(path)}: {counted(len(table), 'row')}, {path.stat().st_size:,} bytes"
        )
    return int(damage > 0)


def write_table(table: Table, path: Path, form: str) -> None:
    """Write a table to a file in one of `FORMATS`.

    Raises:
        ImportError: The format is `arrow`, and pyarrow is not installed.
    """
    if form == "csv":
        table.to_csv(path)
    elif form == "parquet":
        table.to_parquet(path)
    elif form == "arrow":
        arrow = table.to_arrow()
        # Loaded by `to_arrow`.
        import pyarrow as pa

        with pa.ipc.new_file(path, arrow.schema) as writer:
            writer.write_table(arrow)
    else:
        table.to_json(path, lines=form == "jsonl")


def _to_stream(table: Table, form: str, stream: IO[bytes]) -> None:
    """Write a table to a stream, which may have no name that could be opened."""
    with work_directory(Path(tempfile.gettempdir())) as directory:
        path = directory / "table"
        with progress("making the table"):
            write_table(table, path, form)
        with path.open("rb") as source:
            shutil.copyfileobj(source, stream)
            stream.flush()
