"""`SummaryWriter` on an address of an object store: what is there afterwards, and how the writer looks from outside."""

import contextlib
import os
import pickle
import re
import time
from pathlib import Path

import numpy as np
import pytest
from google.protobuf import text_format
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig
from tests.python.remote.objects import download, objects, only_moto, open_writer, steps
from tests.python.support.helpers import python, scalars

import tensorbolt
from tensorbolt import cli


def test_what_is_logged_is_there_after_close(cloud, spool, tmp_path):
    with open_writer(f"s3://{cloud.bucket}/some/run", filename_suffix=".x") as writer:
        for step in range(100):
            writer.add_scalar("s", step, step)
        writer.add_image("i", np.zeros((3, 9, 9)), 1)
        writer.add_scalars("g", {"k": 1.0})
        writer.add_embedding(np.eye(3), metadata=["a", "b", "c"])
        writer.add_hparams({"lr": 0.1}, {"acc": 1.0}, run_name="trial")
    keys = list(objects(cloud.client, cloud.bucket))
    assert all(key.startswith("some/run/") for key in keys)
    log = download(cloud.client, cloud.bucket, "some/run", tmp_path / "log")
    assert steps(log, "s") == list(range(100))
    assert scalars(log / "g_k") == [("g", 0, 1.0)]
    assert (log / "projector_config.pbtxt").is_file()
    assert ("acc", 0, 1.0) in scalars(log / "trial")
    assert os.listdir(spool) == []


def test_the_fast_path_serves_a_remote_log(cloud):
    with open_writer(f"s3://{cloud.bucket}/run") as writer:
        assert isinstance(writer._fast, tensorbolt._core.Writer)


def test_names_are_those_of_the_store(cloud):
    address = f"s3://{cloud.bucket}/run/"
    with open_writer(address) as writer:
        assert writer.log_dir == writer.get_logdir() == address
        assert writer.file_writer.get_logdir() == address
        name = writer.file_writer.event_writer._file_name
        assert name.startswith(f"s3://{cloud.bucket}/run/events.out.tfevents.")
        event_writer = writer.file_writer.event_writer
    assert event_writer._file_name == name
    key = name.removeprefix(f"s3://{cloud.bucket}/")
    assert key in objects(cloud.client, cloud.bucket)


def test_flush_waits_for_the_store_only_where_that_is_asked_for(cloud):
    with open_writer(f"s3://{cloud.bucket}/run", flush_secs=1000) as writer:
        writer.add_scalar("s", 1, 7)
        writer.flush()
        writer.flush(remote=True)
        stored = b"".join(objects(cloud.client, cloud.bucket).values())
        assert stored.count(b"brain.Event:2") >= 1
        stats = writer.stats()
        assert stats["spooled_bytes"] == 0
        assert stats["uploaded_bytes"] >= stats["bytes"]
        assert stats["upload_requests"] >= 1
        assert stats["upload_lag_seconds"] == 0


def test_a_local_log_has_no_counts_of_uploads(tmp_path):
    with open_writer(tmp_path / "run") as writer:
        writer.flush(remote=True)
        assert "uploaded_bytes" not in writer.stats()


def test_after_close_it_goes_on_in_new_objects(cloud, spool, tmp_path):
    writer = open_writer(f"s3://{cloud.bucket}/run")
    writer.add_scalar("s", 1, 1)
    writer.close()
    writer.close()
    sent = writer.stats()["uploaded_bytes"]
    writer.add_scalar("s", 2, 2)
    writer.file_writer.reopen()
    writer.add_scalar("s", 3, 3)
    writer.close()
    log = download(cloud.client, cloud.bucket, "run", tmp_path / "log")
    assert sorted(steps(log, "s")) == [1, 2, 3]
    assert writer.stats()["uploaded_bytes"] > sent
    assert os.listdir(spool) == []


def test_a_copy_and_a_pickle_write_objects_of_their_own(cloud, tmp_path):
    with open_writer(
        f"s3://{cloud.bucket}/run", storage_options={"aws_region": "us-east-1"}
    ) as writer:
        writer.add_scalar("s", 1, 1)
        with pickle.loads(pickle.dumps(writer)) as copy:
            copy.add_scalar("s", 2, 2)
    log = download(cloud.client, cloud.bucket, "run", tmp_path / "log")
    assert sorted(steps(log, "s")) == [1, 2]


