"""Files and directories that commands make: whole or not at all."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tensorbolt.reading.exchange import exchange
from tensorbolt.reading.work_directory import work_directory


def check_free(path: Path, arguments: argparse.Namespace) -> None:
    """End the program with a sentence if something is there that may not be replaced."""
    if not arguments.overwrite and os.path.lexists(path):
        arguments.parser.error(f"{path} exists; --overwrite replaces it")
    if path.exists() and not path.is_file() and not path.is_dir():
        arguments.parser.error(
            f"{path} is neither a file nor a directory, so it cannot be replaced"
        )
    if not path.parent.is_dir():
        arguments.parser.error(f"there is no directory {path.parent}")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a name in a hidden directory next to `path` for a file or directory, which then takes its place.

    A program that is killed leaves what was there before, or the whole of the new.
    """
    with work_directory(path.parent) as work:
        made = work / f"new{path.suffix}"
        yield made
        if path.is_dir() and not path.is_symlink():
            exchange(made, path)
        else:
            made.replace(path)
