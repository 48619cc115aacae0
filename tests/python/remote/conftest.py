"""A store as Amazon's with a proxy before it, for tests of logs in object stores."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer
from tools.fault_proxy.proxy import FaultProxy

from tensorbolt import _upload

KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}


class Cloud(NamedTuple):
    """An empty bucket."""

    proxy: FaultProxy
    """What writers under test talk to."""
    client: Any
    """boto3's client, which talks to the store itself: neither delayed nor in the log."""
    bucket: str
    environment: dict[str, str]
    """What a program needs to reach the bucket through the proxy; its spools are below the test's directory."""


def client_of(url: str, **options: Any) -> Any:
    """boto3's client for the server at this address; by default it retries nothing."""
    options = {"retries": {"total_max_attempts": 1}, **options}
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=Config(s3={"addressing_style": "path"}, **options),
    )


@pytest.fixture(scope="module")
def amazon() -> Iterator[str]:
    """Address of a server that answers as Amazon's does: moto's, or one that runs at `S3_SERVER` and takes the same keys."""
    if other := os.environ.get("S3_SERVER"):
        yield other
        return
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Spools are made here."""
    root = tmp_path / "spool"
    monkeypatch.setenv("TENSORBOLT_SPOOL", str(root))
    yield root
    # The end of the tests need not wait for stores that never answer.
    for logs in (_upload._closed, _upload._logs):
        logs.clear()


@pytest.fixture
def cloud(
    amazon: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cloud]:
    """A bucket of its own for each test; the environment of this process reaches it."""
    client, bucket = client_of(amazon), f"bucket-{uuid.uuid4().hex}"
    client.create_bucket(Bucket=bucket)
    with FaultProxy(amazon) as proxy:
        environment = {
            **KEYS,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "S3_ENDPOINT": proxy.url,
            "TENSORBOLT_SPOOL": str(tmp_path / "spool"),
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield Cloud(proxy, client, bucket, environment)
    client.close()
