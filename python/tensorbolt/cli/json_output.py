"""What commands print with `--json`. `docs/api/json.md` describes the keys of each."""

import json
import math
from pathlib import Path
from typing import Any

#: Grows when a key goes away or changes its meaning.
SCHEMA = 1
# `json.dumps` with an option would make one for each object.
_ENCODER = json.JSONEncoder(allow_nan=False)


def print_json(fields: dict[str, Any]) -> None:
    """Print one object on one line."""
    print(json_text(fields))


def json_text(fields: dict[str, Any]) -> str:
    """The text of one object.

    JSON has no NaN and no infinities. Those numbers become the strings that TensorBoard's pages use.
    """
    # `dump` would make each piece of the text in Python.
    return _ENCODER.encode(_plain({"schema": SCHEMA, **fields}))


def point_text(run: str, tag: str, step: int, wall_time: float, value: float) -> str:
    """The text of one point of a scalar."""
    return json_text(
        {
            "run": json_path(run),
            "tag": tag,
            "step": step,
            "wall_time": wall_time,
            "value": value,
        }
    )


def json_path(path: Path | str) -> str:
    """A path as text that every JSON parser reads, whatever bytes it has."""
    return str(path).encode(errors="replace").decode()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
