"""Converts the logs below a directory with Aim, and prints what Aim then holds, as JSON.

A program of its own with an interpreter of its own: Aim reads event files with TensorFlow, which ends the process when
torch is loaded as well.
"""

import hashlib
import json
import subprocess
import sys
from itertools import chain
from pathlib import Path

from aim import Audio, Image, Repo

AIM = Path(sys.executable).with_name("aim")


def aim(directory, *arguments):
    done = subprocess.run(
        [AIM, *arguments],
        cwd=directory,
        input="y\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def shown(value):
    """Media by what is seen and heard."""
    if isinstance(value, Image):
        image = value.to_pil_image().convert("RGBA")
        return image.size, hashlib.sha256(image.tobytes()).hexdigest()[:12]
    if isinstance(value, Audio):
        return value.json(), len(value.get().getvalue())
    return value


def held(directory):
    """Return what Aim knows of each sequence of each run: its first and last step, value, and the extremes."""
    found = {}
    repo = Repo.from_path(str(directory))
    for key in repo.list_all_runs():
        run = repo.get_run(key)
        name = Path(run["tensorboard_logdir"]).name
        kinds = run.collect_sequence_info(("metric", "images", "audios"))
        for sequence in chain.from_iterable(kinds.values()):
            values = {what: shown(value) for what, value in sequence["values"].items()}
            found[f"{name}/{sequence['name']}"] = values
    return found


if __name__ == "__main__":
    directory = Path(sys.argv[1])
    aim(directory, "init", "--skip-if-exists")
    aim(directory, "convert", "tensorboard", "--logdir", str(directory / "runs"))
    # Until then a repository of which no server runs lists no run of this kind.
    aim(directory, "storage", "reindex")
    json.dump(held(directory), sys.stdout)
