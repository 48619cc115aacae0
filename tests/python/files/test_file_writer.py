"""FileWriter, and messages that come from other packages."""

import pytest
import tensorboardX.proto.event_pb2
import tensorboardX.proto.summary_pb2
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboardX.summary import hparams as their_hparams
from tests.python.support.helpers import event_files, events, only, scalars
from torch.utils.tensorboard.summary import hparams, scalar

import tensorbolt

SUMMARIES = [summary_pb2.Summary, tensorboardX.proto.summary_pb2.Summary]
EVENTS = [event_pb2.Event, tensorboardX.proto.event_pb2.Event]


@pytest.fixture
def writer(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        yield writer


@pytest.mark.parametrize("kind", SUMMARIES)
def test_summaries_of_either_package(writer, logdir, kind):
    summary = kind(
        value=[
            kind.Value(tag="a", simple_value=1.5),
            kind.Value(tag="b", simple_value=2.5),
        ]
    )
    writer.file_writer.add_summary(summary, 3, 4.5)
    writer._get_file_writer().add_summary(summary, global_step=5)
    summary.value[0].tag = "changed"
    writer.flush()
    first, second = events(logdir)
    assert (first.step, first.wall_time) == (3, 4.5)
    assert [value.tag for value in first.summary.value] == ["a", "b"]
    assert first.summary == second.summary


@pytest.mark.parametrize("kind", EVENTS)
def test_events_of_either_package(writer, logdir, kind):
    event = kind()
    event.summary.value.add(tag="t", simple_value=2)
    event.step = 7
    writer.file_writer.add_event(event, None, 5.0)
    writer.file_writer.add_event(event, 9, 6.0)
    assert (event.step, event.wall_time) == (9, 6.0)
    event.step = 11
    writer.file_writer.event_writer.add_event(event)
    writer.flush()
    assert [(e.step, e.wall_time) for e in events(logdir)] == [
        (7, 5.0),
        (9, 6.0),
        (11, 6.0),
    ]


def test_a_session_log_by_hand(writer, logdir):
    stop = event_pb2.Event(
        session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.STOP)
    )
    writer.file_writer.event_writer.add_event(stop)
    writer.flush()
    (found,) = events(logdir)
    assert found.session_log.status == event_pb2.SessionLog.STOP


@pytest.mark.parametrize("function", [hparams, their_hparams])
def test_what_frameworks_do_for_hyperparameters(writer, logdir, function):
    for summary in function({"lr": 0.1, "name": "x"}, {"acc": 0}):
        writer.file_writer.add_summary(summary)
    writer.flush()
    tags = [event.summary.value[0].tag for event in events(logdir)]
    assert tags == [
        "_hparams_/experiment",
        "_hparams_/session_start_info",
        "_hparams_/session_end_info",
    ]
    assert (
        events(logdir)[0].summary.value[0].metadata.plugin_data.plugin_name == "hparams"
    )


def test_summaries_of_torchs_own_functions(writer):
    writer.file_writer.add_summary(scalar("t", 0.5, new_style=True), 3)
    writer.flush()
    assert only(writer.log_dir).tensor.float_val == [0.5]


def test_alone(tmp_path):
    writer = tensorbolt.FileWriter(tmp_path / "run", 10, 120, ".x")
    assert writer.get_logdir() == str(tmp_path / "run")
    assert writer.event_writer.get_logdir() == str(tmp_path / "run")
    assert len(event_files(tmp_path / "run")) == 1
    writer.add_summary(
        summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag="s", simple_value=1)]),
        2,
    )
    writer.close()
    writer.close()
    writer.flush()
    assert scalars(tmp_path / "run") == [("s", 2, 1.0)]


def test_adding_to_a_closed_file_writer_is_an_error(tmp_path):
    """Difference D6: tensorboardX drops it silently."""
    writer = tensorbolt.FileWriter(str(tmp_path))
    writer.close()
    for call in (
        lambda: writer.add_summary(summary_pb2.Summary()),
        lambda: writer.add_event(event_pb2.Event()),
        lambda: writer.event_writer.add_event(event_pb2.Event()),
    ):
        with pytest.raises(OSError, match="closed"):
            call()


def test_reopen_begins_a_new_file(tmp_path):
    """Difference D5: broken in both."""
    writer = tensorbolt.FileWriter(str(tmp_path))
    summary = summary_pb2.Summary(
        value=[summary_pb2.Summary.Value(tag="s", simple_value=1)]
    )
    for step in range(3):
        writer.add_summary(summary, step)
        writer.reopen()
    writer.close()
    writer.reopen()
    writer.add_summary(summary, 3)
    writer.close()
    assert len(event_files(tmp_path)) == 5
    assert [step for _, step, _ in scalars(tmp_path)] == [0, 1, 2, 3]


@pytest.mark.parametrize("keywords", [{}, {"log_dir": None}, {"max_queue": 3}])
def test_a_file_writer_needs_a_directory(keywords):
    with pytest.raises(TypeError, match="log_dir"):
        tensorbolt.FileWriter(**keywords)


@pytest.mark.parametrize("bad", [None, 1, "x", b"x", object(), {"a": 1}])
def test_what_is_no_message(writer, logdir, bad):
    for call in (
        writer.file_writer.add_summary,
        writer.file_writer.add_event,
        writer.file_writer.event_writer.add_event,
    ):
        with pytest.raises(TypeError, match="SerializeToString"):
            call(bad)
    writer.flush()
    assert events(logdir) == []


def test_users_may_put_their_own_file_writers_among_ours(writer, tmp_path):
    own = tensorbolt.FileWriter(
        str(tmp_path / "own"),
        writer.max_queue,
        writer.flush_secs,
        writer.filename_suffix,
    )
    writer.all_writers[own.get_logdir()] = own
    own.add_summary(
        summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag="s", simple_value=1)])
    )
    writer.close()
    assert scalars(tmp_path / "own") == [("s", 0, 1.0)]
