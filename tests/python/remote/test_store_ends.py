"""How a process ends that logs to an object store: by itself, by SIGTERM, with forked children, with a store that is dead."""

import os
import signal
import subprocess
import sys

import pytest
from tests.python.remote.objects import download
from tests.python.support.helpers import python, values
from tests.python.support.process_ends import ENDS
from tools.fault_proxy.faults import Faults

# The machine of the tests may be slow; what the bounds are for is tested with stores that never answer.
WRITER = """
import os, signal, sys, multiprocessing, time
import tensorbolt
from tensorbolt import _lifecycle, _upload
_lifecycle.EXIT_SECONDS = _upload.SIGTERM_SECONDS = 100
writer = tensorbolt.SummaryWriter(sys.argv[1], stall_timeout=100)
writer.add_scalar("parent", 1)
def child():
    writer.add_scalar("child", 1)
"""


@pytest.mark.parametrize(
    ("end", "tags"),
    [
        *ENDS,
        ("del writer", {"parent"}),
        (
            "pid = os.fork()\nif pid == 0:\n    time.sleep(.5)\n    child()\n    writer.close()\n    os._exit(0)\n"
            "writer.close()\nos.waitpid(pid, 0)",
            {"parent", "child"},
        ),
        (
            "r, w = os.pipe()\npid = os.fork()\nif pid == 0:\n    os.read(r, 1)\n    child()\n    writer.close()\n"
            "    os._exit(0)\nwriter.close()\nos.write(w, b'x')\nos.waitpid(pid, 0)",
            {"parent", "child"},
        ),
    ],
    ids=["end", "fork", "multiprocessing", "collected", "child outlives close", "child begins after close"],
)  # fmt: skip
def test_ends_and_forks_lose_nothing(cloud, spool, tmp_path, end, tags):
    python(WRITER + end, f"s3://{cloud.bucket}/run")
    log = download(cloud.client, cloud.bucket, "run", tmp_path / "log")
    assert {tag for tag, _, _ in values(log)} == tags
    assert os.listdir(spool) == []


@pytest.mark.parametrize("store", ["closed port", "black hole"])
def test_a_process_ends_though_its_store_is_dead(cloud, spool, store):
    cloud.proxy.set(Faults(black_hole=True))
    address = f"s3://{cloud.bucket}/run" if store == "black hole" else "http://127.0.0.1:9/run"  # fmt: skip
    code = WRITER.replace("= 100", "= 0.5") + "warnings.simplefilter('default')"
    done = python(f"import warnings\n{code}", address)
    assert f"of {address} in {spool}" in done.stderr
    assert "`tensorbolt push` uploads it" in done.stderr
    assert len(os.listdir(spool)) == 1


def test_sigterm_ends_a_process_though_its_store_is_dead(cloud, spool):
    cloud.proxy.set(Faults(black_hole=True))
    code = WRITER.replace("= 100", "= 0.5") + "os.kill(os.getpid(), signal.SIGTERM)"
    python(f"{code}\ntime.sleep(1000)", f"s3://{cloud.bucket}/run", expect=-signal.SIGTERM)  # fmt: skip
    assert len(os.listdir(spool)) == 1


def test_sigterm_uploads_what_waits(cloud, spool, tmp_path):
    # A signal just before a sleep does not end it.
    code = WRITER + "print(flush=True)\nwhile True:\n    time.sleep(0.05)"
    with subprocess.Popen(
        [sys.executable, "-c", code, f"s3://{cloud.bucket}/run"], stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        process.terminate()
        assert process.wait() == -signal.SIGTERM
    log = download(cloud.client, cloud.bucket, "run", tmp_path / "log")
    assert {tag for tag, _, _ in values(log)} == {"parent"}


def test_sigterm_ends_a_forked_child_at_once_and_its_parent_uploads(
    cloud, spool, tmp_path
):
    # The time that a child would take if it waited for the store is longer than any test may take.
    code = (
        WRITER.replace("SIGTERM_SECONDS = 100", "SIGTERM_SECONDS = 10_000")
        + "pid = os.fork()\nif pid == 0:\n    child()\n    writer.flush()\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n    time.sleep(10_000)\n"
        "assert os.waitpid(pid, 0)[1] == signal.SIGTERM\n"
        "print(flush=True)\nsys.stdin.readline()"
    )
    cloud.proxy.set(Faults(black_hole=True))
    with subprocess.Popen(
        [sys.executable, "-c", code, f"s3://{cloud.bucket}/run"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        process.stdout.readline()
        cloud.proxy.heal()
        process.communicate(b"\n")
        assert process.returncode == 0
    log = download(cloud.client, cloud.bucket, "run", tmp_path / "log")
    assert {tag for tag, _, _ in values(log)} == {"parent", "child"}
    assert os.listdir(spool) == []


def test_sigterm_uploads_a_log_that_a_forked_child_made(cloud, tmp_path):
    code = (
        WRITER + "pid = os.fork()\nif pid == 0:\n"
        "    own = tensorbolt.SummaryWriter(sys.argv[1] + '/own', stall_timeout=100)\n"
        "    own.add_scalar('own', 1)\n    os.kill(os.getpid(), signal.SIGTERM)\n    time.sleep(10_000)\n"
        "assert os.waitpid(pid, 0)[1] == signal.SIGTERM"
    )
    python(code, f"s3://{cloud.bucket}/run")
    log = download(cloud.client, cloud.bucket, "run/own", tmp_path / "log")
    assert {tag for tag, _, _ in values(log)} == {"own"}


def test_a_handler_of_sigterm_stays(cloud):
    code = (
        "import signal, sys, tensorbolt\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "tensorbolt.SummaryWriter(sys.argv[1]).close()\n"
        "assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN"
    )
    python(code, f"s3://{cloud.bucket}/run")
