"""Other people's subclasses, mixtures, wrappers and mocks of a writer, as they work with the reference writers."""

import dataclasses
import functools
import threading
from typing import Generic, TypeVar
from unittest import mock

import numpy as np
import pytest
import tensorboardX
from tests.python.support.helpers import events, runs, scalars
from torch.utils import tensorboard

import tensorbolt
from tensorbolt.compat import tensorboardx

KINDS = {
    "ours": tensorbolt.SummaryWriter,
    "facade": tensorboardx.SummaryWriter,
    "torch": tensorboard.SummaryWriter,
    "tbx": tensorboardX.SummaryWriter,
}
T = TypeVar("T")


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


def test_attributes_set_before_the_constructor(kind, logdir):
    class Own(kind):
        def __init__(self, directory):
            self.file_writer = self.all_writers = None
            self.default_bins, self.scalar_dict, self.purge_step = 5, {"a": 1}, 3
            self.kwargs, self._max_queue, self.flush_secs = {"a": 1}, 7, 9
            self.log_dir = self.logdir = "elsewhere"
            self.step, self.tag = 3, "mine"
            super().__init__(directory)

    with Own(logdir) as writer:
        writer.add_scalar(writer.tag, 1, writer.step)
        assert writer.purge_step is None
    assert scalars(logdir) == [("mine", 3, 1.0)]


def test_the_constructor_is_called_later(kind, logdir):
    class Own(kind):
        def __init__(self, directory):
            self.directory, self.all_writers = directory, None

        def begin(self):
            super().__init__(self.directory)

    writer = Own(logdir)
    writer.flush()
    writer.close()
    writer.begin()
    writer.add_scalar("s", 1)
    writer.close()
    assert scalars(logdir) == [("s", 0, 1.0)]


def test_the_constructor_is_called_again(kind, logdir):
    writer = kind(f"{logdir}/a")
    writer.add_scalar("s", 1)
    writer.close()
    writer.__init__(f"{logdir}/b")
    writer.add_scalar("s", 2)
    writer.close()
    assert scalars(f"{logdir}/a") == [("s", 0, 1.0)]
    assert scalars(f"{logdir}/b") == [("s", 0, 2.0)]


def test_mixed_with_other_classes(kind, logdir):
    class Base:
        def __init__(self, factor, **keywords):
            self.factor = factor
            super().__init__(**keywords)

    class First(Base, kind):
        """Passes the rest on."""

    class Worker(threading.Thread, kind):
        def __init__(self, directory):
            threading.Thread.__init__(self)
            kind.__init__(self, directory)

        def run(self):
            self.add_scalar("s", 2)

    class Table(dict, kind):
        def __init__(self, directory):
            dict.__init__(self, value=3)
            kind.__init__(self, directory)

    class Typed(kind, Generic[T]):
        """Has a metaclass's `__class_getitem__`."""

    with First(1, log_dir=f"{logdir}/a") as writer:
        writer.add_scalar("s", writer.factor)
    with Worker(f"{logdir}/b") as writer:
        writer.start()
        writer.join()
    with Table(f"{logdir}/c") as writer:
        writer.add_scalar("s", writer["value"])
    with Typed[int](f"{logdir}/d") as writer:
        writer.add_scalar("s", 4)
    found = [scalars(f"{logdir}/{name}") for name in "abcd"]
    assert found == [[("s", 0, float(number))] for number in (1, 2, 3, 4)]


def test_a_metaclass_and_a_dataclass(kind, logdir):
    class Registering(type):
        classes = ()

        def __init__(cls, *arguments):
            super().__init__(*arguments)
            Registering.classes += (cls,)

    class Own(kind, metaclass=Registering):
        """Is registered."""

    @dataclasses.dataclass
    class Data(Own):
        directory: str
        factor: int = 3

        def __post_init__(self):
            super().__init__(self.directory)

    with Data(logdir) as writer:
        writer.add_scalar("s", writer.factor)
    # A dataclass with slots would be a class more.
    assert [one.__name__ for one in Registering.classes] == ["Own", "Data"]
    assert scalars(logdir) == [("s", 0, 3.0)]


def test_one_object_for_all(kind, logdir):
    class Single(kind):
        one = None

        def __new__(cls, *_):
            cls.one = cls.one or super().__new__(cls)
            return cls.one

    first = Single(f"{logdir}/a")
    first.close()
    second = Single(f"{logdir}/b")
    assert first is second
    second.add_scalar("s", 1)
    second.close()
    assert sorted(runs(logdir)) == ["a", "b"]