def test_options_come_before_the_environment(cloud, tmp_path, monkeypatch):
    options = {
        "aws_endpoint_url": cloud.environment["S3_ENDPOINT"],
        "aws_access_key_id": "key",
        "aws_secret_access_key": "secret",
        "aws_region": "us-east-1",
        "aws_allow_http": True,
    }
    for name in cloud.environment:
        monkeypatch.delenv(name)
    with open_writer(f"s3://{cloud.bucket}/run", storage_options=options) as writer:
        writer.add_scalar("s", 1, 1)
    log = download(cloud.client, cloud.bucket, "run", tmp_path / "log")
    assert steps(log, "s") == [1]


def test_keys_of_a_profile_are_used(cloud, tmp_path, monkeypatch):
    only_moto("takes any keys")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    file = tmp_path / "credentials"
    file.write_text(
        "[me]\naws_access_key_id = of-the-profile\naws_secret_access_key = 100%s\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_PROFILE", "me")
    from tensorbolt._store_settings import environment

    found = dict(environment({}))
    assert found["AWS_ACCESS_KEY_ID"] == "of-the-profile"
    assert found["AWS_SECRET_ACCESS_KEY"] == "100%s"
    assert "AWS_ACCESS_KEY_ID" not in dict(environment({"aws_access_key_id": "k"}))
    with open_writer(f"s3://{cloud.bucket}/run") as writer:
        writer.add_scalar("s", 1, 1)
    assert objects(cloud.client, cloud.bucket)


@pytest.mark.parametrize(
    ("keywords", "kind", "says"),
    [
        ({"storage_options": "x"}, TypeError, "storage_options must be a dict"),
        ({"storage_options": {1: "x"}}, TypeError, "keys of storage_options"),
        ({"storage_options": {"aws_region": None}}, TypeError, "aws_region"),
        ({"storage_options": {"aws_place": "x"}}, ValueError, "aws_place"),
        ({"max_spool": 0}, ValueError, "max_spool must be positive"),
        ({"max_spool": 1.5}, TypeError, "max_spool must be a number of bytes"),
    ],
)
def test_wrong_options(cloud, spool, keywords, kind, says):
    with pytest.raises(kind, match=says):
        open_writer(f"s3://{cloud.bucket}/run", **keywords)
    assert not spool.exists() or os.listdir(spool) == []


def test_a_secret_is_in_no_message(cloud):
    with pytest.raises(TypeError) as raised:
        open_writer("s3://b/run", storage_options={"aws_secret_access_key": b"xyz"})
    assert "xyz" not in str(raised.value)


def until(condition):
    """Wait until it is true."""
    deadline = time.monotonic() + 100
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_missing_bucket_is_warned_of_and_ends_nothing(cloud, spool):
    only_moto("refuses what is put into a bucket that is not there")
    with pytest.warns(RuntimeWarning) as warned:
        writer = open_writer("s3://no-such-bucket/run", stall_timeout=0.5)
        until(lambda: writer.stats()["errors"])
        writer.add_scalar("s", 1, 1)
        writer.close()
    said = " ".join(str(one.message) for one in warned)
    assert "no-such-bucket" in said
    assert "tensorbolt push" in said


def test_a_store_that_does_not_take_all_raises_where_that_is_asked_for(cloud):
    only_moto("refuses what is put into a bucket that is not there")
    writer = open_writer("s3://no-such-bucket/run", stall_timeout=0.5, on_error="raise")
    with pytest.raises(OSError, match="no-such-bucket"):
        writer.close()


def test_no_more_waits_on_the_disk_than_may(spool):
    # Nothing listens there.
    writer = open_writer(
        "http://127.0.0.1:9/run",
        max_spool=1000,
        max_buffer=10_000,
        on_full="drop",
        stall_timeout=0.1,
    )

    def dropped():
        writer.add_scalar("s", 1)
        return writer.stats()["dropped"]

    with pytest.warns(RuntimeWarning) as warned:
        until(dropped)
        writer.close()
    said = " ".join(str(one.message) for one in warned)
    assert "max_spool" in said
    assert "tensorbolt push" in said


def test_a_local_address_is_a_directory(tmp_path):
    with open_writer(f"file://{tmp_path}/a%20b") as writer:
        writer.add_scalar("s", 1)
        assert writer.log_dir == f"{tmp_path}/a b"
    assert scalars(tmp_path / "a b") == [("s", 0, 1.0)]
    with pytest.raises(ValueError, match="three slashes"):
        open_writer("file://run")


