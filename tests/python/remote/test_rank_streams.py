"""`ranks="reduce"` into an object store: a stream for each process, uploaded as an event file is."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tests.python.remote.objects import download, objects, open_writer
from tests.python.support import streams

import tensorbolt
from tensorbolt.cli import main

RANKS = 1024
PROGRAM = """
import os, sys, time
from tensorbolt import SummaryWriter
ranks = int(sys.argv[2])
writers = [
    SummaryWriter(sys.argv[1], ranks="reduce", rank=rank, world_size=ranks, flush_secs=1)
    for rank in range(ranks)
]
end = time.monotonic() + 6
step = 0
while time.monotonic() < end:
    for writer in writers:
        writer.add_scalar("x", step, step)
    step += 1
    time.sleep(0.3)
print(len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd")), step)
for writer in reversed(writers):
    writer.close()
"""


def test_streams_of_ranks_are_uploaded(cloud, tmp_path):
    address = f"s3://{cloud.bucket}/run"
    # Rank 0 waits for the others when it is closed.
    for rank in (1, 0):
        options = {"ranks": "reduce", "rank": rank, "world_size": 2}
        with open_writer(address, **options) as writer:
            for step in range(3):
                writer.add_scalar("x", rank / 3, step)
            writer.add_text("text", "x", 0)
    log = download(cloud.client, cloud.bucket, "run", tmp_path / "log")
    names = [path.name for path in streams.streams(log)]
    # The first was closed before the second was made.
    assert len(names) == 2
    assert all(name.endswith(".stream.000000") for name in names)
    assert [(p.rank, p.step, p.value) for p in streams.points(log)] == [
        (rank, step, rank / 3) for rank in (1, 0) for step in range(3)
    ]
    assert streams.sessions(log) == [
        (rank, status) for rank in (1, 0) for status in ("START", "STOP")
    ]
    (events,) = objects(cloud.client, cloud.bucket, "run/events")
    assert "tfevents" in events


def test_a_stream_is_waited_for(cloud):
    with open_writer(
        f"s3://{cloud.bucket}/run", ranks="reduce", rank=1, world_size=2
    ) as writer:
        writer.add_scalar("x", 1, 1)
        writer.flush(remote=True)
        assert writer.stats()["spooled_bytes"] == 0
        (stream,) = objects(cloud.client, cloud.bucket, "run/ranks").values()
        assert b"x" in stream
        before = writer.stats()["upload_requests"]
        # All is there: it waits for nothing.
        writer.flush(remote=True)
        assert writer.stats()["upload_requests"] == before


def test_all_ranks_of_a_process_are_one_object(cloud, tmp_path):
    address = f"s3://{cloud.bucket}/run"
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, address, str(RANKS)],
        env={
            **os.environ,
            **cloud.environment,
            "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1]),
        },
        capture_output=True,
        check=True,
        text=True,
    )
    seconds = time.monotonic() - begin
    threads, descriptors, steps = map(int, done.stdout.split())
    log = cloud.proxy.log("PUT", "POST")
    print(
        f"{RANKS} writers in one process: {threads} threads, {descriptors} descriptors; {len(log)} puts in {seconds:.0f} s, with"
        " an interval of 1 s"
    )
    assert threads <= 40
    stored = objects(cloud.client, cloud.bucket, "run")
    files = {key.rpartition(".")[0] for key in stored}
    assert len(files) == 2, "the event file of rank 0, and the stream"
    # Two an interval, which is a minute by default; and one more of each at its begin and end.
    assert len(log) <= 2 * (seconds + 2)
    copy = download(cloud.client, cloud.bucket, "run", tmp_path / "log")
    points = streams.points(copy)
    assert len(points) == steps * RANKS
    assert {(p.rank, p.step) for p in points} == {
        (rank, step) for rank in range(RANKS) for step in range(steps)
    }


def test_curves_are_made_of_streams_in_a_store(cloud, tmp_path, capsys):
    """By the reader and by `tensorbolt reduce`, and by rank 0."""
    address = f"s3://{cloud.bucket}/job"
    for rank in (1, 0):
        options = {"ranks": "reduce", "rank": rank, "world_size": 2}
        with open_writer(address, **options) as writer:
            writer.reduce_by({"tokens": "sum"})
            for step in range(4):
                writer.log({"loss": step + rank / 3, "tokens": 10 + rank}, step)
    expected = {
        "loss": [step + 1 / 6 for step in range(4)],
        "ranks/max/loss": [step + 1 / 3 for step in range(4)],
        "ranks/max_rank/loss": [1.0] * 4,
        "tokens": [21.0] * 4,
    }
    log = tensorbolt.read(address, ranks="reduce")
    for tag, values in expected.items():
        table = log.scalars.where(tags=tag).to_numpy()
        assert table["run"].tolist() == ["."] * 4
        assert table["step"].tolist() == list(range(4))
        assert table["value"] == pytest.approx(values, rel=1e-12)
    ranks = tensorbolt.read(address, ranks="all").scalars
    last = ranks.where(tags="tokens", runs="rank_*").last().to_numpy()
    assert last["run"].tolist() == ["rank_00000", "rank_00001"]
    assert last["value"].tolist() == [10.0, 11.0]

    output = tmp_path / "curves"
    assert main(["reduce", address, "-o", str(output), "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)
    assert (counts["ranks"], counts["values"], counts["points"]) == (2, 16, 8)
    made = download(cloud.client, cloud.bucket, "job", tmp_path / "job")
    for directory in (output, made):
        board = EventAccumulator(str(directory), {"scalars": 0}).Reload()
        for tag, values in expected.items():
            found = board.Scalars(tag)
            assert [point.step for point in found] == list(range(4))
            assert [point.value for point in found] == pytest.approx(values, rel=1e-6)
