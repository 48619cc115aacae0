"""What MLflow recorded: its own client on the SQLite store."""

from pathlib import Path
from typing import Any

from mlflow.tracking import MlflowClient


def read(directory: Path) -> dict[str, list[Any]]:
    """Return the steps and values of each metric, and the parameters."""
    client = MlflowClient(f"sqlite:///{directory}/mlflow.db")
    (run,) = client.search_runs(["0"])
    found: dict[str, list[Any]] = {
        key: [
            (metric.step, metric.value)
            for metric in client.get_metric_history(run.info.run_id, key)
        ]
        for key in run.data.metrics
    }
    found["(parameters)"] = sorted(run.data.params.items())
    return found
