"""A process that logs to an object store and is killed at any moment: `tensorbolt push` brings what it left, once.

Each repetition kills five processes, one after the other, that log to the same address: so the next writer may bring what
one left, too. The store fails meanwhile.
"""

import os
import select
import subprocess
import sys
import time
from pathlib import Path

from tests.python.remote.conftest import amazon, cloud  # noqa: F401 - fixtures
from tests.python.remote.objects import download, steps
from tools.fault_proxy.faults import Faults

import tensorbolt
from tensorbolt import cli

KILLS = 5
CHILD = """
import itertools, os, sys, time
import tensorbolt
writer = tensorbolt.SummaryWriter(sys.argv[1], flush_secs=1)
for step in itertools.count():
    writer.add_scalar(sys.argv[2], step, step)
    if step % 50 == 49:
        writer.flush()
        os.write(1, b"%d\\n" % step)
        time.sleep(0.01)
"""


def killed(address, tag, seconds):
    """Have a process log for so long at least, and kill it; the last step that it has said to be flushed."""
    environment = {**os.environ, "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1])}  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, address, tag],
        stdout=subprocess.PIPE,
        env=environment,
    ) as process:
        try:
            read = b""
            # Its first word comes when it has its writer; from then on the moment is counted.
            while b"\n" not in read:
                chunk = os.read(process.stdout.fileno(), 1 << 16)
                assert chunk, "the child has ended by itself"
                read += chunk
            end = time.monotonic() + seconds
            while (left := end - time.monotonic()) > 0:
                if select.select([process.stdout], [], [], left)[0]:
                    read += os.read(process.stdout.fileno(), 1 << 16)
        finally:
            process.kill()
        read += process.stdout.read()
    return int(read.split(b"\n")[-2])


def test_kills_then_push(cloud, tmp_path, chance, capsys):  # noqa: F811
    address = f"s3://{cloud.bucket}/run"
    last = {}
    for number in range(KILLS):
        cloud.proxy.set(
            Faults(
                latency=chance.uniform(0, 0.05),
                slow_down=0.2,
                reset=0.1,
                lost=0.2,
                seed=chance.randrange(1 << 30),
                methods=frozenset({"PUT"}),
            )
        )
        tag = f"s{number}"
        last[tag] = killed(address, tag, chance.uniform(0.01, 2.5))
    cloud.proxy.heal()
    # 1: a kill has cut a record short.
    assert cli.main(["push"]) in (0, 1), capsys.readouterr()
    log = download(cloud.client, cloud.bucket, "run", tmp_path / "log")
    for tag, step in last.items():
        found = steps(log, tag)
        assert found == list(range(len(found))), tag
        assert found[-1] >= step
    assert os.listdir(tmp_path / "spool") == []
