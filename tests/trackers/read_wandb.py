"""What Weights & Biases recorded: the file that `wandb sync` would upload."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.trackers.media import shown
from tests.trackers.record_log import records
from wandb.proto.wandb_internal_pb2 import Record

OF_THE_RUN = {"_step", "_timestamp", "_runtime", "global_step"}
NAMED_BY_CHANCE = {"filenames", "path", "sha256", "size"}
"""Files of their own, which are compared by what they show."""


def read(directory: Path) -> dict[str, list[Any]]:
    """Return the steps and values of each key."""
    (file,) = directory.glob("wandb/offline-run-*/run-*.wandb")
    found = defaultdict(list)
    for data in records(file):
        record = Record.FromString(data)
        kind = record.WhichOneof("record_type")
        if kind == "history":
            row = row_of(record.history.item)
            for key in row.keys() - OF_THE_RUN:
                value = contents(row[key], file.parent / "files")
                found[key].append((row["global_step"], value))
        elif kind == "tbrecord":
            found["(log directories)"].append(record.tbrecord.log_dir)
    # Files are followed at once, so that the order of two of them is chance.
    return {key: sorted(values, key=repr) for key, values in found.items()}


def row_of(items: Any) -> dict[str, Any]:
    """Put a row of the history together, whose nested values are items of their own."""
    row: dict[str, Any] = {}
    for item in items:
        *above, last = list(item.nested_key) or [item.key]
        place = row
        for name in above:
            place = place.setdefault(name, {})
        place[last] = json.loads(item.value_json)
    return row


def contents(value: Any, files: Path) -> Any:
    """Return a value with what its files show in place of their names."""
    if not isinstance(value, dict):
        return value
    names = value.get("filenames", [value["path"]] if "path" in value else [])
    kept = {key: value[key] for key in sorted(value.keys() - NAMED_BY_CHANCE)}
    return kept, [shown((files / name).read_bytes()) for name in names]
