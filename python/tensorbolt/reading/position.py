"""Tokens that say how far a log was read, for a process that goes on from there."""

import base64
import json
import os
import zlib
from collections.abc import Iterable
from typing import Any

from tensorbolt.reading.inputs import File

#: What a token begins with, before a dot.
_VERSION = "tb1"


def token(marks: Iterable[tuple[Any, ...]], files: Iterable[File]) -> str:
    """The token of the marks of a log's files."""
    names = {(file.run, file.name): _name(file) for file in files}
    rows = [
        [
            names.get((run, name), name),
            identity,
            offset,
            _text(tail),
            is_given_up,
            [
                [_text(tag), plugin, _text(content), display_name, description]
                for tag, plugin, content, display_name, description in tags
            ],
        ]
        for run, name, identity, offset, tail, is_given_up, tags in marks
    ]
    data = zlib.compress(json.dumps(rows, separators=(",", ":")).encode())
    return f"{_VERSION}." + base64.urlsafe_b64encode(data).decode()


def marks(since: object) -> dict[str, tuple[Any, ...]]:
    """The marks of a token, by the absolute path or the address of their files.

    Raises:
        TypeError: `since` is not text.
        ValueError: `since` is no token.
    """
    if not isinstance(since, str):
        raise TypeError(
            f"since must be a token, the text that Log.position was, not {type(since).__name__}"
        )
    prefix, _, text = since.partition(".")
    try:
        # A token of another version is no base64 once its version stands before it.
        text = text if prefix == _VERSION else since
        data = zlib.decompress(base64.b64decode(text, b"-_", validate=True))
        return {name: _mark(row) for name, *row in json.loads(data)}
    except (ValueError, TypeError, zlib.error) as error:
        raise ValueError(
            f"since must be a token, the text that Log.position was, not {since[:40]!r}"
        ) from error


def resumed(
    found: Iterable[File], known: dict[str, tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """The marks of the files that were found, for the core."""
    return [
        (file.run, file.name, *known[_name(file)])
        for file in found
        if _name(file) in known
    ]


def named(files: Iterable[File]) -> list[tuple[str, str, Any, int]]:
    """The files, for the core."""
    return [(file.run, file.name, file.place, file.start) for file in files]


def names(files: list[File]) -> list[tuple[str, str]]:
    """Run and name of the files."""
    return [(file.run, file.name) for file in files]


def _mark(row: list[Any]) -> tuple[Any, ...]:
    identity, offset, tail, is_given_up, tags = row
    return (
        None if identity is None else (int(identity[0]), int(identity[1])),
        int(offset),
        _bytes(tail),
        bool(is_given_up),
        [
            (_bytes(tag), plugin, _bytes(content), display_name, description)
            for tag, plugin, content, display_name, description in tags
        ],
    )


def _name(file: File) -> str:
    """The name of a file that does not depend on the working directory."""
    if isinstance(file.place, (str, os.PathLike)):
        return os.path.abspath(file.place)  # noqa: PTH100 - links stay as they were typed
    return f"{file.run}\n{file.name}"


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)
