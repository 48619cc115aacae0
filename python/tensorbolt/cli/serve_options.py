"""Options that say how a log is served; `tensorbolt serve` and `tensorbolt view` take them."""

import argparse
import re
from typing import TYPE_CHECKING

from tensorbolt.cli.arguments import add_storage_options

if TYPE_CHECKING:
    from tensorbolt.reading.serving import Options


_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Add what `view` takes as well: how logs are read."""
    add_storage_options(parser)
    parser.add_argument(
        "--reload",
        type=_reload,
        metavar="SECONDS",
        help="between two looks at the files, or once [5]",
    )
    points = parser.add_mutually_exclusive_group()
    points.add_argument(
        "--all", action="store_true", help="keep and show every point of every curve"
    )
    points.add_argument(
        "--samples",
        type=_samples,
        metavar="PLUGIN=N,…",
        help="steps of each tag to keep at least, or all [scalars=10000,…]",
    )
    parser.add_argument(
        "--memory",
        type=_memory,
        metavar="SIZE",
        help="that points may take, such as 2GiB [a quarter of the machine's]",
    )
    parser.add_argument(
        "--group",
        action="append",
        default=[],
        metavar="REGEX",
        help="also show mean, min and max of the runs in whose names the expression finds the same text in its brackets, such as '(.*)/seed\\d+'; may be given several times",
    )
    parser.add_argument(
        "--index",
        metavar="DIRECTORY",
        help="remembers what was read of long logs, for the next start; off is none [~/.cache/tensorbolt/index]",
    )
    parser.add_argument(
        "--no-checksum",
        action="store_false",
        dest="checksum",
        help="do not look for damage; faster where there is much of other kinds than scalars",
    )


def port(text: str) -> int:
    """The type of an argument that is a port."""
    if not text.isdecimal() or int(text) >= 2**16:
        raise argparse.ArgumentTypeError(f"must be from 0 to 65535, not {text}")
    return int(text)


def _reload(text: str) -> float | None:
    if text == "once":
        return float("inf")
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"must be above 0, or once, not {text}")
    return seconds


def _samples(text: str) -> dict[str, int | None]:
    from tensorbolt.reading.serving import samples

    try:
        return samples(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _memory(text: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([kmgt]?)(?:i?b)?", text.lower())
    size = 0 if found is None else int(float(found[1]) * _UNITS[found[2]])
    if size < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no size, such as 500MiB or 2GiB")
    return size


def options(arguments: argparse.Namespace) -> "Options":
    """How to serve, from the arguments of `add_reading`."""
    from tensorbolt.reading import serving

    kept = dict(serving.SAMPLES)
    if arguments.all:
        kept = dict.fromkeys(kept)
    kept.update(arguments.samples or {})
    seconds = serving.INTERVAL if arguments.reload is None else arguments.reload
    return serving.Options(
        interval=None if seconds == float("inf") else seconds,
        samples=kept,
        checksum=arguments.checksum,
        memory=arguments.memory,
        storage_options=dict(arguments.storage_option),
        groups=arguments.group,
        index=arguments.index,
    )
