"""What SwanLab recorded: the files that `swanlab sync` would upload."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from swanlab.proto.swanlab.record.v1.record_pb2 import Record
from tests.trackers.media import shown
from tests.trackers.record_log import records


def read(directory: Path) -> dict[str, list[Any]]:
    """Return the steps and values of each key, of all runs together."""
    found = defaultdict(list)
    for file in sorted(directory.glob("swanlog/run-*/run-*.swanlab")):
        for data in records(file):
            record = Record.FromString(data)
            kind = record.WhichOneof("record_type")
            if kind == "scalar":
                scalar = record.scalar
                found[scalar.key].append((scalar.step, scalar.value.number))
            elif kind == "media":
                media = record.media
                for item in media.value.items:
                    (stored,) = file.parent.glob(f"media/*/{item.filename}")
                    found[media.key].append((media.step, shown(stored.read_bytes())))
    # Load and memory of the machine.
    return {key: found[key] for key in found if not key.startswith("__swanlab__.")}
