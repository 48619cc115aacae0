"""RecordWriter, and the functions around it."""

import io

import pytest
import tensorboardX.record_writer as theirs
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.summary.writer.record_writer import RecordWriter as TorchRecordWriter

import tensorbolt
from tensorbolt import record_writer
from tensorbolt.record_writer import RecordWriter, register_writer_factory

FACTORY = record_writer.REGISTERED_FACTORIES["s3"]


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_records_are_those_of_both(tmp_path_factory, payloads):
    root = tmp_path_factory.mktemp("records")
    ours, stream = RecordWriter(root / "ours"), io.BytesIO()
    their, torchs = theirs.RecordWriter(str(root / "theirs")), TorchRecordWriter(stream)
    for payload in payloads:
        for writer in (ours, their, torchs):
            writer.write(payload)
    ours.flush()
    their.flush()
    assert (root / "ours").read_bytes() == (root / "theirs").read_bytes() == stream.getvalue()  # fmt: skip
    ours.close()
    their.close()


def test_a_path(tmp_path):
    with tensorbolt.RecordWriter(str(tmp_path / "a")) as writer:
        writer.write(b"x")
        assert writer.path == str(tmp_path / "a")
        assert not writer.closed
        writer.flush()
        assert (tmp_path / "a").stat().st_size == 17
    assert writer.closed
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.write(b"x")
    RecordWriter(path=tmp_path / "a").close()
    assert (tmp_path / "a").read_bytes() == b""


def test_a_stream():
    stream = io.BytesIO()
    writer = RecordWriter(writer=stream)
    for data in (b"x", bytearray(b"x"), memoryview(b"x")):
        writer.write(data)
    writer.flush()
    assert len(stream.getvalue()) == 3 * 17
    assert writer.path is None
    stream.close()
    assert writer.closed
    writer.close()


def test_one_call_of_the_stream_for_each_record():
    class Stream:
        calls = ()

        def write(self, data):
            self.calls = (*self.calls, ("write", len(data)))

        def flush(self):
            self.calls = (*self.calls, "flush")

        def close(self):
            self.calls = (*self.calls, "close")

    stream = Stream()
    writer = RecordWriter(stream)
    writer.write(b"abc")
    writer.flush()
    assert not writer.closed
    writer.close()
    assert writer.closed
    assert stream.calls == (("write", 19), "flush", "close")


@pytest.mark.parametrize("data", ["text", None, 3, ["a"]])
def test_only_bytes_are_records(data):
    stream = io.BytesIO()
    with pytest.raises(TypeError, match="record must be bytes"):
        RecordWriter(stream).write(data)
    assert stream.getvalue() == b""


@pytest.mark.parametrize("writer", [None, 3, object(), b"path"])
def test_what_is_neither_path_nor_stream(writer):
    with pytest.raises(TypeError, match="writer must be a path"):
        RecordWriter(writer)


@given(st.binary(max_size=2000))
def test_checksums_are_those_of_tensorboardx(data):
    assert record_writer.masked_crc32c(data) == theirs.masked_crc32c(data)


@given(st.text(max_size=20))
def test_names_are_those_of_tensorboardx(name):
    assert record_writer.make_valid_tf_name(name) == theirs.make_valid_tf_name(name)


def test_a_name_of_the_specification():
    assert record_writer.make_valid_tf_name("$ave/&sound") == "._ave/_sound"


def test_local_directories_and_files(tmp_path):
    for _ in range(2):
        record_writer.directory_check(str(tmp_path / "a" / "b"))
    with record_writer.open_file(tmp_path / "a" / "b" / "c") as file:
        file.write(b"x")
    assert (tmp_path / "a" / "b" / "c").read_bytes() == b"x"


@pytest.mark.parametrize(
    ("prefix", "factory", "kind", "says"),
    [
        ("mem:", FACTORY, ValueError, "colon"),
        ("", FACTORY, ValueError, "prefix"),
        (3, FACTORY, TypeError, "prefix"),
        ("x", object(), TypeError, "open"),
        ("x", io.StringIO, TypeError, "open"),
    ],
)
def test_what_cannot_be_registered(prefix, factory, kind, says):
    with pytest.raises(kind, match=says):
        register_writer_factory(prefix, factory)
    assert set(record_writer.REGISTERED_FACTORIES) == {"s3", "gs"}
