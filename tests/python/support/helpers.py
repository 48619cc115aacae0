"""Reading event files back with TensorBoard's own reader, and running one call on all three writers."""

import contextlib
import logging
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import warnings
from pathlib import Path

import tensorboardX
import torch
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.tensorflow_stub import errors
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New
from torch.utils import tensorboard as torch_tensorboard

import tensorbolt

WRITERS = {
    "ours": tensorbolt.SummaryWriter,
    "torch": torch_tensorboard.SummaryWriter,
    "tbx": tensorboardX.SummaryWriter,
}
TIME = 1_700_000_000.25
"""A wall time that is exact in binary."""


def records(path):
    """All events of one file. A damaged record raises; TensorBoard would stop reading there."""
    reader = PyRecordReader_New(str(path))
    found = []
    with contextlib.suppress(errors.OutOfRangeError):
        while True:
            reader.GetNext()
            found.append(Event.FromString(reader.record()))
    return found


def event_files(directory):
    """Event files of one directory, not of those below it."""
    return sorted(path for path in Path(directory).glob("*tfevents*") if path.is_file())


def events(directory):
    """The events of a directory without the files' first ones."""
    return [
        event
        for path in event_files(directory)
        for event in without_head(records(path))
    ]


def without_head(found):
    """Check the first event of a file, and leave it out."""
    assert found, "an event file is empty"
    assert found[0].file_version == "brain.Event:2"
    return found[1:]


def values(directory):
    """Tag, step and message of all values of a directory."""
    return [
        (value.tag, event.step, value)
        for event in events(directory)
        for value in event.summary.value
    ]


def scalars(directory):
    """Tag, step and number of all plain scalars of a directory, in the order of the file."""
    return [(tag, step, value.simple_value) for tag, step, value in values(directory)]


def only(directory):
    """The only value of a directory."""
    ((_, _, value),) = values(directory)
    return value


def tree(root):
    """Every path below a directory, relative."""
    root = Path(root)
    return (
        sorted(str(path.relative_to(root)) for path in root.rglob("*"))
        if root.exists()
        else []
    )


def runs(root):
    """From directory, relative to `root`, to its events, for every directory that has an event file."""
    found = {}
    for directory, _, files in os.walk(root):
        if any("tfevents" in name for name in files):
            found[os.path.relpath(directory, root)] = events(directory)
    return found


def on_all(call, only_with=("ours", "torch", "tbx"), options=None):
    """Run `call(writer)` on a fresh writer of each kind.

    Returns:
        From "ours", "torch", "tbx" to `runs()` of what it wrote, or to the exception it raised.
    """
    results = {}
    logging.getLogger("tensorboardX").setLevel(logging.ERROR)
    for name in only_with:
        with tempfile.TemporaryDirectory() as root:
            writer = WRITERS[name](root, **(options or {}))
            try:
                call(writer)
                writer.close()
            except Exception as error:
                with contextlib.suppress(Exception):
                    writer.close()
                results[name] = error
            else:
                results[name] = runs(root)
    return results


def messages(result, run="."):
    """The events of one run of `on_all`, each as comparable text."""
    if isinstance(result, Exception):
        raise result
    return [message(event) for event in result[run]]


def message(event):
    """A message as comparable text, with the difference between 0.0 and -0.0."""
    return str(event)


def same_on_all(call, **kwargs):
    """Assert that all three writers write the same runs with the same messages."""
    results = on_all(call, **kwargs)
    ours = results.pop("ours")
    if isinstance(ours, Exception):
        raise ours
    for name, theirs in results.items():
        if isinstance(theirs, Exception):
            raise theirs
        assert sorted(ours) == sorted(theirs), name
        for run in ours:
            assert messages(ours, run) == messages(theirs, run), (name, run)
    return ours


def python(code, *arguments, expect=0, timeout=250):
    """Run a program in a fresh interpreter in which warnings are errors, and return its output."""
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            textwrap.dedent(code),
            *map(str, arguments),
        ],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1])},
    )
    assert done.returncode == expect, (
        f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    )
    return done


def said_until(stream, words):
    """Read lines up to the one with these words; fail if the stream ends before."""
    said = ""
    while words not in said:
        line = stream.readline()
        assert line, said
        said += line
    return said


def wait_until(condition):
    """Wait until a condition is true; fail if it never is."""
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert condition()


def descriptors_below(directory):
    """How many descriptors of this process are files below a directory; others come and go by themselves."""
    count = 0
    for name in os.listdir("/proc/self/fd"):
        # The one that lists them is gone by now.
        with contextlib.suppress(FileNotFoundError):
            target = Path("/proc/self/fd", name).readlink()
            count += target.is_relative_to(Path(directory).resolve())
    return count


def quantized(numbers, scale, zero):
    """A quantized tensor; torch is about to give these up and says so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.quantize_per_tensor(numbers, scale, zero, torch.quint8)


def together(threads, work):
    """Run `work(number)` in so many threads at once; what one raises is raised here."""
    barrier, failures = threading.Barrier(threads), []

    def run(number):
        barrier.wait()
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    running = [threading.Thread(target=run, args=(n,)) for n in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(100)
        assert not thread.is_alive()
    if failures:
        raise failures[0]


def label(value):
    """A value as part of a test's name: on one line, and without addresses, which differ from process to process."""
    return re.sub(r" at 0x\w+", "", ascii(value)).replace("\n", " ")
