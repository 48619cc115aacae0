"""The table of hyperparameters of `tensorbolt show`."""

import shutil
import sys
from datetime import datetime
from typing import Any

from tensorbolt._wording import counted, plain
from tensorbolt.cli.logs import aligned, number
from tensorbolt.reading.hparams import HParams

_HPARAM, _METRIC = "hparam.", "metric."


def print_hparams(table: HParams) -> None:
    """Print a row for each session, with as many columns as the terminal has room for."""
    columns = table.to_dict()
    shown = [["run", *map(plain, columns["run"])]]
    for name, values in columns.items():
        if name.startswith((_HPARAM, _METRIC)):
            shown.append([plain(name.removeprefix(_HPARAM)), *map(_cell, values)])
    if {*columns["status"]} != {"success"}:
        shown.append(["status", *columns["status"]])
    fitting = _fitting(shown)
    rows = [list(row) for row in zip(*fitting, strict=True)]
    texts = {0} | {
        at for at, column in enumerate(fitting) if not _is_numeric(column[1:])
    }
    for line in aligned(rows, set(range(len(fitting))) - texts):
        print(line)
    line = counted(len(table), "run") + " with hyperparameters"
    left_out = len(shown) - len(fitting)
    if left_out:
        line += f"; {counted(left_out, 'more column')} with --json"
    print(line)


def hparams_as_json(table: HParams) -> list[dict[str, Any]]:
    """An object for each session."""
    sessions = []
    columns = table.to_dict()
    for cells in zip(*columns.values(), strict=True):
        row = dict(zip(columns, cells, strict=True))
        sessions.append(
            {
                "run": row["run"],
                "group": row["group"],
                "status": row["status"],
                "start_time": _iso(row["start_time"]),
                "end_time": _iso(row["end_time"]),
                "hparams": _with_prefix(row, _HPARAM),
                "metrics": _with_prefix(row, _METRIC),
            }
        )
    return sessions


def _with_prefix(row: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value
        for name, value in row.items()
        if name.startswith(prefix) and value is not None
    }


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return number(value) if isinstance(value, float) else plain(str(value))


def _is_numeric(cells: list[str]) -> bool:
    try:
        [float(cell) for cell in cells if cell]
    except ValueError:
        return False
    return True


def _fitting(columns: list[list[str]]) -> list[list[str]]:
    """The first columns, as many as a terminal has room for; all of them where there is no terminal."""
    if not sys.stdout.isatty():
        return columns
    room = shutil.get_terminal_size().columns
    fitting: list[list[str]] = []
    for column in columns:
        room -= max(map(len, column)) + 2 * bool(fitting)
        if room < 0 and fitting:
            break
        fitting.append(column)
    return fitting
