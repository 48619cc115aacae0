"""Readers drop nothing of a file whose steps go down between tags, as those of slow images do."""

import struct
from collections import defaultdict

import pytest
from tensorboard.backend.event_processing import (
    event_accumulator,
    plugin_event_accumulator,
)
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

import tensorbolt

STEPS = 40
AGAIN = [("quick", step) for step in [*range(STEPS), 3]]
TAGS = {"quick": range(STEPS), "slow": range(STEPS), "slower": range(STEPS)}


def write(logdir, order):
    """Write a file in an order of (tag, step) that no timing changes."""
    writer = tensorbolt.FileWriter(str(logdir))
    for number, (tag, step) in enumerate(order):
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=step)])
        writer.add_event(Event(summary=summary, wall_time=1e9 + number, step=step))
    writer.close()
    (path,) = logdir.glob("*tfevents*")
    return path


def overtaken():
    """Each event of a slow tag comes when a quick one is many steps ahead."""
    late = {"quick": 0, "slow": 7, "slower": 30}
    events = [(tag, step) for tag, steps in TAGS.items() for step in steps]
    return sorted(events, key=lambda event: (event[1] + late[event[0]], event))


def default(logdir):
    reader = event_accumulator.EventAccumulator(
        str(logdir), size_guidance={"scalars": 0}, purge_orphaned_data=True
    )
    return reader.Reload().Scalars


def plugin(logdir):
    reader = plugin_event_accumulator.EventAccumulator(
        str(logdir),
        tensor_size_guidance=defaultdict(int),
        purge_orphaned_data=True,
    )
    return reader.Reload().Tensors


both = pytest.mark.parametrize("load", [default, plugin])


@both
def test_the_accumulators_purge_nothing(tmp_path, load):
    write(tmp_path, overtaken())
    events = load(tmp_path)
    for tag, steps in TAGS.items():
        assert [event.step for event in events(tag)] == list(steps)


@both
def test_they_would_where_a_tag_itself_goes_down(tmp_path, load):
    """The test above is worth something: without a version in the header, such a step is a restart."""
    path = write(tmp_path, AGAIN)
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    path.write_bytes(data[12 + length + 4 :])
    assert [event.step for event in load(tmp_path)("quick")] == [0, 1, 2, 3]


@pytest.mark.parametrize("load_fast", ["true", "false"])
def test_the_dashboards_show_every_step(serve, tmp_path, load_fast):
    logdir = tmp_path / "log"
    write(logdir / "overtaken", overtaken())
    # To the data server that is a restart, whatever the header says.
    write(logdir / "restarted", AGAIN)
    board = serve(logdir, load_fast)

    def steps(run, tag):
        points = board.json("plugin/scalars/scalars", run=run, tag=tag)
        return [int(step) for _, step, _ in points]

    board.wait_until(
        lambda: (
            board.steps("scalars", "scalars").keys()
            >= {*(("overtaken", tag) for tag in TAGS), ("restarted", "quick")}
        )
    )
    for tag, expected in TAGS.items():
        board.wait_until(lambda: steps("overtaken", tag) == list(expected))  # noqa: B023
        assert steps("overtaken", tag) == list(expected)
    if load_fast == "true":
        board.wait_until(lambda: steps("restarted", "quick") == [0, 1, 2, 3])
        assert steps("restarted", "quick") == [0, 1, 2, 3]
