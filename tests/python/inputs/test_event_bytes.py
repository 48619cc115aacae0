"""Messages of others are written only if readers can read on after them."""

import math
from types import SimpleNamespace

import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tests.python.support.helpers import event_files, events, records

import tensorbolt


class Message(SimpleNamespace):
    """Something that serialises to given bytes."""

    def SerializeToString(self):  # noqa: N802
        return self.data


GOOD = Event(
    wall_time=1.0, step=2, summary=Summary(value=[{"tag": "t", "simple_value": 3.0}])
).SerializeToString()
BAD = {
    "a text": b"no event",
    "cut short": GOOD[:-1],
    "a record that ends too early": b"\x2a\xff\x01",
    "a tag that is no Unicode": GOOD.replace(b"t", b"\xff"),
    "zeros": bytes(8),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_event_is_refused(logdir, name):
    with tensorbolt.SummaryWriter(logdir) as writer:
        with pytest.raises(ValueError, match="event must be a serialised Event"):
            writer.file_writer.event_writer.add_event(Message(data=BAD[name]))
        with pytest.raises(ValueError, match="event must be a serialised Event"):
            writer.file_writer.add_event(Message(data=BAD[name]))
    assert len(records(event_files(logdir)[0])) == 1


@pytest.mark.parametrize("data", [b"no summary", b"\x0a\xff", b"\x0a\x03\x0a\x01\xff"])
def test_what_is_no_summary_is_refused(logdir, data):
    with (
        tensorbolt.SummaryWriter(logdir) as writer,
        pytest.raises(ValueError, match="summary must be a serialised Summary"),
    ):
        writer.file_writer.add_summary(Message(data=data), 1)
    assert len(records(event_files(logdir)[0])) == 1


@pytest.mark.parametrize("time", [math.nan, math.inf, -math.inf])
def test_an_event_of_no_time_is_refused(logdir, time):
    with tensorbolt.SummaryWriter(logdir) as writer:
        event_writer = writer.file_writer.event_writer
        with pytest.raises(ValueError, match="finite wall_time"):
            event_writer.add_event(Event(wall_time=time))
        event_writer.add_event(Message(data=GOOD))
    (event,) = events(logdir)
    assert event.SerializeToString(deterministic=True) == GOOD


def test_unknown_fields_pass(logdir):
    """A later format may have more."""
    data = GOOD + b"\xc2\x3e\x03abc"
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.file_writer.event_writer.add_event(Message(data=data))
    (event,) = events(logdir)
    assert event.step == 2


@pytest.mark.parametrize("kind", ["returns text", "returns none", "raises"])
def test_methods_that_lie(logdir, kind):
    answers = {"returns text": "text", "returns none": None}

    class Liar:
        wall_time = 0.0

        def SerializeToString(self):  # noqa: N802
            if kind == "raises":
                raise ZeroDivisionError("mine")
            return answers[kind]

    with tensorbolt.SummaryWriter(logdir) as writer:
        for add in (writer.file_writer.add_event, writer.file_writer.add_summary):
            with pytest.raises((TypeError, ZeroDivisionError), match=r"bytes|mine"):
                add(Liar())
    assert len(records(event_files(logdir)[0])) == 1
