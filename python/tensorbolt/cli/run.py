"""`tensorbolt run`: runs a program with the facades under the reference writers' names.

A new interpreter replaces this process, so the program sees no trace of tensorbolt in `sys.argv`, tracebacks or signals.
Only `PYTHONPATH` differs: its first directory has a `sitecustomize.py` that installs the names. Child processes inherit it,
however they are started.
"""

import argparse
import os
import sys
from pathlib import Path

from tensorbolt._choices import RANKS
from tensorbolt._variables import ALL_RANKS
from tensorbolt.cli.help import Help

SITE = Path(__file__).parents[1] / "interception/site"

USAGE = """\
tensorbolt run [--ranks {first,all,reduce}] SCRIPT [ARGS…]
       tensorbolt run [--ranks {first,all,reduce}] -m MODULE [ARGS…]"""

DESCRIPTION = """\
Runs a program as `python SCRIPT ARGS…` does. In it, and in every Python process that it starts,
torch.utils.tensorboard and tensorboardX are tensorbolt's modules. The program needs no change, and
neither of the two packages needs to be installed."""

EPILOG = """\
examples:
  tensorbolt run train.py --lr 0.1
  tensorbolt run -m package.train --lr 0.1
  tensorbolt run -m torch.distributed.run --nproc-per-node 2 train.py
  tensorbolt run --ranks all -m torch.distributed.run train.py    one run for each rank
  tensorbolt run --ranks reduce -m torch.distributed.run train.py
                               one run, with the mean of all ranks
  python -u -X dev -m tensorbolt run train.py     with options of the interpreter

All words after SCRIPT or MODULE go to the program. Child processes inherit the names through
PYTHONPATH; those started with an empty environment or with python's -I, -E or -S do not."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line's."""
    parser = commands.add_parser(
        "run",
        help="run a program that logs through tensorbolt, unchanged",
        usage=USAGE,
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=Help,
    )
    parser.add_argument(
        "-m",
        dest="module",
        action="store_true",
        help="the program is a module, as in `python -m`",
    )
    parser.add_argument(
        "--ranks",
        choices=RANKS,
        help="of a job of several processes: rank 0 writes; or each rank writes a run of its own below the log directory;"
        " or the scalars of all ranks are reduced to one run; for writers whose program does not say it",
    )
    parser.add_argument("program", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.set_defaults(call=run, parser=parser)


def run(arguments: argparse.Namespace) -> int:
    """Replace this process by the program."""
    program: list[str] = arguments.program
    if not program:
        arguments.parser.error("which program? Pass SCRIPT or -m MODULE")
    if sys.flags.ignore_environment or sys.flags.no_site:
        arguments.parser.error(
            "python's options -I, -E and -S keep the names from being installed; leave them out, or call"
            " tensorbolt.install() at the top of the program"
        )
    os.environ["PYTHONPATH"] = python_path()
    if arguments.ranks is not None:
        os.environ[ALL_RANKS.name] = arguments.ranks
    as_module = ["-m"] if arguments.module else []
    command = [sys.executable, *interpreter_options(), *as_module, *program]
    os.execv(sys.executable, command)


def python_path() -> str:
    """Return `PYTHONPATH` with our directory first, and no empty entry, which would be the working directory."""
    before = os.environ.get("PYTHONPATH")
    paths = before.split(os.pathsep) if before else []
    kept = [path for path in paths if path != str(SITE)]
    home = str(SITE.parents[2])
    # tensorbolt was found through the working directory, where the program does not look.
    if home not in sys.path[1:]:
        kept.append(home)
    return os.pathsep.join([str(SITE), *kept])


def interpreter_options() -> list[str]:
    """Return the options of this interpreter, without `-m tensorbolt` or the console script."""
    options = sys.orig_argv[1 : len(sys.orig_argv) - len(sys.argv[1:])]
    last = options.pop()
    if sys.modules["__main__"].__spec__ is None:
        return options
    # `-m tensorbolt` or `-mtensorbolt`, with other letters before the m.
    letters = (last if last.startswith("-") else options.pop()).partition("m")[0]
    return options if letters == "-" else [*options, letters]
