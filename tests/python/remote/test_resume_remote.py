"""The option `resume` on an address of an object store: names sort behind those that are there or wait for their upload."""

import warnings

import pytest
from tests.python.files.test_resume import by_loader
from tests.python.remote.objects import download, open_writer

from tensorbolt import record_writer


def ahead(name):
    """The name that a node whose clock is 90 s ahead would have given."""
    parts = name.split(".")
    parts[3] = f"{int(parts[3]) + 90:010}"
    return ".".join(parts)


def rename_objects(cloud):
    """As if a node whose clock is ahead had made them."""
    for found in cloud.client.list_objects_v2(Bucket=cloud.bucket)["Contents"]:
        key = found["Key"]
        source = {"Bucket": cloud.bucket, "Key": key}
        cloud.client.copy_object(Bucket=cloud.bucket, Key=ahead(key), CopySource=source)
        cloud.client.delete_object(**source)


@pytest.mark.parametrize("resume", [True, 3])
def test_points_are_replaced(cloud, tmp_path, resume):
    address = f"s3://{cloud.bucket}/some/run"
    for number in range(3):
        with open_writer(address, resume=resume) as writer:
            for step in range(3 if number else 0, 5):
                writer.add_scalar("loss", step + number / 4, step)
                writer.add_scalars("group", {"a": step + number / 4}, step)
        rename_objects(cloud)
    log = download(cloud.client, cloud.bucket, "some/run", tmp_path / "log")
    points = [(0, 0.0), (1, 1.0), (2, 2.0), (3, 3.5), (4, 4.5)]
    assert by_loader(log, "loss") == points
    assert by_loader(log / "group_a", "group") == points


def test_files_that_wait_for_their_upload_count(cloud, spool):
    spooled = spool / "earlier"
    (spooled / "log").mkdir(parents=True)
    url = f"s3://{cloud.bucket}/run"
    (spooled / "address.json").write_text(f'{{"url": "{url}"}}')
    name = "events.out.tfevents.3000000000.other.1.000000"
    (spooled / "log" / name).touch()
    with open_writer(url, resume=5) as writer:
        made = writer.file_writer.event_writer._file_name
    assert made.startswith(f"{url}/events.out.tfevents.3000000001.")


def test_a_store_that_cannot_be_asked_is_warned_of(cloud, monkeypatch):
    # Nothing listens there.
    monkeypatch.setenv("S3_ENDPOINT", "http://127.0.0.1:1")
    with pytest.warns(RuntimeWarning, match="resume cannot list s3://"):
        writer = open_writer(f"s3://{cloud.bucket}/run", resume=5, stall_timeout=0.2)
    writer.add_scalar("loss", 5, 5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        writer.close()


class Unlisted:
    """A store that can only be written to."""

    def open(self, path):
        raise OSError(path)

    def directory_check(self, path):
        raise OSError(path)


def test_schemes_of_the_program_are_refused(monkeypatch):
    monkeypatch.setattr(record_writer, "REGISTERED_FACTORIES", {})
    record_writer.register_writer_factory("unlisted", Unlisted())
    with pytest.raises(ValueError, match="pass purge_step instead"):
        open_writer("unlisted://run", resume=5)
