"""A program on its reference writer and, unchanged, below `tensorbolt run`: both at once, each in a directory of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import tensorbolt

SOURCES = Path(tensorbolt.__file__).parents[1]
SECONDS = 500
"""For a program that never ends; a run takes ten seconds, on a very busy machine minutes."""

NOWHERE = "http://127.0.0.1:9"
"""A proxy that is not there: what asks for the network is refused at once."""


OWN_NAME = re.compile(r"\.\d{6}$")
"""tensorbolt's event files end in a number of six digits."""


CLEARML = "sdk { development { report_use_subprocess: false } }"
"""Its process is a fork made while a thread of it starts git; now and then both wait for each other, and for ever."""


def offline(directory: Path) -> dict[str, str]:
    """The environment of a program: no network, no settings of the user who runs the tests."""
    kept = ("PATH", "LANG", "LD_LIBRARY_PATH", "TMPDIR")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "HOME": str(directory / "home"),
        "http_proxy": NOWHERE,
        "https_proxy": NOWHERE,
        "no_proxy": "localhost,127.0.0.1",
        "CUDA_VISIBLE_DEVICES": "",
        # Two programs share the processors.
        "OMP_NUM_THREADS": "1",
        "DO_NOT_TRACK": "1",
        "CLEARML_OFFLINE_MODE": "1",
        "COMET_OFFLINE_DIRECTORY": str(directory / "comet"),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_TRACKING_URI": f"sqlite:///{directory}/mlflow.db",
        "SWANLAB_MODE": "offline",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "WANDB_ERROR_REPORTING": "false",
        "WANDB_MODE": "offline",
        "WANDB_SILENT": "true",
    }


def run_both(program: Path, reference: str, parent: Path) -> dict[str, Path]:
    """Run a program with the name of its reference writer as its argument; return the directories of both runs.

    Args:
        program: The script.
        reference: The module it imports its writer from.
        parent: Where the two directories are made.
    """
    ways = {"reference": [], "tensorbolt": ["-m", "tensorbolt", "run"]}
    directories = {name: parent / name for name in ways}
    processes = {}
    for name, way in ways.items():
        directory = directories[name]
        (directory / "home").mkdir(parents=True)
        (directory / "home/clearml.conf").write_text(CLEARML)
        environment = offline(directory)
        if way:
            environment["PYTHONPATH"] = str(SOURCES)
        with (directory / "output.txt").open("wb") as output:
            processes[name] = subprocess.Popen(
                [sys.executable, *way, str(program), reference],
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
    try:
        for name, process in processes.items():
            status = process.wait(SECONDS)
            said = (directories[name] / "output.txt").read_text(errors="replace")
            assert status == 0, f"{program.name} on {name} ended with {status}:\n{said}"
    finally:
        for process in processes.values():
            process.kill()
    check_files(directories)
    return directories


def check_files(directories: dict[str, Path]) -> None:
    """Make sure that each wrote its event files itself, or two runs of the reference writer would be compared."""
    for name, directory in directories.items():
        found = [path.name for path in directory.rglob("*tfevents*")]
        assert found, f"{name} wrote no event file"
        own = [OWN_NAME.search(file) is not None for file in found]
        assert own == [name == "tensorbolt"] * len(found), found
