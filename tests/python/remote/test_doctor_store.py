"""`tensorbolt doctor ADDRESS --write` tries the store, and leaves nothing there."""

import json
from typing import Any

import pytest
from tests.python.remote.conftest import Cloud
from tests.python.remote.objects import objects
from tools.fault_proxy.faults import Faults

from tensorbolt import cli


def found(
    capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, list[dict[str, Any]]]:
    """The exit status, and what is said of the store."""
    capsys.readouterr()
    status = cli.main(["doctor", "--json", *words])
    rows = json.loads(capsys.readouterr().out)["checks"]
    return status, [row for row in rows if row["about"] == "store"]


def test_an_object_is_put_and_removed(cloud: Cloud, capsys: Any) -> None:
    address = f"s3://{cloud.bucket}/runs/job"
    _, (listed, tried) = found(capsys, address, "--write")
    assert listed["text"] == f"{address} can be listed; it has 0 event files"
    assert (tried["state"], "put there and removed" in tried["text"]) == ("ok", True)
    (put,) = cloud.proxy.log("PUT")
    assert put.key.startswith("runs/job/.tensorbolt-doctor-")
    assert objects(cloud.client, cloud.bucket) == {}


def test_without_the_option_nothing_is_put(cloud: Cloud, capsys: Any) -> None:
    _, rows = found(capsys, f"s3://{cloud.bucket}/runs")
    assert "--write tries" in rows[1]["text"]
    assert cloud.proxy.log("PUT", "POST", "DELETE") == []


def test_one_that_cannot_be_written_is_an_error(cloud: Cloud, capsys: Any) -> None:
    cloud.proxy.set(Faults(refuse="AccessDenied", methods=frozenset({"PUT"})))
    status, (_, tried) = found(capsys, f"s3://{cloud.bucket}/runs", "--write")
    assert (status, tried["state"]) == (2, "error")
    assert "cannot be written" in tried["text"]
    assert "s3:PutObject" in tried["text"]


def test_one_that_cannot_be_cleared_is_a_warning(cloud: Cloud, capsys: Any) -> None:
    removals = frozenset({"DELETE", "POST"})
    cloud.proxy.set(Faults(refuse="AccessDenied", methods=removals))
    status, (_, tried) = found(capsys, f"s3://{cloud.bucket}/runs", "--write")
    assert (status, tried["state"]) == (1, "warning")
    assert "s3:DeleteObject" in tried["text"]
    ((key, content),) = objects(cloud.client, cloud.bucket).items()
    assert key.removeprefix("runs/") in tried["remedy"]
    assert content.startswith(b"tensorbolt doctor")
