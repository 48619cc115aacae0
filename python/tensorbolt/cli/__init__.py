"""The command line. Each command has a file, which adds its arguments here and names the function to call."""

import argparse
import importlib
import os
import sys

import tensorbolt
from tensorbolt._environment import is_set

#: Names of the commands, in the order of `--help`.
COMMANDS = (
    "run",
    "view",
    "serve",
    "tail",
    "ls",
    "show",
    "diff",
    "export",
    "reduce",
    "edit",
    "merge",
    "downsample",
    "import",
    "verify",
    "repair",
    "push",
    "compact",
    "doctor",
    "bench",
)
#: Each is a module here of the same name, but for one that Python would not import.
_MODULES = {"import": "import_points"}


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: The words after the program's name; `None` is those of this process.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(
        prog="tensorbolt",
        description="TensorBoard logs from Python at the speed of Rust.",
        epilog="`tensorbolt COMMAND --help` says more.",
    )
    parser.add_argument(
        "--version", action="version", version=f"tensorbolt {tensorbolt.__version__}"
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    words = sys.argv[1:] if argv is None else argv
    if is_set() and words[:1] not in (["run"], ["doctor"]):
        _forget_options()
    # Only the command that is called is imported, so that `tensorbolt run` starts its program at once.
    called = words[:1] if words and words[0] in COMMANDS else COMMANDS
    for name in called:
        module = f"tensorbolt.cli.{_MODULES.get(name, name)}"
        importlib.import_module(module).add_to(commands)
    arguments, rest = parser.parse_known_args(argv)
    if rest and not hasattr(arguments, "forwards"):
        arguments.parser.error(f"unrecognized arguments: {' '.join(rest)}")
    arguments.rest = rest
    status: int = arguments.call(arguments)
    return status


def _forget_options() -> None:
    """Remove variables that set options of programs that train: a command writes its log as it was asked to."""
    from tensorbolt._variables import TABLE

    for variable in TABLE:
        if variable.option is not None:
            os.environ.pop(variable.name, None)
