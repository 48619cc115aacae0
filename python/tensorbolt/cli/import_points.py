"""`tensorbolt import`: a log from a table of scalars."""

import argparse
from pathlib import Path

from tensorbolt._wording import counted, plain
from tensorbolt.cli.arguments import Commands, add_command, add_json, add_output
from tensorbolt.cli.json_output import json_path, print_json
from tensorbolt.cli.progress import FileProgress, files_progress
from tensorbolt.reading.exchange import new_directory
from tensorbolt.reading.point_files import FORMATS, batches
from tensorbolt.writer import SummaryWriter

DESCRIPTION = """\
Makes a log from a table of scalars, such as one that `tensorbolt export` made. Its columns are step, and either
tag and value, or a column of numbers for each tag. Two more may be there: run, and wall_time in seconds since
the epoch or ISO 8601. Cells without a value are left out. Values become float32, as TensorBoard's scalars are.
The log appears when it is whole."""

EPILOG = """\
formats:
  .csv              text with a header line
  .jsonl, .ndjson   a JSON object a line
  .parquet          needs pyarrow

exit status:
  0  written
  2  wrong arguments, or a file that cannot be read or written; nothing was changed

examples:
  tensorbolt import points.csv -o runs/imported
                               look at it with `tensorbolt view`
  tensorbolt import history.jsonl -o runs/history --json
                               for programs: how many points were there?"""


def add_to(commands: Commands) -> None:
    """Add the command to the command line's."""
    parser = add_command(
        commands,
        "import",
        run,
        summary="make a log from a CSV, JSON lines or Parquet file",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the table")
    add_output(parser)
    parser.add_argument(
        "--format", choices=FORMATS, help="the format, if the name of FILE does not say"
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the log, say what is in it, and return the exit status."""
    try:
        source = arguments.file
        with (
            files_progress(f"importing {source}", lambda: [source]) as show,
            new_directory(arguments.output, arguments.overwrite) as made,
        ):
            runs, points = _write(source, arguments.format, made, show)
    except (ImportError, OSError, ValueError) as error:
        arguments.parser.error(plain(str(error)))
    if arguments.json:
        output = json_path(arguments.output)
        print_json({"output": output, "runs": runs, "points": points})
    else:
        print(
            f"{plain(arguments.output)}: {counted(runs, 'run')}, {counted(points, 'point')}"
        )
    return 0


def _write(
    source: Path, form: str | None, directory: Path, show: FileProgress
) -> tuple[int, int]:
    """Write all points; how many runs and points there are."""
    writers: dict[str, SummaryWriter] = {}
    points = 0
    try:
        for batch in batches(source, form, show):
            for (name, tag), curve in batch.items():
                if name not in writers:
                    parts = Path(name).parts
                    if ".." in parts or Path(name).is_absolute():
                        raise ValueError(
                            f"the run {name!r} is outside of the log directory; rename it in the table"
                        )
                    writers[name] = SummaryWriter(directory / name)
                writers[name].add_scalar_series(
                    tag, curve.values, curve.steps, curve.times
                )
                points += len(curve.steps)
    finally:
        for writer in writers.values():
            writer.close()
    for writer in writers.values():
        stats = writer.stats()
        if stats["errors"] or stats["dropped"]:
            raise OSError(f"the log could not be written: {stats['last_error']}")
    if not points:
        raise ValueError(f"there are no points in {str(source)!r}")
    return len(writers), points
