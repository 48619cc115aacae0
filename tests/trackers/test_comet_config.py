"""comet_config with Comet's real package, offline: its archive has what was logged."""

import json
import subprocess
import sys
import zipfile

import pytest
from tests.trackers.run_pair import SECONDS, SOURCES, offline

PROGRAM = """
import sys, warnings
warnings.simplefilter("default")
import numpy as np, tensorbolt
quiet = dict.fromkeys(("auto_output_logging", "log_env_details", "log_code", "log_git_metadata", "log_graph"), False)
config = {"disabled": False, "offline_directory": sys.argv[2], "project_name": "p", **quiet}
with warnings.catch_warnings():
    warnings.simplefilter("error", RuntimeWarning)
    with tensorbolt.SummaryWriter(sys.argv[1], comet_config=config) as writer:
        writer.add_scalar("loss", 0.5, 3)
        writer.add_scalars("g", {"a": 1, "b": 2}, 4)
        writer.add_histogram("h", [1.0, 2.0], 5)
        writer.add_histogram_raw("hr", 0, 1, 1, 1, 1, [1.0], [1.0], 6)
        writer.add_image("i", np.zeros((3, 9, 9), np.uint8), 7)
        writer.add_text("t", "hello", 8)
"""


@pytest.mark.timeout(SECONDS)
def test_the_real_package_offline(tmp_path):
    run, archives = tmp_path / "run", tmp_path / "offline"
    (tmp_path / "home").mkdir()
    subprocess.run(
        [sys.executable, "-c", PROGRAM, run, archives],
        cwd=tmp_path,
        env={**offline(tmp_path), "PYTHONPATH": str(SOURCES)},
        check=True,
    )
    assert len(list(run.glob("*tfevents*"))) == 1
    (path,) = archives.glob("*.zip")
    with zipfile.ZipFile(path) as archive:
        lines = archive.read("messages.json").decode().splitlines()
    payloads = [json.loads(line)["payload"] for line in lines]
    metrics = {
        (p["metric"]["metricName"], p["metric"]["metricValue"], p["metric"]["step"])
        for p in payloads
        if "metric" in p
    }
    assert {("loss", 0.5, 3), ("g_a", 1.0, 4), ("g_b", 2.0, 4)} <= metrics
    steps = {p["additional_params"]["step"] for p in payloads if "additional_params" in p}  # fmt: skip
    assert steps == {5, 6, 7, 8}
