"""`tensorbolt push`, and the next writer to an address: what a killed process left comes to the store, once."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from tests.python.remote.objects import download, only_moto, open_writer, steps
from tests.python.support.helpers import python
from tools.fault_proxy.faults import Faults

from tensorbolt import cli

#: Logs some events, and is killed at once.
KILLED = """
import os, signal, sys
import tensorbolt
writer = tensorbolt.SummaryWriter(sys.argv[1], flush_secs=1000)
for step in range(100):
    writer.add_scalar("s", step, step)
if "large" in sys.argv:
    for step in range(17):
        writer.add_text("large", "x" * (1 << 20), step)
writer.flush()
if "torn" in sys.argv:
    with open(writer.file_writer.event_writer._events.path, "ab") as file:
        file.write(b"torn")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def left(cloud, spool):
    """Leaves a log whose process was killed; returns its address."""

    def leave(*words, bucket=cloud.bucket, run="run"):
        """With "torn", it has the beginning of one more record; with "large", it makes three objects."""
        address = f"s3://{bucket}/{run}"
        command = [sys.executable, "-c", KILLED, address, *words]
        assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
        assert len(os.listdir(spool)) >= 1
        return address

    return leave


def found(cloud, tmp_path):
    return steps(download(cloud.client, cloud.bucket, "run", tmp_path / "log"), "s")


def test_it_uploads_what_is_left_and_removes_it(cloud, spool, left, tmp_path, capsys):
    address = left()
    assert cli.main(["push", "--dry-run"]) == 0
    assert f"{address}: " in capsys.readouterr().out
    assert len(os.listdir(spool)) == 1
    assert cli.main(["push"]) == 0
    assert capsys.readouterr().out.startswith(f"{address}: ")
    assert found(cloud, tmp_path) == list(range(100))
    assert os.listdir(spool) == []
    assert cli.main(["push"]) == 0
    assert capsys.readouterr().out == "No log waits here for its upload.\n"


def test_one_log_alone(cloud, spool, left, tmp_path, capsys):
    left()
    (one,) = os.listdir(spool)
    # A writer to the same address would take it over.
    left(run="other")
    (other,) = set(os.listdir(spool)) - {one}
    assert cli.main(["push", str(spool / one)]) == 0
    assert found(cloud, tmp_path) == list(range(100))
    assert os.listdir(spool) == [other]
    assert cli.main(["push", str(spool)]) == 0
    assert os.listdir(spool) == []


def test_a_torn_record_is_left_out_and_reported(cloud, left, tmp_path, capsys):
    left("torn")
    assert cli.main(["push", "--json"]) == 1
    (log,) = json.loads(capsys.readouterr().out)["logs"]
    assert log["complete"]
    assert len(log["problems"]) == 1
    assert found(cloud, tmp_path) == list(range(100))


def test_the_next_writer_uploads_it_as_well(cloud, spool, left, tmp_path):
    address = left()
    with open_writer(address) as writer:
        writer.add_scalar("s", 1, 1000)
        # It has a task of its own, which may still be at work.
        deadline = time.monotonic() + 100
        while len(os.listdir(spool)) > 1 and time.monotonic() < deadline:
            time.sleep(0.05)
    assert sorted(found(cloud, tmp_path)) == [*range(100), 1000]


def test_the_end_of_a_process_waits_for_what_it_has_taken_over(cloud, spool, left):
    address = left("large")
    # Its own log is one request, and the other at least three.
    cloud.proxy.set(Faults(latency=0.5))
    code = (
        "import sys, tensorbolt\n"
        "from tensorbolt import _lifecycle\n"
        "_lifecycle.EXIT_SECONDS = 100\n"
        "tensorbolt.SummaryWriter(sys.argv[1]).close()"
    )
    python(code, address)
    assert os.listdir(spool) == []


def test_the_end_of_a_process_names_what_it_has_not_uploaded(cloud, spool, left):
    address = left()
    code = (
        "import sys, tensorbolt, warnings\n"
        "from tensorbolt import _lifecycle\n"
        "_lifecycle.EXIT_SECONDS = 0.5\n"
        "warnings.simplefilter('default')\n"
        "writer = tensorbolt.SummaryWriter(sys.argv[1])"
    )
    cloud.proxy.set(Faults(black_hole=True))
    done = python(code, address)
    assert done.stderr.count(f"of {address} in {spool}") == 2
    assert "which an earlier process left" in done.stderr
    assert len(os.listdir(spool)) == 2


def test_a_log_that_is_being_uploaded_is_left_alone(cloud, spool, capsys):
    with open_writer(f"s3://{cloud.bucket}/run"):
        assert len(os.listdir(spool)) == 1
        code = "import sys; from tensorbolt import cli; sys.exit(cli.main(['push']))"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert done.stdout == "No log waits here for its upload.\n"
        assert len(os.listdir(spool)) == 1


def test_a_store_that_refuses_is_a_sentence_and_status_2(cloud, spool, left, capsys):
    only_moto("refuses what is put into a bucket that is not there")
    left(bucket="no-such-bucket")
    assert cli.main(["push"]) == 2
    printed = capsys.readouterr()
    assert "not uploaded: " in printed.err
    assert len(os.listdir(spool)) == 1


@pytest.mark.parametrize("word", ["aws_region", "=x"])
def test_wrong_options(word, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["push", "--storage-option", word])
    assert "KEY=VALUE" in capsys.readouterr().err


def test_a_directory_that_is_not_there(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["push", str(tmp_path / "none")])
    assert "there is no directory" in capsys.readouterr().err
