"""A data server over a log in an object store, in this process and as `tensorbolt serve`. About five seconds in all."""

import json
import os
import subprocess
import sys
from pathlib import Path

import grpc
from tensorboard.data.proto import data_provider_pb2 as messages
from tensorboard.data.proto import data_provider_pb2_grpc as calls
from tests.python.remote.objects import open_writer
from tests.python.serving import providers
from tests.python.serving.answers import ALL, CONTEXT
from tests.python.support.helpers import wait_until

import tensorbolt
from tensorbolt import _core


def provider(cloud, path, interval, index="off"):
    address = f"s3://{cloud.bucket}/{path}"
    environment = list({**os.environ, **cloud.environment}.items())
    return _core.DataProvider(
        [("", address)], interval, [], True, 0, None, [], environment, [], str(index)
    )


def curve(stub, run, tag):
    names = {"runs": {"names": [run]}, "tags": {"names": [tag]}}
    request = messages.ReadScalarsRequest(
        plugin_filter={"plugin_name": "scalars"},
        run_tag_filter=names,
        downsample={"num_points": 1000},
    )
    found = stub.ReadScalars(request).runs
    return list(found[0].tags[0].data.value) if found else []


def test_a_log_in_a_store_is_served_and_followed(cloud):
    writer = tensorbolt.SummaryWriter(f"s3://{cloud.bucket}/log/a")
    for step in range(10):
        writer.add_scalar("x", step / 2, step)
    writer.flush(remote=True)
    served = provider(cloud, "log", 0.2)
    try:
        port = served.start("localhost", 0)
        assert served.wait(60)
        assert served.failure() is None
        with grpc.insecure_channel(f"localhost:{port}") as channel:
            stub = calls.TensorBoardDataProviderStub(channel)
            assert curve(stub, "a", "x") == [step / 2 for step in range(10)]
            writer.add_scalar("x", 99.0, 10)
            writer.flush(remote=True)
            assert served.look(60)
            assert curve(stub, "a", "x")[-1] == 99.0
    finally:
        served.stop()
        writer.close()


def test_what_does_not_change_is_not_read_again(cloud):
    with tensorbolt.SummaryWriter(f"s3://{cloud.bucket}/log/a") as writer:
        writer.add_scalar("x", 1.0, 0)
    served = provider(cloud, "log", None)
    try:
        served.start("localhost", 0)
        assert served.wait(60)
        cloud.proxy.clear()
        assert served.look(60)
        new = cloud.proxy.log()
        assert len(new) == 1, new
    finally:
        served.stop()


def test_curves_of_ranks_are_made_of_their_streams(cloud):
    address = f"s3://{cloud.bucket}/log/job"
    # Rank 0 has not begun.
    for rank in (1, 2):
        writer = open_writer(address, ranks="reduce", rank=rank, world_size=3)
        with writer:
            for step in range(5):
                writer.add_scalar("x", step + 4 * (rank - 1), step)
    served = provider(cloud, "log", None)
    try:
        port = served.start("localhost", 0)
        assert served.wait(60)
        with grpc.insecure_channel(f"localhost:{port}") as channel:
            stub = calls.TensorBoardDataProviderStub(channel)
            for tag, add in (("x", 2), ("ranks/min/x", 0), ("ranks/max/x", 4)):
                values = [step + add for step in range(5)]
                assert curve(stub, "job [ranks]", tag) == values
        cloud.proxy.clear()
        assert served.look(60)
        # What did not change is not read again.
        assert len(cloud.proxy.log()) == 1
    finally:
        served.stop()


def test_an_address_without_a_log_is_said_and_serves_nothing(cloud):
    served = provider(cloud, "nothing", None)
    try:
        served.start("localhost", 0)
        assert served.wait(60)
        assert "nothing at this address" in served.failure()
        assert dict(served.stats())["runs"] == 0
    finally:
        served.stop()


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
