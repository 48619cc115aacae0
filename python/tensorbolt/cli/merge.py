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
Puts logs together. Runs of the same name become one run with one file, in the order of time. What a restart
logged again is left out, as TensorBoard leaves it out. With --as-runs each log becomes a run instead, named
after its directory, and nothing is left out. Records are copied byte for byte. The output appears when it is
whole."""

EPILOG = f"""\
{EXIT_STATUS}

examples:
  tensorbolt merge runs/job runs/job-resumed -o runs/whole
                               a job and its restart become one run
  tensorbolt merge runs/job -o one-file
                               a run of many files gets one
  tensorbolt merge runs/job runs/other -o both --as-runs
                               the runs both/job and both/other"""


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
