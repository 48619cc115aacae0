"""A process that is killed at any moment: what is older than a moment is on disk, and at most one record is torn.

The child says over a pipe what it has logged. It is killed while it goes on logging, as soon as all up to one such word is
on disk, which it must be without a call that waits for it. How soon is not measured: that depends on the machine.
"""

import io
import os
import select
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.python.support.helpers import (
    event_files,
    python,
    records,
    scalars,
    values,
    wait_until,
)

import tensorbolt

LOADS = {
    "scalars": "writer.add_scalar('s', step, step); time.sleep(0.001)",
    "many": "writer.log({f's{tag}': step for tag in range(100)}, step); time.sleep(0.001)",
    "images": "writer.add_image('s', noise, step); time.sleep(0.01)",
}
CHILD = """
import itertools, os, signal, sys, time
import numpy as np
import tensorbolt
noise = np.random.default_rng(1).integers(0, 255, (3, 100, 100), np.uint8)
writer = tensorbolt.SummaryWriter(sys.argv[1])
{prepare}
for step in itertools.count():
    {load}
    os.write(1, b"%d\\n" % step)
{end}
"""


def start(logdir, load, prepare="", end=""):
    code = CHILD.format(prepare=prepare, load=load, end=end)
    root = str(Path(tensorbolt.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-c", code, logdir],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": root},
    )


def said(process, seconds):
    """Read for a while; the last step that the child has said to be logged."""
    deadline = time.monotonic() + seconds
    read = b""
    while True:
        left = deadline - time.monotonic()
        ready, _, _ = select.select([process.stdout], [], [], max(left, 0))
        if ready:
            chunk = os.read(process.stdout.fileno(), 1 << 16)
            assert chunk, "the child has ended by itself"
            read += chunk
        steps = read.split(b"\n")[:-1]
        if left <= 0 and steps:
            return int(steps[-1])


def whole(path, tmp_path):
    """The events of a file's whole records, after a look at how many bytes are left over."""
    data = path.read_bytes()
    stream, end = io.BytesIO(data), 0
    while len(head := stream.read(12)) == 12:
        (length,) = struct.unpack("<Q", head[:8])
        if end + length + 16 > len(data):
            break
        end += length + 16
        stream.seek(end)
    # What is left is the beginning of one record: there is no other after it.
    copy = tmp_path / "whole.tfevents"
    copy.write_bytes(data[:end])
    return records(copy)


def steps_on_disk(logdir, tmp_path):
    (path,) = event_files(logdir)
    found = whole(path, tmp_path)
    assert found[0].file_version == "brain.Event:2"
    return [event.step for event in found[1:] for _ in event.summary.value[:1]]


def wait_for_disk(process, logdir, tmp_path, last):
    """Wait until a step is on disk, while the child goes on logging."""

    def there():
        said(process, 0.1)
        return max(steps_on_disk(logdir, tmp_path), default=-1) >= last

    wait_until(there)


@pytest.mark.parametrize("load", LOADS)
def test_sigkill_at_a_random_moment(logdir, tmp_path, load, chance):
    process = start(logdir, LOADS[load])
    try:
        last = said(process, chance.uniform(0.01, 0.6))
        wait_for_disk(process, logdir, tmp_path, last)
        said(process, chance.uniform(0.01, 0.6))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    found = sorted(set(steps_on_disk(logdir, tmp_path)))
    assert found == list(range(len(found)))
    assert found[-1] >= last


@pytest.mark.parametrize(
    ("prepare", "status"),
    [
        ("", -signal.SIGTERM),
        ("signal.signal(signal.SIGTERM, lambda *_: os._exit(3))", 3),
        ("signal.signal(signal.SIGTERM, lambda *_: sys.exit(4))", 4),
        ("signal.signal(signal.SIGTERM, lambda *_: (writer.close(), os._exit(5)))", 5),
    ],
    ids=["default", "os._exit", "sys.exit", "close"],
)
def test_sigterm(logdir, tmp_path, prepare, status):
    process = start(logdir, LOADS["scalars"], prepare)
    try:
        last = said(process, 0.1)
        wait_for_disk(process, logdir, tmp_path, last)
        process.terminate()
        assert process.wait(60) == status
        rest = process.stdout.read().split(b"\n")[:-1]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    if status in (4, 5) and rest:
        last = int(rest[-1])
    assert steps_on_disk(logdir, tmp_path)[-1] >= last


def test_a_grace_window(logdir):
    """As Slurm does: SIGTERM, time to say goodbye, SIGKILL. What was flushed before it is there."""
    process = start(
        logdir,
        "writer.add_scalar('s', step, step); time.sleep(0.001)\n    if leave: break",
        "leave = []\nsignal.signal(signal.SIGTERM, lambda *_: leave.append(1))",
        "writer.add_text('last', 'words'); writer.add_image('i', noise); writer.flush()\n"
        "os.write(1, b'done\\n'); time.sleep(100)",
    )
    try:
        said(process, 0.1)
        process.terminate()
        output = b""
        while not output.endswith(b"done\n"):
            chunk = os.read(process.stdout.fileno(), 1 << 16)
            assert chunk
            output += chunk
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    found = values(logdir)
    steps = [step for tag, step, _ in found if tag == "s"]
    assert steps == list(range(len(steps)))
    assert [tag for tag, _, _ in found[-2:]] == ["last/text_summary", "i"]


def test_os_exit_without_a_word(logdir):
    python(
        """
import os, sys, time
import tensorbolt
writer = tensorbolt.SummaryWriter(sys.argv[1])
for step in range(500):
    writer.add_scalar("s", step, step)
while writer.stats()["pending_bytes"]:
    time.sleep(0.01)
writer.add_scalar("s", 500, 500)
os._exit(0)
""",
        logdir,
    )
    assert scalars(logdir)[:500] == [("s", step, float(step)) for step in range(500)]
