"""What commands print with `--json`. `docs/api/json.md` describes the keys of each."""

import json
import math
from pathlib import Path
from typing import Any

#: Grows when a key goes away or changes its meaning.
SCHEMA = 1


def print_json(fields: dict[str, Any]) -> None:
    """Print one object.

    JSON has no NaN and no infinities. Those numbers become the strings that TensorBoard's pages use.
    """
    # `dump` would make each piece of the text in Python.
    print(json.dumps(_plain({"schema": SCHEMA, **fields}), allow_nan=False))


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
