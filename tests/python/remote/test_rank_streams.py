"""`ranks="reduce"` into an object store: a stream for each process, uploaded as an event file is."""

from tests.python.remote.objects import download, objects, open_writer
from tests.python.support import streams


def test_streams_of_ranks_are_uploaded(cloud, tmp_path):
    address = f"s3://{cloud.bucket}/run"
    for rank in range(2):
        options = {"ranks": "reduce", "rank": rank, "world_size": 2}
        with open_writer(address, **options) as writer:
            for step in range(3):
                writer.add_scalar("x", rank / 3, step)
            writer.add_text("text", "x", 0)
    log = download(cloud.client, cloud.bucket, "run", tmp_path / "log")
    names = [path.name for path in streams.streams(log)]
    # Each writer has a spool of its own.
    assert len(names) == 2
    assert all(name.endswith(".stream.000000") for name in names)
    assert [(p.rank, p.step, p.value) for p in streams.points(log)] == [
        (rank, step, rank / 3) for rank in range(2) for step in range(3)
    ]
    assert streams.sessions(log) == [
        (rank, status) for rank in range(2) for status in ("START", "STOP")
    ]
    (events,) = objects(cloud.client, cloud.bucket, "run/events")
    assert "tfevents" in events
