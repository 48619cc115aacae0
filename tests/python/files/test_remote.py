"""SummaryWriter over registered schemes; RecordWriter over these, Amazon S3 and Google Cloud Storage."""

import http.server
import io
import json
import os
import sys
import threading
import urllib.parse

import boto3
import numpy as np
import pytest
from moto.server import ThreadedMotoServer
from tests.python.support.helpers import (
    event_files,
    events,
    python,
    records,
    scalars,
    values,
)
from tests.python.support.process_ends import ENDS

import tensorbolt
from tensorbolt import record_writer
from tensorbolt.record_writer import RecordWriter, register_writer_factory


class Memory:
    """A store in memory: what was written and flushed, by path."""

    def __init__(self):
        self.made, self.objects, self.calls, self.failing = [], {}, [], False

    def directory_check(self, path):
        self.made.append(path)

    def open(self, path):
        store = self

        class Stream(io.RawIOBase):
            def write(self, data):
                if store.failing:
                    raise ConnectionError("no network")
                store.calls.append((threading.current_thread(), len(data)))
                store.objects[path] = store.objects.get(path, b"") + bytes(data)
                return len(data)

            def flush(self):
                if not self.closed and store.failing:
                    raise ConnectionError("no network")

            def __del__(self):
                """Python would close it, and from 3.14 on report that the store fails."""

        return Stream()


