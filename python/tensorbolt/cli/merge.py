"""`tensorbolt merge`: several logs as one."""

import argparse
from pathlib import Path

from tensorbolt.cli.arguments import (
    FILES,
    Commands,
    add_command,
    add_json,
    add_output,
    add_sources,
)
from tensorbolt.cli.rewritten import EXIT_STATUS, rewrite
from tensorbolt.reading.edit import check_outside
from tensorbolt.reading.exchange import new_directory
from tensorbolt.reading.rewrite import Rewritten, merge
from tensorbolt.reading.verify import Progress

DESCRIPTION = """\
Puts logs together. Runs of the same name become one run with one file, in the order of time, and what a
restart logged again is left out, as TensorBoard leaves it out. With --as-runs each log becomes a run, named
after its directory, and nothing is left out. Records are copied byte for byte. The output appears when it is
whole."""

EPILOG = f"""\
{EXIT_STATUS}

examples:
  tensorbolt merge runs/job-1 runs/job-1-resumed -o runs/whole    one run of a job and its restart
  tensorbolt merge runs/many-files -o clean                       one file of many
  tensorbolt merge host-a/run host-b/other -o both --as-runs      two runs side by side"""


def add_to(commands: Commands) -> None:
    """Add the command to the command line's."""
    parser = add_command(
        commands,
        "merge",
        run,
        summary="put several logs or files together",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    add_sources(parser, FILES, Path)
    add_output(parser)
    parser.add_argument(
        "--as-runs", action="store_true", help="a run for each LOGDIR, named after it"
    )
    parser.add_argument(
        "--keep-restarts",
        action="store_true",
        help="keep what a restart logged again",
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the log, say what is in it, and return the exit status."""

    def call(progress: Progress) -> Rewritten:
        for source in arguments.logdirs:
            check_outside(source, arguments.output)
        with new_directory(arguments.output, arguments.overwrite) as made:
            return merge(
                arguments.logdirs,
                made,
                as_runs=arguments.as_runs,
                keep_restarts=arguments.keep_restarts,
                progress=progress,
            )

    return rewrite(call, arguments.logdirs, arguments.output, arguments)
