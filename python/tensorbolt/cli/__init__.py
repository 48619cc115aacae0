"""The command line. Each command has a file, which adds its arguments here and names the function to call."""

import argparse

import tensorbolt
from tensorbolt.cli import (
    bench,
    downsample,
    edit,
    import_points,
    merge,
    repair,
    run,
    tail,
    verify,
    view,
)

COMMANDS = (
    run,
    view,
    tail,
    verify,
    repair,
    merge,
    edit,
    downsample,
    import_points,
    bench,
)


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
    for command in COMMANDS:
        command.add_to(commands)
    arguments, rest = parser.parse_known_args(argv)
    if rest and not hasattr(arguments, "forwards"):
        arguments.parser.error(f"unrecognized arguments: {' '.join(rest)}")
    arguments.rest = rest
    status: int = arguments.call(arguments)
    return status