def test_names_that_only_ours_has_may_be_taken(kind, logdir):
    class Own(kind):
        watch = stats = add_observer = hparams_run = None

        def log(self, values):
            for tag, value in values.items():
                self.add_scalar(tag, value, self._step)

    with Own(logdir) as writer:
        writer._step, writer._lock, writer._session = 3, threading.Lock(), "mine"
        writer.log({"a": 1.0})
        writer.add_scalar("b", np.float32(2), 4, 5.0)
        writer.add_scalars("g", {"k": 1})
        writer.add_histogram("h", np.arange(3.0))
        writer.add_image("i", np.zeros((3, 2, 2)))
        writer.add_text("t", "x")
        writer.add_custom_scalars({"a": {"b": ["Multiline", ["c"]]}})
        writer.add_hparams({"lr": 1}, {"loss": 2})
        assert (writer._step, writer._session) == (3, "mine")
    assert len(events(logdir)) == 6
    assert events(logdir)[0].step == 3


def test_wrapped_methods(kind, logdir, monkeypatch):
    calls = []

    def counted(method):
        @functools.wraps(method)
        def call(*arguments, **keywords):
            calls.append(method.__name__)
            return method(*arguments, **keywords)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(kind, "add_scalar", counted(kind.add_scalar))
        assert kind.add_scalar.__wrapped__.__doc__ == kind.add_scalar.__doc__
        with kind(logdir) as writer:
            writer.add_text = counted(writer.add_text)
            writer.add_scalar("s", 1)
            writer.add_text("t", "x")
            functools.partial(writer.add_scalar, "s")(2)
    assert calls == ["add_scalar", "add_text", "add_scalar"]
    assert [value for _, _, value in scalars(logdir)][::2] == [1.0, 2.0]


def test_a_method_with_arguments_filled_in(kind, logdir):
    class Own(kind):
        add_loss = functools.partialmethod(kind.add_scalar, "loss")

    with Own(logdir) as writer:
        writer.add_loss(0.5, 3)
    assert scalars(logdir) == [("loss", 3, 0.5)]


def test_mocks_of_the_class_and_of_an_object(kind, logdir):
    writer = mock.create_autospec(kind)(logdir)
    writer.add_scalar("s", 1, global_step=3)
    writer.add_scalar.assert_called_once_with("s", 1, global_step=3)
    assert isinstance(writer, kind)
    with pytest.raises(TypeError):
        writer.add_scalar()
    with kind(logdir) as real:
        wrapped = mock.Mock(wraps=real, spec=real)
        wrapped.add_scalar("s", 1)
        with mock.patch.object(kind, "add_scalar", autospec=True) as replaced:
            real.add_scalar("s", 2)
        replaced.assert_called_once_with(real, "s", 2)
    assert scalars(logdir) == [("s", 0, 1.0)]


def test_a_mock_in_place_of_the_file(kind, logdir):
    writer = kind(logdir)
    writer.close()
    file = mock.MagicMock()
    writer.file_writer, writer.all_writers = file, {logdir: file}
    writer.add_scalar("s", 0.5, 3, 4.0)
    writer.add_histogram("h", np.arange(3.0), 5)
    (first, second) = file.add_summary.call_args_list
    summary, step, seconds = first.args
    assert (summary.value[0].simple_value, step, seconds) == (0.5, 3, 4.0)
    assert second.args[0].value[0].HasField("histo")
    writer.flush()
    writer.close()
    file.flush.assert_called()
    file.close.assert_called_once_with()


def test_an_overridden_file(kind, logdir):
    """Each process of a distributed run writes elsewhere."""
    with kind(f"{logdir}/other") as other:

        class Own(kind):
            def _get_file_writer(self):
                super()._get_file_writer()
                return other.file_writer

        with Own(f"{logdir}/main") as writer:
            writer.add_scalar("s", 1)
            writer.add_text("t", "x")
    assert events(f"{logdir}/main") == []
    assert len(events(f"{logdir}/other")) == 2


def test_a_file_of_the_reference_writer_among_ours(logdir):
    theirs = tensorboard.FileWriter(f"{logdir}/theirs")
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.all_writers[f"{logdir}/g_a"] = theirs
        writer.add_scalars("g", {"a": 1.0}, 3)
    assert scalars(f"{logdir}/theirs") == [("g", 3, 1.0)]
