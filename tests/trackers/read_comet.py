"""What Comet recorded: the archive that `comet upload` would send."""

import json
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.trackers.media import shown


def read(directory: Path) -> dict[str, list[Any]]:
    """Return the steps and values of metrics, parameters and images."""
    (file,) = directory.glob("comet/*.zip")
    found = defaultdict(list)
    with zipfile.ZipFile(file) as archive:
        for line in archive.read("messages.json").splitlines():
            message = json.loads(line)
            payload = message["payload"]
            if message["type"] == "metric_msg":
                metric = payload["metric"]
                value = metric["metricValue"]
                found[metric["metricName"]].append((metric["step"], value))
            elif message["type"] == "parameter_msg":
                parameter = payload["param"]
                value = parameter["paramValue"]
                found["(parameters)"].append((parameter["paramName"], value))
            elif message["type"] == "log_other":
                found["(other)"].append((payload["key"], payload["value"]))
            # The program's source is uploaded too.
            elif payload.get("upload_type") == "visualization":
                about = payload["additional_params"]
                value = shown(archive.read(payload["file_path"]))
                found[about["figName"]].append((about["step"], value))
    # Load and memory of the machine, and the time that all took.
    found.pop("process duration", None)
    return {key: found[key] for key in found if not key.startswith("sys.")}
