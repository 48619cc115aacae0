"""Subclasses and attributes, as frameworks use them."""

from unittest import mock

import pytest
from tests.python.support.helpers import runs, scalars

import tensorbolt


def test_a_constructor_with_other_parameters(logdir):
    class Own(tensorbolt.SummaryWriter):
        def __init__(self, experiment, *, root, **keywords):
            self.experiment = experiment
            self.count = 0
            super().__init__(log_dir=f"{root}/{experiment}", **keywords)

    with Own("one", root=logdir, filename_suffix=".x") as writer:
        writer.add_scalar("s", 1)
        assert (writer.experiment, writer.count) == ("one", 0)
    assert scalars(f"{logdir}/one") == [("s", 0, 1.0)]


def test_a_constructor_that_is_its_own_new(logdir):
    class Hub(tensorbolt.SummaryWriter):
        def __new__(cls, *_, **__):
            return super().__new__(cls)

        def __init__(self, repo_id, *, logdir=None, **kwargs):
            super().__init__(logdir=logdir, **kwargs)
            self.repo_id = repo_id
            self.seen = self.logdir

        def __exit__(self, *arguments):
            self.add_scalar("exit", 1)
            super().__exit__(*arguments)

    with Hub("me/it", logdir=logdir) as writer:
        assert writer.seen == logdir
    assert scalars(logdir) == [("exit", 0, 1.0)]


def test_one_overridden_method(logdir):
    class Own(tensorbolt.SummaryWriter):
        def add_scalar(self, tag, scalar_value, global_step=None, **keywords):
            super().add_scalar(f"mine/{tag}", scalar_value * 2, global_step, **keywords)

    with Own(logdir) as writer:
        writer.add_scalar("s", 2, 3)
    assert scalars(logdir) == [("mine/s", 3, 4.0)]


def test_an_overridden_add_scalars(logdir):
    class Own(tensorbolt.SummaryWriter):
        def add_scalars(
            self, main_tag, tag_scalar_dict, global_step=None, walltime=None
        ):
            for key, value in tag_scalar_dict.items():
                self.add_scalar(f"{main_tag}/{key}", value, global_step, walltime)

    with Own(logdir) as writer:
        writer.add_scalars("g", {"a": 1, "b": 2}, 3)
    assert sorted(runs(logdir)) == ["."]
    assert scalars(logdir) == [("g/a", 3, 1.0), ("g/b", 3, 2.0)]


def test_arbitrary_attributes(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.anything = 1
        writer.step = 2
        writer.add_special = lambda: writer.add_scalar("s", writer.anything)
        writer.add_special()
        del writer.anything
        assert not hasattr(writer, "anything")
    assert scalars(logdir) == [("s", 0, 1.0)]


def test_a_wrapper_that_passes_attributes_through(logdir):
    class Wrapper:
        def __init__(self, *arguments):
            self.writer = tensorbolt.SummaryWriter(*arguments)

        def __getattr__(self, name):
            return getattr(self.writer, name)

    wrapper = Wrapper(logdir)
    wrapper.add_scalar("s", 1)
    wrapper.close()
    assert scalars(logdir) == [("s", 0, 1.0)]


def test_methods_can_be_replaced_on_the_class(logdir):
    with (
        mock.patch("tensorbolt.SummaryWriter.add_scalar") as replaced,
        tensorbolt.SummaryWriter(logdir) as writer,
    ):
        writer.add_scalar("s", 1)
        replaced.assert_called_once_with("s", 1)


def test_two_subclasses_at_once(logdir):
    class Mixin:
        def add_scalar(self, *arguments, **keywords):
            self.calls = getattr(self, "calls", 0) + 1
            return super().add_scalar(*arguments, **keywords)

    class Own(Mixin, tensorbolt.SummaryWriter):
        pass

    with Own(logdir) as writer:
        writer.add_scalar("s", 1)
        assert writer.calls == 1


def test_a_subclass_with_equality(logdir):
    class Own(tensorbolt.SummaryWriter):
        def __eq__(self, other):
            return True

        __hash__ = None

    with Own(logdir) as writer:
        writer.add_scalar("s", 1)
    assert scalars(logdir) == [("s", 0, 1.0)]


@pytest.mark.parametrize("method", ["add_scalar", "add_text", "log", "add_embedding"])
def test_logging_before_the_constructor_is_an_error_of_python(method):
    class Own(tensorbolt.SummaryWriter):
        def __init__(self):
            pass

    writer = Own()
    first = {"log": ({"s": 1},), "add_embedding": ([[1.0]],)}
    arguments = first.get(method, ("s", "1"))
    with pytest.raises(AttributeError):
        getattr(writer, method)(*arguments)
    writer.flush()
