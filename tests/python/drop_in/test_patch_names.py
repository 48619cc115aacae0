"""Tests of other people's programs patch the reference writers by dotted name, after `install`, too."""

from unittest import mock

import pytest
import tensorboardX.writer
import torch.utils.tensorboard.writer
from tests.python.support.helpers import events, python, scalars

import tensorbolt
from tensorbolt import file_writer
from tensorbolt.compat.tensorboardx import writer as tensorboardx_writer
from tensorbolt.compat.torch import writer as torch_writer

MODULES = {
    "torch": torch_writer,
    "tbx": tensorboardx_writer,
    "reference writer torch": torch.utils.tensorboard.writer,
    "reference writer tbx": tensorboardX.writer,
}


@pytest.fixture(params=MODULES)
def module(request):
    return MODULES[request.param]


def test_a_mock_in_place_of_the_file_writer(module, logdir):
    with mock.patch.object(module, "FileWriter") as replaced:
        writer = module.SummaryWriter(logdir, purge_step=3)
        writer.add_scalar("s", 0.5, 7)
        writer.close()
    file = replaced.return_value
    steps = [call.args[0].step for call in file.add_event.call_args_list]
    assert steps == [3, 3]
    ((summary, step, *_), _) = file.add_summary.call_args
    assert (summary.value[0].simple_value, step) == (0.5, 7)
    file.close.assert_called_once_with()


def test_a_subclass_in_place_of_the_file_writer(module, logdir, monkeypatch):
    met = []

    class Own(module.FileWriter):
        def __init__(self, *arguments, **keywords):
            super().__init__(*arguments, **keywords)
            self.mine = True

        def add_event(self, event, step=None, walltime=None):
            met.append(step)
            super().add_event(event, step, walltime)

    monkeypatch.setattr(module, "FileWriter", Own)
    with module.SummaryWriter(logdir) as writer:
        writer.add_scalar("s", 1, 3)
        assert writer.file_writer.mine
    assert met == [3]
    assert scalars(logdir) == [("s", 3, 1.0)]


def test_nothing_is_written_without_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(file_writer, "FileWriter", mock.Mock(side_effect=OSError))
    with tensorbolt.SummaryWriter(tmp_path / "run", write_to_disk=False) as writer:
        writer.add_scalar("s", 1)
    assert list(tmp_path.iterdir()) == []


def test_names_after_install(tmp_path):
    python(
        """
        import sys, tensorbolt, unittest.mock as mock
        tensorbolt.install()

        for package in ("torch.utils.tensorboard", "tensorboardX"):
            scope = {}
            with mock.patch(f"{package}.SummaryWriter") as replaced:
                exec(f"from {package} import SummaryWriter", scope)
                scope["SummaryWriter"]("x").add_scalar("s", 1)
                replaced.return_value.add_scalar.assert_called_once_with("s", 1)
            exec(f"from {package} import SummaryWriter", scope)
            with mock.patch(f"{package}.SummaryWriter.add_scalar") as replaced:
                with scope["SummaryWriter"](sys.argv[1]) as writer:
                    writer.add_scalar("s", 2)
                replaced.assert_called_once_with("s", 2)
            with mock.patch(f"{package}.writer.SummaryWriter.add_text") as replaced:
                with scope["SummaryWriter"](sys.argv[1]) as writer:
                    writer.add_text("s", "x")
                replaced.assert_called_once_with("s", "x")
            with mock.patch(f"{package}.writer.FileWriter") as replaced:
                with scope["SummaryWriter"](sys.argv[1]) as writer:
                    writer.add_scalar("s", 3)
                replaced.return_value.add_summary.assert_called_once()
            with mock.patch(f"{package}.writer.FileWriter.add_event", autospec=True) as replaced:
                with scope["SummaryWriter"](sys.argv[1]) as writer:
                    writer.add_scalar("s", 4, 5)
                assert replaced.call_args.args[1].step == 5
            with mock.patch(f"{package}.writer.EventFileWriter") as replaced:
                with scope["SummaryWriter"](sys.argv[1]) as writer:
                    writer.add_scalar("s", 6, 7)
                assert replaced.return_value.add_event.call_args.args[0].step == 7
        with mock.patch("tensorboardX.event_file_writer.EventFileWriter.add_event") as replaced:
            with scope["SummaryWriter"](sys.argv[1]) as writer:
                writer.add_scalar("s", 8, 9)
            assert replaced.call_args.args[0].step == 9
        """,
        tmp_path,
    )
    assert events(tmp_path) == []