@pytest.fixture
def store(monkeypatch, tmp_path):
    monkeypatch.setattr(
        record_writer, "REGISTERED_FACTORIES", dict(record_writer.REGISTERED_FACTORIES)
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    store = Memory()
    register_writer_factory("mem", store)
    yield store
    assert os.listdir(tmp_path) == []


def read(tmp_path, data):
    """What a directory with one file of these bytes holds."""
    directory = tmp_path / "read"
    directory.mkdir(exist_ok=True)
    path = directory / "events.out.tfevents.1"
    path.write_bytes(data)
    try:
        return values(directory)
    finally:
        path.unlink()
        directory.rmdir()


def test_records_over_a_scheme(store):
    record_writer.directory_check("mem://bucket/run")
    with RecordWriter("mem://bucket/run/x") as writer:
        writer.write(b"abc")
    assert store.made == ["mem://bucket/run"]
    assert len(store.objects["mem://bucket/run/x"]) == 19


def test_a_summary_writer_over_a_scheme(store, tmp_path):
    with tensorbolt.SummaryWriter("mem://run/", filename_suffix=".x") as writer:
        (path,) = store.objects
        assert path == writer.file_writer.event_writer._file_name
        assert path.startswith("mem://run/events.out.tfevents.")
        assert path.endswith(".x")
        assert store.made == ["mem://run"]
        for step in range(100):
            writer.add_scalar("s", step, step)
        writer.add_image("i", np.zeros((3, 9, 9)), 1)
        writer.add_histogram("h", [1.0])
        writer.log({"l": 1})
        writer.flush()
        found = read(tmp_path, store.objects[path])
        assert len(found) == 103
        writer.add_scalars("g", {"k": 1.0})
        writer.add_text("t", "x")
    assert len(read(tmp_path, store.objects[path])) == 104
    (other,) = set(store.objects) - {path}
    assert other.startswith("mem://run/g_k/")
    assert {thread for thread, _ in store.calls} == {threading.current_thread()}


def test_after_close_it_goes_on_in_a_new_file(store):
    writer = tensorbolt.SummaryWriter("mem://run")
    writer.close()
    writer.close()
    writer.add_scalar("s", 1)
    writer.file_writer.reopen()
    writer.close()
    assert len(store.objects) == 3
    with pytest.raises(OSError, match="closed"):
        _closed().emit(lambda events: events.add_summary(b"", 0, None))


def _closed():
    writer = tensorbolt.FileWriter("mem://run")
    writer.close()
    return writer._events


def test_calls_pass_on_what_has_waited_for_long(store):
    with tensorbolt.SummaryWriter("mem://run", flush_secs=0) as writer:
        (path,) = store.objects
        sizes = set()
        for _ in range(5):
            writer.add_scalar("s", 1)
            sizes.add(len(store.objects[path]))
        assert len(sizes) >= 4


def test_a_store_that_fails_is_told_and_tried_again(store, tmp_path):
    with tensorbolt.SummaryWriter("mem://run") as writer:
        (path,) = store.objects
        writer.add_scalar("s", 1)
        store.failing = True
        with pytest.warns(RuntimeWarning, match="no network"):
            writer.flush()
        store.failing = False
        writer.add_scalar("s", 2)
    assert len(read(tmp_path, store.objects[path])) == 2


def test_a_store_that_fails_raises_where_that_is_asked_for(store):
    writer = tensorbolt.SummaryWriter("mem://run", on_error="raise")
    store.failing = True
    with pytest.raises(ConnectionError):
        writer.flush()
    with pytest.raises(ConnectionError):
        writer.close()
    with pytest.raises(ConnectionError):
        tensorbolt.SummaryWriter("mem://run")


def test_a_forgotten_writer_passes_on_everything(store, tmp_path):
    tensorbolt.SummaryWriter("mem://run").add_scalar("s", 1)
    (data,) = store.objects.values()
    assert len(read(tmp_path, data)) == 1


def test_nothing_is_written_without_disk(store):
    with tensorbolt.SummaryWriter("mem://run", write_to_disk=False) as writer:
        writer.add_scalar("s", 1)
    assert (store.objects, store.made) == ({}, [])


def test_processes_cannot_share_a_remote_file(store):
    with pytest.raises(ValueError, match="local"):
        tensorbolt.GlobalSummaryWriter("mem://run")
    assert store.objects == {}


DIRECTORIES = """
import os, sys, multiprocessing
import tensorbolt
from tensorbolt.record_writer import register_writer_factory
root = sys.argv[1]
class Directory:
    def directory_check(self, path):
        os.makedirs(root + path.removeprefix("directory:"), exist_ok=True)
    def open(self, path):
        return open(root + path.removeprefix("directory:"), "xb")
register_writer_factory("directory", Directory())
writer = tensorbolt.SummaryWriter("directory:/run")
writer.add_scalar("parent", 1)
def child():
    writer.add_scalar("child", 1)
"""


@pytest.mark.parametrize(("end", "tags"), ENDS)
def test_ends_and_forks_lose_nothing(tmp_path, end, tags):
    python(DIRECTORIES + end, tmp_path)
    assert {tag for tag, _, _ in scalars(tmp_path / "run")} == tags
    for path in (tmp_path / "run").iterdir():
        assert len(records(path)) == 2


@pytest.fixture
def amazon(monkeypatch):
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("S3_ENDPOINT", f"http://{host}:{port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("s3", endpoint_url=os.environ["S3_ENDPOINT"])
    client.create_bucket(Bucket="bucket")
    yield client
    server.stop()


def framed(tmp_path, count):
    """The records of a log of so many scalars, its header first."""
    with tensorbolt.SummaryWriter(tmp_path / "local") as writer:
        for step in range(count):
            writer.add_scalar("s", step, step)
    (path,) = event_files(tmp_path / "local")
    return [event.SerializeToString() for event in records(path)]


def test_a_registered_factory_catches_a_scheme_of_ours(store):
    register_writer_factory("s3", store)
    with tensorbolt.SummaryWriter("s3://bucket/run") as writer:
        writer.add_scalar("s", 1)
    (path,) = store.objects
    assert path.startswith("s3://bucket/run/events.out.tfevents.")


def test_amazon_s3(amazon, tmp_path):
    header, *records = framed(tmp_path, 3)
    with RecordWriter("s3://bucket/some/run/events.out.tfevents.1") as writer:
        for record in (header, *records):
            writer.write(record)
            writer.flush()
    (found,) = amazon.list_objects_v2(Bucket="bucket")["Contents"]
    assert found["Key"].startswith("some/run/events.out.tfevents.")
    data = amazon.get_object(Bucket="bucket", Key=found["Key"])["Body"].read()
    assert [step for _, step, _ in read(tmp_path, data)] == [0, 1, 2]
    with pytest.raises(Exception, match="NoSuchBucket"):
        RecordWriter("s3://none/run").close()


class Google(http.server.BaseHTTPRequestHandler):
    """As much of Google's upload protocol as writing an object takes; an unexpected generation is refused."""

    def do_POST(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        boundary = self.headers["Content-Type"].split("boundary=")[1].strip('"').encode()  # fmt: skip
        head, data = body.split(b"--" + boundary)[1:3]
        name = json.loads(head.split(b"\r\n\r\n", 1)[1])["name"]
        data = data.split(b"\r\n\r\n", 1)[1][:-2]
        objects = self.server.objects
        generation = len(objects.get(name, ()))
        right = query["ifGenerationMatch"] == [str(generation)]
        if right:
            objects.setdefault(name, []).append(data)
        answer = json.dumps({"name": name, "generation": str(generation + 1)}).encode()
        self.send_response(200 if right else 412)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def test_google_cloud_storage(tmp_path, monkeypatch):
    # Not among the tests' packages: where it is installed, tensorboardX imports it, which warns.
    pytest.importorskip("google.cloud.storage", exc_type=ImportError)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Google)
    server.objects = {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv(
        "STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{server.server_port}"
    )
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "test")
    try:
        with RecordWriter("gs://bucket/some/run/events.out.tfevents.1") as writer:
            for record in framed(tmp_path, 3):
                writer.write(record)
                writer.flush()
    finally:
        server.shutdown()
        server.server_close()
    ((name, versions),) = server.objects.items()
    assert name.startswith("some/run/events.out.tfevents.")
    assert len(versions) == 4
    assert [step for _, step, _ in read(tmp_path, versions[-1])] == [0, 1, 2]


@pytest.mark.parametrize(
    ("scheme", "module", "says"),
    [("s3", "boto3", "boto3"), ("gs", "google.cloud", "google-cloud-storage")],
)
def test_a_client_that_is_missing(tmp_path, monkeypatch, scheme, module, says):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=f"pip install {says}"):
        RecordWriter(f"{scheme}://bucket/run")
    assert events(tmp_path) == []


def test_buckets_and_paths(amazon):
    for path in ("s3://bucket/a/b", "bucket/a/b"):
        writer = record_writer.S3RecordWriter(path)
        assert writer.bucket_and_path() == ("bucket", "a/b")
        writer.write(b"x")
        writer.close()
        writer.close()
        with pytest.raises(ValueError, match="closed"):
            writer.write(b"x")
