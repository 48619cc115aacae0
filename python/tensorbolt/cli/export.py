"""`tensorbolt export`: the data of a log as files for other programs."""

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
from tensorbolt.cli.export_media import (
    FILES,
    MANIFEST,
    Files,
    file_names,
    manifest,
    save,
)
from tensorbolt.cli.json_output import json_path, print_json
from tensorbolt.cli.logs import opened, report_damage
from tensorbolt.cli.output import check_free, replacing
from tensorbolt.cli.progress import progress
from tensorbolt.reading.exchange import new_directory
from tensorbolt.reading.log import Log
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

#: Kinds of data that are files of their own.
MEDIA = ("images", "audio", "meshes")
#: Kinds of data that have a table.
KINDS = (
    "scalars",
    "histograms",
    "text",
    "tensors",
    "pr_curves",
    "hparams",
    "layout",
    *MEDIA,
    "graphs",
)

DESCRIPTION = """\
Writes the scalars of a log to one file: every point, one row each, with the columns run, tag, step, wall_time
and value. With --wide there is a row for each run and step, and a column for each tag. What is made appears
when it is whole.

--kind writes other data. Images, audio and meshes become files in a new directory, RUN/TAG/STEP.FORMAT, with
a table of them, manifest.csv. Meshes are PLY files. Graphs become such files too, with the bytes as they were
logged, or, where FILE is a table, one table of the nodes of all graphs."""

EPILOG = """\
formats:
  .csv              text with a header line; numbers read back exactly
  .parquet          for pandas, polars, duckdb, Spark; compressed with zstd
  .jsonl, .ndjson   a JSON object a line
  .json             one JSON array of objects
  .arrow, .feather  Arrow's file format; needs pyarrow

exit status:
  0  written
  1  written, but the log is damaged: the data of whole records is there
  2  wrong arguments, nothing there, or files that cannot be read or written; nothing was changed

examples:
  tensorbolt export -o points.parquet
                                 all scalars in the directory "runs"
  tensorbolt export runs --wide --tags '^val/' -o val.csv
                                 a column for each tag that begins with "val/"
  tensorbolt export runs --format csv -o - | head
                                 the first rows, in the terminal
  tensorbolt export runs --kind images -o pictures
                                 pictures/first/sample/000010.png, …
  tensorbolt export runs --kind graphs -o graphs
                                 graphs/first/__run_graph__/000000.pb, …
  tensorbolt export runs --kind graphs -o nodes.jsonl
                                 a JSON object for each node of each graph
  tensorbolt export runs --kind hparams -o sweep.csv
                                 hyperparameters and last metrics, a row a run"""


