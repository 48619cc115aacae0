"""What a reference writer's writer has after a few calls, other people's code may reach for."""

import inspect
import tempfile

import numpy as np
import pytest
import tensorboardX
import tensorboardX.writer
from tensorboard.compat.proto.summary_pb2 import Summary
from tests.python.support.helpers import event_files, events, scalars
from torch.utils import tensorboard

import tensorbolt
from tensorbolt.compat import tensorboardx
from tensorbolt.compat import torch as facade

# TensorBoard's own file and queue; test_the_path_of_the_file has what is known to be read there. And a message.
WHOLE = {"_async_writer", "_general_file_writer", "_projector_config"}
PACKAGES = {
    "torch": (facade, tensorboard),
    "tbx": (tensorboardx, tensorboardX),
}
LEFT_OUT = {
    "_SummaryWriter__append_to_scalar_dict": "its name says that other code may not call it",
    "_comet_logger": "forwarding to Comet is in tensorbolt.writer._comet",
    "_get_comet_logger": "the same",
    "_event_queue": "there is no queue of messages",
    "_worker": "there is no Python thread",
    "_event": "the file's first event is made by the core",
    "_lock": "there is nothing to lock",
    "_num_outstanding_events": "of the queue",
    "_write_serialized_event": "below write_event, which is there",
    "_name_to_tf_name": "never filled",
    "_tf_names": "never filled",
    "_py_recordio_writer._writer": "the core's file is no Python object",
    "_py_recordio_writer.write": "the same",
    "_py_recordio_writer.flush": "the same",
    "_py_recordio_writer.close": "the same",
    "GlobalSummaryWriter.lock": "the file itself says what comes next",
    "tag_to_step": "the same",
}  # fmt: skip


def used(kind, directory):
    writer = kind(directory)
    writer.add_scalar("s", 1.0, 1)
    writer.add_scalars("g", {"a": 1}, 1)
    writer.add_hparams({"lr": 1}, {"loss": 2})
    writer.add_histogram("h", np.arange(3))
    writer.add_embedding(np.eye(3), ["a", "b", "c"])
    return writer


def compared(name, ours, theirs, seen):
    """Names of what `theirs` has and `ours` has not, as deep as there are objects of the reference writer."""
    attributes = set(getattr(theirs, "__dict__", ()))
    attributes |= {
        key for key, _ in inspect.getmembers(type(theirs)) if not key.startswith("__")
    }
    for key in sorted(attributes):
        path, value = f"{name}.{key}", getattr(theirs, key, None)
        if not hasattr(ours, key):
            yield path
        elif (
            type(value).__module__.startswith(("tensorboard", "torch.utils.tensor"))
            and key not in WHOLE
            and id(value) not in seen
        ):
            seen.add(id(value))
            yield from compared(path, getattr(ours, key), value, seen)


def missing(kind, parent):
    ours, theirs = PACKAGES[kind]

    def new():
        return tempfile.mkdtemp(dir=parent)

    pairs = [[used(p.SummaryWriter, new()) for p in (ours, theirs)]]
    pairs += [[p.FileWriter(new()) for p in (ours, theirs)]]
    if kind == "tbx":
        pairs += [
            [p.writer.DummyFileWriter("x") for p in (ours, theirs)],
            [p.GlobalSummaryWriter(new()) for p in (ours, theirs)],
            [p.RecordWriter(f"{new()}/x") for p in (ours, theirs)],
        ]
    for mine, other in pairs:
        yield from compared(type(other).__name__, mine, other, set())
        for writer in (mine, other):
            if hasattr(writer, "close"):
                writer.close()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", PACKAGES)
def test_every_attribute_is_there_or_has_a_reason(kind, tmp_path):
    found = set(missing(kind, tmp_path))
    assert {path for path in found if not path.endswith(tuple(LEFT_OUT))} == set()
    if kind == "tbx":
        assert {
            name for name in LEFT_OUT if not any(p.endswith(name) for p in found)
        } == set()


def test_the_path_of_the_file(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        (path,) = map(str, event_files(logdir))
        event_writer = writer.file_writer.event_writer
        assert event_writer._file_name == path
        assert event_writer._ev_writer._file_name == path
        assert event_writer._ev_writer._py_recordio_writer.path == path
        assert event_writer._general_file_writer.filename == path
        assert event_writer._async_writer._writer._writer.filename == path
        assert not event_writer._closed
    assert event_writer._closed


def test_what_is_reached_for_works(logdir):
    from tensorboardX.proto.event_pb2 import Event

    with tensorbolt.SummaryWriter(logdir) as writer:
        deep = writer.file_writer.event_writer._ev_writer
        summary = Summary(value=[Summary.Value(tag="s", simple_value=2)])
        event = Event(step=3)
        event.summary.ParseFromString(summary.SerializeToString())
        deep.write_event(event)
        deep.flush()
        assert scalars(logdir) == [("s", 3, 2.0)]
        writer.file_writer.event_writer._async_writer.flush()
        deep.close()
        assert writer.file_writer.event_writer._closed


def test_other_names_can_be_set(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer._flush_secs, writer._max_queue, writer._filename_suffix = 5, 6, ".x"
        assert (writer.flush_secs, writer.max_queue) == (5, 6)
        writer.add_scalars("g", {"a": 1})
    assert event_files(f"{logdir}/g_a")[0].name.endswith(".x")


def test_the_projectors_configuration(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        assert not hasattr(writer, "_projector_config")
        with tensorbolt.SummaryWriter(logdir) as other:
            other.add_embedding(np.eye(2), tag="theirs")
        writer.add_embedding(np.eye(3), ["a", "b", "c"], tag="x", global_step=7)
        (entry,) = writer._projector_config.embeddings
        assert (entry.tensor_name, entry.metadata_path) == (
            "x:00007",
            "00007/x/metadata.tsv",
        )
        # As a copy of torch's add_embedding does in a subclass.
        writer._projector_config = config = object()
        assert writer._projector_config is config


@pytest.mark.parametrize("tag", ["plain", "a/b", "50%", "a\\b/%2f", ""])
def test_names_of_directories(tag):
    for theirs in (tensorboard, tensorboardX):
        assert tensorbolt.SummaryWriter._encode(tag) == theirs.SummaryWriter._encode(
            tag
        )


def test_defaults_of_a_block(logdir):
    with tensorboardx.SummaryWriter(logdir) as writer:
        assert writer._default_metadata == writer.file_writer._default_metadata == {}
        with writer.use_metadata(global_step=3):
            expected = {"global_step": 3, "walltime": None}
            assert writer._default_metadata == expected
            assert writer.file_writer._default_metadata == expected
        assert dict(writer.kwargs) == {}
        assert not writer._check_caffe2_blob(1.0)
    assert events(logdir) == []
