"""`tensorbolt serve` of a log in an object store, next to a local one."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.python.remote.objects import open_writer
from tests.python.serving import providers
from tests.python.serving.answers import ALL, CONTEXT
from tests.python.support.helpers import wait_until

import tensorbolt


def test_a_store_and_a_directory_are_shown_together(cloud, tmp_path):
    address = f"s3://{cloud.bucket}/logs"
    with open_writer(f"{address}/run") as writer:
        writer.add_scalar_series("loss", [0.5] * 100, range(100))
    with tensorbolt.SummaryWriter(tmp_path / "here/run") as writer:
        writer.add_scalar("loss", 1.0, 7)
    places = [f"there={address}", str(tmp_path / "here")]
    command = [sys.executable, "-m", "tensorbolt", "serve", *places, "--json"]
    package = str(Path(tensorbolt.__file__).parents[1])
    with subprocess.Popen(
        [*command, "--until-eof"],
        env={**os.environ, **cloud.environment, "PYTHONPATH": package},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        said = json.loads(process.stdout.readline())
        assert said["logs"][0] == {"name": "there", "logdir": address}
        with providers.stub_of(int(said["address"].rpartition(":")[2])) as stub:
            board = providers.from_stub(stub)

            def steps():
                read = {"experiment_id": "", "plugin_name": "scalars"}
                found = board.read_scalars(CONTEXT, **read, downsample=ALL)
                return {
                    run: [point.step for point in tags["loss"]]
                    for run, tags in found.items()
                }

            wait_until(lambda: steps() == {"there/run": [*range(100)], "here/run": [7]})
        process.stdin.close()
        assert process.wait(60) == 0
