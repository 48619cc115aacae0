"""`tensorbolt merge`: several logs as one."""

import argparse
from pathlib import Path

from tensorbolt._wording import plain
from tensorbolt.cli import text
from tensorbolt.cli.logs import add_json
from tensorbolt.cli.output import add_overwrite
from tensorbolt.cli.rewritten import EXIT_STATUS, report
from tensorbolt.reading.edit import check_outside
from tensorbolt.reading.exchange import new_directory
from tensorbolt.reading.rewrite import merge

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


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line's."""
    parser = commands.add_parser(
        "merge",
        help="put several logs or files together",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "logdirs",
        nargs="+",
        type=Path,
        metavar="LOGDIR",
        help="directories with any number of runs, or event files",
    )
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        type=Path,
        metavar="OUT",
        help="the log directory to make",
    )
    parser.add_argument(
        "--as-runs", action="store_true", help="a run for each LOGDIR, named after it"
    )
    parser.add_argument(
        "--keep-restarts",
        action="store_true",
        help="keep what a restart logged again",
    )
    add_overwrite(parser)
    add_json(parser)
    parser.set_defaults(call=run, parser=parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the log, say what is in it, and return the exit status."""
    try:
        for source in arguments.logdirs:
            check_outside(source, arguments.output)
        with new_directory(arguments.output, arguments.overwrite) as made:
            result = merge(
                arguments.logdirs,
                made,
                as_runs=arguments.as_runs,
                keep_restarts=arguments.keep_restarts,
                progress=text.progress(),
            )
    except (OSError, ValueError) as error:
        arguments.parser.error(plain(str(error)))
    finally:
        text.end_progress()
    return report(result, arguments.output, arguments)
