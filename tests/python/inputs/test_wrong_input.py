"""Whatever a caller can get wrong fails inside the call, says what and how to put it right, and writes nothing."""

import importlib
import math

import pytest
from tests.python.inputs.wrong.table import ROWS, name_of
from tests.python.support.helpers import event_files, records, scalars, tree

import tensorbolt

AREAS = [
    "every_method",
    "scalars",
    "histograms",
    "images",
    "videos_and_audio",
    "tensors",
    "files",
]
for area in AREAS:  # Each fills the table.
    importlib.import_module(f"tests.python.inputs.wrong.{area}")


def test_there_are_enough_rows():
    assert len(ROWS) >= 120


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_wrong_input(tmp_path, monkeypatch, row):
    method, arguments, keywords, is_a, says = row
    monkeypatch.chdir(tmp_path)
    logdir = tmp_path / "run"
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_scalar("before", 1.0)
        writer.flush()
        before, events = tree(tmp_path), writer.stats()["events"]
        with pytest.raises(is_a) as caught:
            getattr(writer, method)(*arguments, **keywords)
        writer.flush()
        assert tree(tmp_path) == before
        assert writer.stats()["events"] == events
        assert writer.scalar_dict == {}
        writer.add_scalar("after", 2.0)
    assert type(caught.value).__module__ in ("builtins", "tensorbolt._errors")
    missing = [word for word in says if word not in str(caught.value)]
    assert not missing, f"{missing} not in {caught.value}"
    assert scalars(logdir) == [("before", 0, 1.0), ("after", 0, 2.0)]
    assert len(records(event_files(logdir)[0])) == 3


@pytest.mark.parametrize(
    ("keywords", "kind"),
    [
        ({"on_error": "no"}, ValueError),
        ({"on_error": None}, ValueError),
        ({"on_full": "no"}, ValueError),
        ({"on_full": None}, TypeError),
        ({"max_buffer": 0}, ValueError),
        ({"max_buffer": -1}, ValueError),
        ({"max_buffer": 1.5}, TypeError),
        ({"max_buffer": True}, TypeError),
        ({"max_buffer": 2**64}, ValueError),
        ({"stall_timeout": -1}, ValueError),
        ({"stall_timeout": math.nan}, ValueError),
        ({"stall_timeout": "3"}, TypeError),
        ({"stall_timeout": None}, TypeError),
        ({"image_compression": "best"}, ValueError),
        ({"image_compression": None}, ValueError),
        ({"comet_config": {}}, ValueError),
        ({"comet_config": "x"}, TypeError),
        ({"comment": 3, "log_dir": None}, TypeError),
        ({"log_dir": "a\0b"}, ValueError),
        ({"log_dir": b"bytes"}, TypeError),
    ],
    ids=ascii,
)
def test_wrong_options(tmp_path, monkeypatch, keywords, kind):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=next(iter(keywords))):
        tensorbolt.SummaryWriter(**{"log_dir": "run", **keywords})
    assert tree(tmp_path) == []
