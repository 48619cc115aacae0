"""Whatever an argument is: a valid record or a built-in exception, never a broken file, a panic or a file elsewhere.

Each row is one call with one hostile argument. In a normal run, every value of a kind is tried on the first argument of
that kind, and on each of the others a share of them; `TENSORBOLT_HOSTILE=all` tries everything on everything.
"""

import inspect
import math
import mmap
import os
import struct

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tests.python.inputs.hostile.calls import CALLS, NO_STEP, NO_TIME, good
from tests.python.inputs.hostile.values import KINDS
from tests.python.support.helpers import event_files, only, records, tree

import tensorbolt
from tensorbolt._core import encode_record

SHARE = 1 if os.environ.get("TENSORBOLT_HOSTILE") == "all" else 10
OURS = ("builtins", "tensorbolt._errors", "numpy._core._exceptions")
# What these raise is theirs: numpy's words, torch's, or their own.
OWN_WORDS = {
    "array", "changes while it is read", "dict with other items", "key that raises in hash",
    "torch, storage freed", "raises in len", "class", "interface without data", "released buffer",
}  # fmt: skip
# Arguments that are said by other names: a key makes a path together with the tag.
ALIASES = {
    "tag_scalar_dict": ("key",),
    "main_tag": ("key",),
    "hparam_dict": ("hparam",),
    "bins": ("edges",),
    "img_tensor": ("dataformats",),
    "vid_tensor": ("dataformats",),
    # What is no text in its place is a step, as with tensorboardX.
    "run_name": ("global_step",),
}


def arguments():
    for method, parameters in CALLS.items():
        for argument, (kind, _) in parameters.items():
            yield method, argument, kind
        signature = inspect.signature(getattr(tensorbolt.SummaryWriter, method))
        if method not in NO_STEP:
            yield (
                method,
                "step" if "step" in signature.parameters else "global_step",
                "step",
            )
        if method not in NO_TIME:
            yield method, "walltime", "time"


def rows():
    seen = set()
    for place, (method, argument, kind) in enumerate(arguments()):
        for number, value in enumerate(KINDS[kind]):
            if kind not in seen or (number + place) % SHARE == 0:
                yield method, argument, kind, value
        seen.add(kind)


ROWS = list(rows())


def test_there_are_enough_rows():
    assert len(ROWS) > 800
    assert {method for method, *_ in ROWS} == set(CALLS)
    public = {
        name
        for name in dir(tensorbolt.SummaryWriter)
        if name.startswith("add_") or name == "log"
    }
    # The first has a table of its own; the others are another name, or read a file or a callback.
    assert public - set(CALLS) == OTHERS


OTHERS = {
    "add_custom_scalars_marginchart", "add_observer", "add_onnx_graph", "add_openvino_graph",
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1]}-{row[3]}")
def test_hostile_input(tmp_path, monkeypatch, row):
    method, argument, kind, name = row
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outside").mkdir()
    logdir = tmp_path / "logs" / "run"
    with tensorbolt.SummaryWriter(logdir) as writer:
        error = call(writer, method, {argument: KINDS[kind][name]()})
        writer.flush()
        stats = writer.stats()
        writer.add_scalar("after", 1.0)
    if error is not None:
        assert isinstance(error, Exception), repr(error)
        assert type(error).__module__ in OURS
        words = str(error)
        assert len(words) < 1000, words[:1000]
        expected = ("mine", argument, *ALIASES.get(argument, ()))
        assert (
            name in OWN_WORDS
            or isinstance(error, MemoryError)
            or any(word in words for word in expected)
        ), words
    # Nothing waits for a file that cannot be, and no encoder failed on its lane.
    assert (stats["errors"], stats["dropped"], stats["pending_bytes"]) == (0, 0, 0), (
        stats
    )
    assert [path for path in tree(tmp_path) if not path.startswith("logs/run/")] == [
        "logs",
        "logs/run",
        "outside",
    ]
    assert tags(logdir)[-1] == "after"


def call(writer, method, hostile):
    """Return what the call raises."""
    try:
        getattr(writer, method)(**{**good(method), **hostile})
    except BaseException as error:
        return error
    return None


def tags(logdir):
    """The tags of the run's own file; all files below are read to their end."""
    found = []
    for path in logdir.rglob("events.out.tfevents.*"):
        if not path.is_file():
            continue
        for event in records(path):
            assert math.isfinite(event.wall_time)
            if path.parent == logdir:
                found += [value.tag for value in event.summary.value]
    return found


def test_a_tag_of_ten_megabytes(logdir):
    """TensorBoard's own reader takes a second for a megabyte, so the record is taken apart here."""
    tag = "x" * 10_000_000
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar(tag, 1.0)
    (path,) = event_files(logdir)
    data = path.read_bytes()
    (first,) = struct.unpack_from("<Q", data)
    record = data[16 + first :]
    (length,) = struct.unpack_from("<Q", record)
    payload = record[12 : 12 + length]
    assert encode_record(payload) == record
    (value,) = Event.FromString(payload).summary.value
    assert value.tag == tag


def test_more_elements_than_32_bits_count(logdir):
    """Memory that was never written to is there to be read, and takes none."""
    count = 2**31 + 1
    with mmap.mmap(-1, count, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        values = np.frombuffer(memory, np.uint8)
        with tensorbolt.SummaryWriter(logdir) as writer:
            writer.add_histogram("h", values)
        del values
    assert sum(only(logdir).histo.bucket) == count