def test_a_spool_that_cannot_be_made_raises_at_first(cloud, tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("TENSORBOLT_SPOOL", str(file / "spool"))
    with pytest.raises(NotADirectoryError, match="TENSORBOLT_SPOOL"):
        open_writer(f"s3://{cloud.bucket}/run")


def test_a_spool_that_cannot_be_made_later_is_tried_again(cloud, tmp_path, monkeypatch):
    writer = open_writer(f"s3://{cloud.bucket}/run", stall_timeout=100)
    writer.add_scalar("s", 1, 1)
    writer.close()
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("TENSORBOLT_SPOOL", str(file / "spool"))
    with pytest.warns(RuntimeWarning, match="Training goes on"):
        writer.add_scalar("s", 2, 2)
        until(lambda: writer.stats()["errors"])
        writer.add_scalar("s", 3, 3)
        file.unlink()
        writer.flush(remote=True)
        writer.close()
    log = download(cloud.client, cloud.bucket, "run", tmp_path / "log")
    assert sorted(steps(log, "s")) == [1, 2, 3]
    assert os.listdir(file / "spool") == []


def test_two_writers_keep_each_others_embeddings(cloud):
    for tag in ("one", "two"):
        with open_writer(f"s3://{cloud.bucket}/run") as writer:
            writer.add_embedding(np.eye(3), ["a", "b", "c"], tag=tag)
    (config,) = [
        data
        for key, data in objects(cloud.client, cloud.bucket).items()
        if key.endswith("projector_config.pbtxt")
    ]
    message = text_format.Parse(config.decode(), ProjectorConfig())
    assert [entry.tensor_name for entry in message.embeddings] == [
        "one:00000",
        "two:00000",
    ]


def test_the_projectors_configuration(cloud):
    with open_writer(f"s3://{cloud.bucket}/run") as writer:
        assert not hasattr(writer, "_projector_config")
        writer.add_embedding(np.eye(3), ["a", "b", "c"], tag="x", global_step=7)
        (entry,) = writer._projector_config.embeddings
        assert entry.tensor_name == "x:00007"


def test_processes_cannot_share_a_file_in_a_store():
    with pytest.raises(ValueError, match="local"):
        tensorbolt.GlobalSummaryWriter("s3://bucket/run")


def test_nothing_is_sent_without_disk(cloud, spool):
    with open_writer(f"s3://{cloud.bucket}/run", write_to_disk=False) as writer:
        writer.add_scalar("s", 1)
    assert objects(cloud.client, cloud.bucket) == {}
    assert not spool.exists()


def test_a_sub_run_stays_below_the_prefix(cloud):
    with open_writer(f"s3://{cloud.bucket}/run") as writer:
        with pytest.raises(ValueError, match="outside"):
            writer.add_scalars("x", {"../../y": 1.0})
        with pytest.raises(ValueError, match="1024 bytes"):
            writer.add_scalars("x", {"/".join("a" * 200 for _ in range(5)): 1.0})
    assert all(key.startswith("run/") for key in objects(cloud.client, cloud.bucket))


def test_what_the_guide_shows_works(cloud, tmp_path):
    # A server that runs on has what the last tests left there.
    with contextlib.suppress(cloud.client.exceptions.BucketAlreadyExists):
        cloud.client.create_bucket(Bucket="bucket")
    for name in objects(cloud.client, "bucket"):
        cloud.client.delete_object(Bucket="bucket", Key=name)
    page = (Path(__file__).parents[3] / "docs/guides/object-stores.md").read_text("utf-8")  # fmt: skip
    fences = re.findall(r"^```(python|console)\n(.*?)^```$", page, re.M | re.S)
    program = "".join(text for kind, text in fences if kind == "python")
    assert "localhost:9000" in program
    python(program.replace("http://localhost:9000", cloud.proxy.url))
    log = download(cloud.client, "bucket", "prefix/run", tmp_path / "log")
    assert scalars(log) == [("loss", 1, 0.5)]
    shown = "".join(text for kind, text in fences if kind == "console")
    commands = re.findall(r"^\$ tensorbolt (.*)$", shown, re.M)
    assert [cli.main(command.split()) for command in commands] == [0, 0]
