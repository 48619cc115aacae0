"""The table that a notebook shows for a writer."""

import html
import os
import shlex
from typing import Any

from tensorbolt._wording import counted

#: Keys of `stats` and their titles. The first rows are always shown, the others if they are not zero.
ROWS_ALWAYS_SHOWN = 2
ROWS = (
    ("events", "events"),
    ("bytes", "bytes written"),
    ("pending_bytes", "bytes waiting"),
    ("dropped", "events dropped"),
    ("errors", "failures"),
    ("last_error", "last failure"),
)


def card(writer: Any) -> str:
    """Return a small table: directory, counts, and the command to view the log. Nothing is opened or written."""
    name = html.escape(type(writer).__name__)
    if "_options" not in writer.__dict__:
        # A subclass may be shown before it has called our constructor.
        return f"<p><b>{name}</b>, not open yet</p>"
    directory = str(writer.log_dir)
    if "://" not in directory:
        directory = os.path.abspath(directory)  # noqa: PTH100 - links stay as they were given
    stats = writer.stats()
    rows = [("directory", _code(directory))]
    for number, (key, words) in enumerate(ROWS):
        value = stats[key]
        if number < ROWS_ALWAYS_SHOWN or value:
            rows.append((words, html.escape(_shown(value))))
    files = writer.all_writers
    rows.append(("files", "closed" if files is None else counted(len(files), "run")))
    rows.append(("view it with", _code(f"tensorbolt view {shlex.quote(directory)}")))
    cells = "".join(
        f'<tr><th style="text-align: left">{words}</th>'
        f'<td style="text-align: left">{value}</td></tr>'
        for words, value in rows
    )
    return f"<table><caption>{name}</caption>{cells}</table>"


def _code(text: str) -> str:
    return f"<code>{html.escape(text)}</code>"


def _shown(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
