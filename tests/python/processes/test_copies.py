"""Pickles and copies: the other side has a file of its own in the same directory."""

import copy
import pickle

import pytest
from tests.python.support.helpers import event_files, scalars

import tensorbolt

COPIES = {
    "pickle": lambda writer: pickle.loads(pickle.dumps(writer)),
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
}


class Tuned(tensorbolt.SummaryWriter):
    """A subclass with a constructor of its own."""

    def __init__(self, directory, factor):
        super().__init__(directory)
        self.factor = factor


@pytest.mark.parametrize("kind", COPIES)
def test_both_sides_log(logdir, kind):
    with tensorbolt.SummaryWriter(
        logdir, filename_suffix=".x", auto_step=True
    ) as writer:
        writer.add_scalar("mine", 1)
        other = COPIES[kind](writer)
        other.add_scalar("mine", 2)
        writer.add_scalar("mine", 3)
        other.close()
        assert writer.file_writer is not None
        writer.add_scalar("mine", 4)
    assert sorted(number for _, _, number in scalars(logdir)) == [1, 2, 3, 4]
    files = event_files(logdir)
    assert len(files) == 2
    assert all(path.name.endswith(".x") for path in files)


@pytest.mark.parametrize("kind", COPIES)
def test_options_and_attributes_come_along(logdir, kind):
    writer = tensorbolt.SummaryWriter(
        logdir, max_queue=3, flush_secs=4, on_error="raise", image_compression="high"
    )
    writer.mine = {"any": "thing"}
    writer.default_bins = 7
    writer.add_scalars("g", {"k": 1})
    other = COPIES[kind](writer)
    for name in (
        "max_queue",
        "flush_secs",
        "log_dir",
        "mine",
        "default_bins",
        "image_compression",
        "scalar_dict",
    ):
        assert getattr(other, name) == getattr(writer, name)
    assert other._options.on_error == "raise"
    writer.close()
    other.close()


@pytest.mark.parametrize("kind", COPIES)
def test_purging_is_not_repeated(logdir, kind):
    with tensorbolt.SummaryWriter(logdir, purge_step=5) as writer:
        COPIES[kind](writer).close()
    sizes = sorted(path.stat().st_size for path in event_files(logdir))
    assert sizes[0] < sizes[1]


@pytest.mark.parametrize("kind", COPIES)
def test_a_subclass(logdir, kind):
    with Tuned(logdir, 3) as writer, COPIES[kind](writer) as other:
        assert type(other) is Tuned
        assert other.factor == 3
        other.add_scalar("s", 1)
    assert scalars(logdir) == [("s", 0, 1.0)]


@pytest.mark.parametrize("kind", COPIES)
def test_a_writer_that_writes_nothing(tmp_path, kind):
    with (
        tensorbolt.SummaryWriter(tmp_path / "run", write_to_disk=False) as writer,
        COPIES[kind](writer) as other,
    ):
        other.add_scalar("s", 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["deepcopy", "pickle"])
def test_a_writer_inside_something_else(logdir, kind):
    trainer = {"writer": tensorbolt.SummaryWriter(logdir), "step": 3}
    other = COPIES[kind](trainer)
    other["writer"].add_scalar("s", 1)
    other["writer"].close()
    trainer["writer"].close()
    assert scalars(logdir) == [("s", 0, 1.0)]
