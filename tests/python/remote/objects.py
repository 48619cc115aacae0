"""Writers to a bucket, and what it holds, as the readers of logs see it."""

import os
from functools import partial
from pathlib import Path
from typing import Any

from tests.python.support.helpers import records, without_head
from tests.python.support.machine import needs

from tensorbolt import SummaryWriter

open_writer = partial(SummaryWriter, stall_timeout=100)
"""Opens a writer that gives up late: the machine of the tests may be so busy that a store takes nothing for ten seconds."""


def only_moto(what: str) -> None:
    """Skip the test where `S3_SERVER` names another server; `what` says what moto's alone does."""
    needs("S3_SERVER" not in os.environ, f"only moto's server {what}")


def objects(client: Any, bucket: str, prefix: str = "") -> dict[str, bytes]:
    """From key to bytes, of all objects below a prefix, in the order of their keys."""
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix
    )
    keys = sorted(one["Key"] for page in pages for one in page.get("Contents", ()))
    return {
        key: client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys
    }


def download(client: Any, bucket: str, prefix: str, directory: Path) -> Path:
    """Copy all objects below a prefix to a new directory; their names there are what their keys have after the prefix."""
    prefix = prefix.rstrip("/") + "/"
    directory.mkdir()
    for key, data in objects(client, bucket, prefix).items():
        path = directory / key.removeprefix(prefix)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return directory


def steps(directory: Path, tag: str) -> list[int]:
    """The steps of a tag as TensorBoard's reader finds them in the files of a directory, in the order of their names.

    A damaged or torn record fails the test, and so does a file that does not begin with the version.
    """
    return [
        event.step
        for path in sorted(directory.glob("*tfevents*"))
        for event in without_head(records(path))
        for value in event.summary.value
        if value.tag == tag
    ]
