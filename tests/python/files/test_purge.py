"""purge_step: what a restarted run had logged from that step on is hidden."""

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tests.python.support.helpers import event_files, on_all, records, scalars

import tensorbolt


@pytest.mark.parametrize("step", [0, 5, -3, np.int64(7), 2**63 - 1])
def test_the_pair_of_both_with_the_start_twice(step):
    """Difference D41: TensorBoard's Python loader ignores the first start of a run."""
    results = on_all(lambda _: None, options={"purge_step": step})
    found = {name: result["."] for name, result in results.items()}
    for events in found.values():
        for event in events:
            event.ClearField("wall_time")
    version, start, again = found["ours"]
    assert start == again
    assert [version, start] == found["torch"] == found["tbx"]
    assert (start.step, start.session_log.status) == (int(step), 1)


def test_once_only(logdir):
    """Difference D30: tensorboardX repeats it at every re-opening and hides fresh data."""
    writer = tensorbolt.SummaryWriter(logdir, purge_step=5)
    assert writer.purge_step is None
    for step in range(3):
        writer.add_scalar("s", step, step)
        writer.close()
    writer.file_writer = None
    writer.add_scalar("s", 3, 3)
    writer.close()
    starts = [
        sum(event.HasField("session_log") for event in records(path))
        for path in event_files(logdir)
    ]
    assert starts == [2, 0, 0, 0]


def test_sub_runs_are_not_purged(logdir):
    with tensorbolt.SummaryWriter(logdir, purge_step=5) as writer:
        writer.add_scalars("g", {"k": 1})
    assert not any(
        event.HasField("session_log")
        for event in records(event_files(f"{logdir}/g_k")[0])
    )


def test_tensorboard_hides_what_is_purged(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        for step in range(10):
            writer.add_scalar("s", 0, step)
    with tensorbolt.SummaryWriter(logdir, purge_step=6) as writer:
        for step in range(6, 8):
            writer.add_scalar("s", 1, step)
    reader = EventAccumulator(logdir)
    reader.Reload()
    found = [(event.step, event.value) for event in reader.Scalars("s")]
    assert found == [(step, 0) for step in range(6)] + [(6, 1), (7, 1)]


@pytest.mark.parametrize("step", [1.5, "3", True, [1], object(), 2**63, float("nan")])
def test_steps_that_cannot_be(tmp_path, step):
    with pytest.raises((TypeError, ValueError), match="purge_step"):
        tensorbolt.SummaryWriter(tmp_path / "run", purge_step=step)
    assert list(tmp_path.iterdir()) == []


def test_none_purges_nothing(logdir):
    with tensorbolt.SummaryWriter(logdir, purge_step=None) as writer:
        writer.add_scalar("s", 1)
    assert scalars(logdir) == [("s", 0, 1.0)]
