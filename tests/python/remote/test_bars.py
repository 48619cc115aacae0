"""What a log in an object store costs, and that nothing of it is lost or doubled when the store fails.

The proxy counts. `python -m benches.python.remote` measures the same for longer, and times of calls.
"""

import os
import time

import pytest
from tests.python.remote.objects import download, objects, open_writer, steps
from tools.fault_proxy.faults import Faults


@pytest.fixture
def address(cloud):
    return f"s3://{cloud.bucket}/run"


def found(cloud, tmp_path):
    """The steps of the tag "s" in the store."""
    return steps(download(cloud.client, cloud.bucket, "run", tmp_path / "log"), "s")


def puts(cloud):
    """Requests that put something, and their bytes."""
    log = cloud.proxy.log("PUT", "POST")
    return len(log), sum(request.size for request in log)


def flush_often(target):
    """Flush after each few scalars, as frameworks do at every step."""
    with open_writer(target) as writer:
        for step in range(20_000):
            writer.add_scalar("s", step, step)
            if step % 20 == 19:
                writer.flush()


def test_a_thousand_flushes_upload_at_most_twice_what_is_logged(
    cloud, address, tmp_path
):
    flush_often(tmp_path / "local")
    (local,) = (tmp_path / "local").iterdir()
    begin = time.monotonic()
    flush_often(address)
    seconds = time.monotonic() - begin
    requests, sent = puts(cloud)
    assert sent <= 2 * local.stat().st_size
    # The header, the end, and one a second: however long it took, no flush made a request of its own.
    assert requests <= 3 + seconds
    assert found(cloud, tmp_path) == list(range(20_000))


def test_uploads_that_are_asked_for_cost_at_most_twice_what_is_logged(
    cloud, address, tmp_path
):
    with open_writer(address) as writer:
        for step in range(600):
            writer.add_text("s", "x" * 1000, step)
            if step % 100 == 99:
                writer.flush(remote=True)
                assert writer.stats()["spooled_bytes"] == 0
    stored = objects(cloud.client, cloud.bucket)
    _, sent = puts(cloud)
    # What is stored is more than what was logged: each object begins with the version.
    assert sent <= 2 * sum(map(len, stored.values()))
    log = download(cloud.client, cloud.bucket, "run", tmp_path / "log")
    assert steps(log, "s/text_summary") == list(range(600))


def test_calls_return_while_the_store_is_silent(cloud, address, tmp_path):
    with open_writer(address, flush_secs=1) as writer:
        cloud.proxy.wait(len)
        cloud.proxy.set(Faults(black_hole=True))
        for step in range(20_000):
            writer.add_scalar("s", step, step)
            if step % 1000 == 0:
                writer.flush()
        # By now, or soon, an upload is in the hole; calls return all the same.
        cloud.proxy.wait(lambda _: cloud.proxy.held())
        writer.add_scalar("s", 20_000, 20_000)
        writer.flush()
        assert writer.stats()["spooled_bytes"] > 0
        cloud.proxy.heal()
    assert found(cloud, tmp_path) == list(range(20_001))
    assert os.listdir(tmp_path / "spool") == []


@pytest.mark.parametrize(
    "faults",
    [
        Faults(slow_down=0.3, seed=2),
        Faults(reset=0.3, seed=2),
        Faults(lost=0.4, seed=2, methods=frozenset({"PUT"})),
    ],
    ids=["503", "reset", "lost"],
)
def test_nothing_is_lost_or_doubled(cloud, address, tmp_path, faults):
    cloud.proxy.set(faults)
    with open_writer(address) as writer:
        for step in range(2000):
            writer.add_scalar("s", step, step)
            if step % 500 == 499:
                writer.flush(remote=True)
        fates = {request.fault for request in cloud.proxy.log()}
        cloud.proxy.heal()
    # The third draw of the seed is a failure, and each of the four flushes makes a request.
    assert fates > {None}
    assert found(cloud, tmp_path) == list(range(2000))
