"""What ClearML recorded: the session that `Task.import_offline_session` would upload."""

import json
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.trackers.media import shown


def read(directory: Path) -> dict[str, list[Any]]:
    """Return the iterations and values of each metric, and the hyperparameters."""
    (file,) = directory.glob("home/.clearml/cache/offline/*.zip")
    found = defaultdict(list)
    with zipfile.ZipFile(file) as session:
        for line in session.read("metrics.jsonl").splitlines():
            for event in json.loads(line):
                key = f"{event['metric']}/{event['variant']} ({event['type']})"
                if "key" in event:
                    value = shown(session.read(f"data/{event['key']}"))
                elif "plot_str" in event:
                    value = json.loads(event["plot_str"])["data"]
                else:
                    value = event["value"]
                found[key].append((event["iter"], value))
        task = json.loads(session.read("task.json"))
    # Its own settings and the arguments of the command line stand next to it.
    parameters = task["hyperparams"]["TB_hparams"]
    found["(parameters)"] = [
        (name, parameters[name]["value"]) for name in sorted(parameters)
    ]
    # Reports are sent by threads.
    return {key: sorted(values, key=repr) for key, values in found.items()}