def add_to(commands: Commands) -> None:
    """Add the command to the command line's."""
    parser = add_command(
        commands,
        "export",
        run,
        summary="write data to CSV, Parquet, JSON, Arrow or media files",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    add_logdir(parser)
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="FILE",
        help="the file to make, or the directory for images, audio, meshes and graphs; - is standard output",
    )
    parser.add_argument(
        "--kind",
        choices=KINDS,
        action="append",
        metavar="KIND",
        help=f"what to write: {', '.join(KINDS)} [scalars]",
    )
    parser.add_argument(
        "--format",
        choices=sorted(set(FORMATS.values())),
        metavar="FORMAT",
        help=f"the format, if the end of FILE does not say it: {', '.join(sorted(set(FORMATS.values())))}",
    )
    parser.add_argument(
        "--wide", action="store_true", help="a column for each tag; for scalars"
    )
    add_overwrite(parser)
    add_json(parser)
    add_choices(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write what was asked for, say what is in it, and return the exit status."""
    arguments.kind = _kind(arguments)
    _check(arguments)
    # The metrics of hyperparameters are scalars.
    kinds = ("scalars", "hparams") if arguments.kind == "hparams" else arguments.kind
    with opened(arguments.logdir, arguments, kinds=kinds) as log:
        try:
            with progress("making the table"):
                table = _table(log, arguments)
            damage = report_damage(log)
            if isinstance(table, FILES):
                nbytes = _write_files(table, arguments)
            elif arguments.output == "-":
                _to_stream(table, arguments.format, sys.stdout.buffer)
                return int(damage > 0)
            else:
                nbytes = _write_file(table, arguments)
        except BrokenPipeError:
            # The output was closed, which is no error.
            raise
        except (ImportError, OSError, ValueError) as error:
            arguments.parser.error(plain(str(error)))
    _report(table, nbytes, damage, arguments)
    return int(damage > 0)


def _table(log: Log, arguments: argparse.Namespace) -> Table:
    """What is written: one table, or the files that the rows of a table are."""
    if arguments.wide:
        return log.scalars.wide()
    if arguments.kind == "graphs" and _is_table(arguments.output):
        return log.graphs.nodes()
    table: Table = getattr(log, arguments.kind)
    return table


def _is_table(output: str) -> bool:
    """Whether the name of the output is that of a table, and not of a directory."""
    return output == "-" or Path(output).suffix.lower() in FORMATS


def _kind(arguments: argparse.Namespace) -> str:
    """Return the one kind that was asked for; of several the others would be left out silently."""
    kinds: list[str] = arguments.kind or ["scalars"]
    if len(set(kinds)) > 1:
        arguments.parser.error(
            f"one call writes one kind, not {' and '.join(kinds)}; call it once for each, with an --output of its own"
        )
    return kinds[0]


def _check(arguments: argparse.Namespace) -> None:
    """Find out the format, and end the program with a sentence if the arguments do not fit together."""
    error = arguments.parser.error
    path = Path(arguments.output)
    to_stdout = arguments.output == "-"
    form: str | None = FORMATS.get(path.suffix.lower())
    if arguments.wide and arguments.kind != "scalars":
        error(f"--wide is for scalars, not for {arguments.kind}")
    if arguments.kind == "graphs" and arguments.steps is not None:
        error(
            "--steps does not choose among graphs, which describe the whole run; leave it out"
        )
    is_table = _is_table(arguments.output)
    if arguments.kind in MEDIA and is_table:
        error(
            f"{arguments.kind} go into a directory: pass -o DIR; --format chooses the format of their table"
        )
    if arguments.kind in (*MEDIA, "graphs") and not is_table:
        arguments.format = arguments.format or "csv"
    else:
        arguments.format = arguments.format or form
    if arguments.format is None:
        where = "standard output" if to_stdout else plain(path)
        names = ", ".join(sorted(set(FORMATS.values())))
        error(f"--format is needed: {where} does not say which of {names} it should be")
    if not to_stdout:
        check_free(path, arguments)
    elif arguments.json:
        error("--json prints to standard output, where the table goes; pass -o FILE")


def _write_file(table: Table, arguments: argparse.Namespace) -> int:
    """Write a table, and return its bytes."""
    path = Path(arguments.output)
    with progress(f"writing {path}"), replacing(path) as made:
        write_table(table, made, arguments.format)
    return path.stat().st_size


def _write_files(table: Files, arguments: argparse.Namespace) -> int:
    """Write images, audio, meshes or graphs and their table, and return the bytes of the files."""
    reserved = f"{MANIFEST}.{arguments.format}"
    names = file_names(table, reserved)
    nbytes = 0
    path = Path(arguments.output)
    with (
        progress(f"writing {path}", lambda: len(table)) as update,
        new_directory(path, arguments.overwrite) as made,
    ):
        for at, name in enumerate(names):
            save(table[at], made / name)
            nbytes += (made / name).stat().st_size
            update(at + 1)
        write_table(manifest(table, names), made / reserved, arguments.format)
    return nbytes


def _report(
    table: Table, nbytes: int, damage: int, arguments: argparse.Namespace
) -> None:
    files = len(table) if isinstance(table, FILES) else 0
    if arguments.json:
        print_json(
            {
                "output": json_path(arguments.output),
                "kind": arguments.kind,
                "format": arguments.format,
                "rows": len(table),
                "files": files,
                "bytes": nbytes,
                "damage": damage,
            }
        )
    else:
        what = "file" if files else "row"
        print(
            f"{plain(arguments.output)}: {counted(len(table), what)}, {nbytes:,} bytes"
        )


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
