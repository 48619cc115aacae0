"""Opening of model files, and names of nodes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["edge", "opened", "unique"]


@contextmanager
def opened(file: Any, name: str) -> Iterator[tuple[Any, str]]:
    """Open a path for reading bytes, or take a file that is open already. Yields the file and its quoted path.

    Raises:
        TypeError: It is neither.
        OSError: It cannot be opened.
    """
    if isinstance(file, (str, os.PathLike)):
        with Path(file).open("rb") as stream:
            yield stream, repr(os.fspath(file))
    elif callable(getattr(file, "read", None)):
        yield file, repr(getattr(file, "name", type(file).__name__))
    else:
        raise TypeError(f"{name} must be the path of a file, not {file!r}")


def unique(name: str, taken: set[str]) -> str:
    """Return a name that no other node has, and remember it. A slash at its start would be a nameless box."""
    name = name.lstrip("/") or name
    found, count = name, 1
    while found in taken:
        count += 1
        found = f"{name}_{count}"
    taken.add(found)
    return found


def edge(name: str, output: int) -> str:
    """Return how the output of a node is referred to."""
    return f"{name}:{output}" if output else name
