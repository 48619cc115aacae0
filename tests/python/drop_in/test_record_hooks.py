"""Code that replaces `RecordWriter`, by assignment, subclass or patch, gets every record."""

import importlib
import sys
from pathlib import Path
from unittest import mock

import pytest
import tensorboardX
from tensorboard.compat.proto.event_pb2 import Event
from tests.python.support.helpers import events, python, scalars, without_head

import tensorbolt
from tensorbolt import record_writer
from tensorbolt.compat import tensorboardx

NAMES = [
    "tensorbolt.RecordWriter",
    "tensorbolt.record_writer.RecordWriter",
    "tensorbolt.compat.torch.RecordWriter",
    "tensorbolt.compat.tensorboardx.RecordWriter",
    "tensorbolt.compat.tensorboardx.event_file_writer.RecordWriter",
    "tensorbolt.compat.tensorboardx.record_writer.RecordWriter",
    "tensorboard.summary.writer.event_file_writer.RecordWriter",
]


@pytest.fixture
def names():
    for name in NAMES:
        importlib.import_module(name.rpartition(".")[0])


def watching(base, met):
    """A subclass that notes what it is given."""

    class Watching(base):
        def write(self, data):
            met.append(data)
            super().write(data)

    return Watching


def kept(met):
    """The events without the file's first one."""
    return without_head([Event.FromString(data) for data in met])


@pytest.mark.parametrize("name", NAMES)
def test_a_subclass_under_each_name(names, logdir, monkeypatch, name):
    module, _, attribute = name.rpartition(".")
    met = []
    base = getattr(sys.modules[module], attribute)
    monkeypatch.setattr(name, watching(base, met))
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar("s", 0.5, 3)
        writer.add_scalar("s", 1, 4)
        writer.flush()
        assert [event.step for event in kept(met)] == [3, 4]
        writer.add_text("t", "x", 5)
    assert [event.step for event in kept(met)] == [3, 4, 5]
    assert events(logdir) == kept(met)


@pytest.mark.parametrize(
    "package", [tensorboardX, tensorboardx], ids=["reference writer", "facade"]
)
def test_a_mock_as_with_tensorboardx(logdir, package):
    name = package.__name__
    importlib.import_module(f"{name}.event_file_writer")
    with mock.patch(f"{name}.event_file_writer.RecordWriter") as replaced:
        writer = package.SummaryWriter(logdir)
        writer.add_scalar("s", 0.5, 7)
        writer.close()
    ((path,), _) = replaced.call_args
    assert Path(path).parent == Path(logdir)
    assert "tfevents" in path
    met = [call.args[0] for call in replaced.return_value.write.call_args_list]
    (event,) = without_head([Event.FromString(data) for data in met])
    assert (event.step, event.summary.value[0].simple_value) == (7, 0.5)
    replaced.return_value.flush.assert_called()
    replaced.return_value.close.assert_called_once_with()


@pytest.mark.parametrize("module", [record_writer, tensorboardx.record_writer])
def test_a_method_of_the_class(logdir, module):
    with mock.patch.object(
        module.RecordWriter, "write", autospec=True, side_effect=module.RecordWriter.write
    ) as replaced:  # fmt: skip
        with tensorbolt.SummaryWriter(logdir, purge_step=2) as writer:
            writer.add_scalar("s", 1, 5)
        met = [call.args[1] for call in replaced.call_args_list]
    assert events(logdir) == kept(met)
    assert kept(met)[-1].step == 5


def test_sub_runs_and_new_files_go_through_it_too(logdir, monkeypatch):
    files = []

    class Counting(tensorbolt.RecordWriter):
        def __init__(self, path):
            files.append(Path(path).parent.name)
            super().__init__(path)

    monkeypatch.setattr(record_writer, "RecordWriter", Counting)
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalars("g", {"a": 1.0})
        writer.close()
        writer.add_scalar("s", 1)
    name = Path(logdir).name
    assert files == [name, "g_a", name]
    assert scalars(logdir) == [("s", 0, 1.0)]


def test_a_failure_is_told_and_no_record_is_lost_or_doubled(logdir, monkeypatch):
    met, fails = [], [False]

    class Failing(tensorbolt.RecordWriter):
        def write(self, data):
            if fails and fails.pop():
                raise OSError("not today")
            met.append(data)
            super().write(data)

    monkeypatch.setattr(record_writer, "RecordWriter", Failing)
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar("s", 1, 1)
        writer.flush()
        fails.append(True)
        with pytest.warns(RuntimeWarning, match="not today"):
            writer.add_scalar("s", 2, 2)
            writer.add_scalar("s", 3, 3)
            writer.flush()
    assert [event.step for event in kept(met)] == [1, 2, 3]
    assert events(logdir) == kept(met)


def test_files_are_native_again_afterwards(logdir):
    with (
        mock.patch.object(record_writer, "RecordWriter"),
        tensorbolt.SummaryWriter(logdir) as writer,
    ):
        writer.add_scalar("s", 1)
    assert not list(Path(logdir).glob("*tfevents*"))
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar("s", 2)
    assert scalars(logdir) == [("s", 0, 2.0)]


def test_nothing_is_written_where_nothing_shall_be(tmp_path):
    with (
        mock.patch.object(record_writer, "RecordWriter") as replaced,
        tensorbolt.SummaryWriter(tmp_path / "run", write_to_disk=False) as writer,
    ):
        writer.add_scalar("s", 1)
    replaced.assert_not_called()
    assert list(tmp_path.iterdir()) == []


def test_the_end_of_the_process_hands_over_what_is_left(tmp_path):
    python(
        """
        import sys, tensorbolt
        from tensorbolt import record_writer

        class Printing(record_writer.RecordWriter):
            def write(self, data):
                print("record", len(data))
                super().write(data)

        record_writer.RecordWriter = Printing
        writer = tensorbolt.SummaryWriter(sys.argv[1])
        writer.add_scalar("s", 1)
        """,
        tmp_path,
    )
    assert scalars(tmp_path) == [("s", 0, 1.0)]
