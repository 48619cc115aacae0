"""Forks that Python does not know of, and forks at awkward moments."""

import os
import pickle
import signal

import pytest
from tests.python.support.helpers import event_files, python, scalars, values

import tensorbolt

BEGIN = """
import ctypes, os, sys, threading, time
import numpy as np
import tensorbolt
logdir = sys.argv[1]
# With and without the interpreter's lock held, as extensions do.
with_lock, without_lock = ctypes.PyDLL(None).fork, ctypes.CDLL(None).fork
writer = tensorbolt.SummaryWriter(logdir)
def log(tag, count=300):
    for step in range(count):
        writer.add_scalar(tag, step, step)
def wait(child):
    assert child > 0 and os.waitpid(child, 0)[1] == 0
"""
EXPECTED = [float(step) for step in range(300)]


def by_tag(logdir):
    found = {}
    for tag, _, number in scalars(logdir):
        found.setdefault(tag, []).append(number)
    return found


@pytest.mark.parametrize("fork", ["with_lock", "without_lock"])
@pytest.mark.parametrize("end", ["writer.close(); os._exit(0)", "sys.exit(0)"])
def test_a_fork_from_c(logdir, fork, end):
    """Threads, buffers and files of the parent are not used; the C library says that there was a fork."""
    python(
        BEGIN
        + f"""
log("parent")
child = {fork}()
if child == 0:
    log("child")
    writer.add_image("i", np.zeros((3, 20, 20)))
    writer.add_histogram("h", np.zeros(500_000))
    writer.add_scalars("g", {{"k": 1}})
    {end}
wait(child)
log("more")
writer.close()
""",
        logdir,
    )
    assert len(event_files(logdir)) == 2
    found = by_tag(logdir)
    assert found["parent"] == found["child"] == found["more"] == EXPECTED
    assert len(values(logdir)) == 3 * 300 + 2
    assert len(scalars(f"{logdir}/g_k")) == 1


def test_a_fork_of_a_fork(logdir):
    python(
        BEGIN
        + """
child = with_lock()
if child == 0:
    log("child")
    grandchild = os.fork()
    if grandchild == 0:
        log("grandchild")
        last = with_lock()
        if last == 0:
            log("last")
            sys.exit(0)
        wait(last)
        sys.exit(0)
    wait(grandchild)
    sys.exit(0)
wait(child)
""",
        logdir,
    )
    assert by_tag(logdir) == dict.fromkeys(["child", "grandchild", "last"], EXPECTED)


MOMENTS = """
import random
random = random.Random(int(sys.argv[2]))
noise = np.random.default_rng(1).integers(0, 255, (3, 100, 100), np.uint8)
def some(number, step):
    writer.add_scalar(f"thread{number}", step, step)
    writer.add_image(f"image{number}", noise, step)
    writer.log({"a": 1, "b": 2}, step)
def fork_and_log(fork, number):
    child = fork()
    if child == 0:
        writer.add_scalar("child", number, number)
        writer.add_image("child", noise, number)
        writer.close()
        os._exit(0)
    wait(child)
"""


def complete(logdir, threads):
    """Whether parent and children have all they logged, each child in its own file."""
    assert len(event_files(logdir)) == 21
    found = values(logdir)
    assert sum(tag == "child" for tag, _, _ in found) == 40
    for number in range(threads):
        for kind in ("thread", "image"):
            steps = [step for tag, step, _ in found if tag == f"{kind}{number}"]
            assert steps
            assert steps == list(range(len(steps)))


def test_forks_at_any_moment(logdir, chance):
    """Other threads log all the while, lanes are busy and buffers full; so any lock may be held."""
    python(
        BEGIN
        + MOMENTS
        + """
stop = False
def forever(number):
    step = 0
    while not stop:
        some(number, step)
        step += 1
        time.sleep(0.002)
threads = [threading.Thread(target=forever, args=(number,)) for number in range(3)]
for thread in threads: thread.start()
for number in range(20):
    time.sleep(random.uniform(0, 0.02))
    fork_and_log(os.fork, number)
stop = True
for thread in threads: thread.join()
writer.close()
""",
        logdir,
        chance.randrange(1 << 30),
    )
    complete(logdir, 3)


def test_forks_from_c_at_any_moment(logdir, chance):
    """The core's threads are busy; with further threads of Python it would be Python that never ends in such a child."""
    python(
        BEGIN
        + MOMENTS
        + """
step = 0
for number in range(20):
    for _ in range(random.randrange(1, 10)):
        some(0, step)
        step += 1
    time.sleep(random.choice([0, 0, 0.001, 0.05]))
    fork_and_log(random.choice([with_lock, without_lock]), number)
writer.close()
""",
        logdir,
        chance.randrange(1 << 30),
    )
    complete(logdir, 1)


@pytest.mark.numpy_2
def test_first_uses_import_nothing(logdir):
    """A child that is forked while a thread imports a module waits for ever at its own import of it."""
    python(
        BEGIN
        + """
import builtins
def no_import(name, *rest):
    raise AssertionError(f"{name} is imported")
noise = np.ones((3, 20, 20), np.uint8)
real, builtins.__import__ = builtins.__import__, no_import
writer.add_scalar("s", 1)
writer.add_image("i", noise)
writer.add_histogram("h", noise)
writer.add_text("t", "x")
writer.add_scalars("g", {"k": 1})
writer.log({"l": 1})
writer.add_audio("a", noise.ravel() / 255)
writer.add_video("v", noise[None, None])
writer.add_tensor("n", noise)
writer.add_pr_curve("p", [0, 1], [0.2, 0.7])
writer.flush()
writer.close()
builtins.__import__ = real
assert "numpy.ma" not in sys.modules
""",
        logdir,
    )


def test_a_fork_from_a_thread(logdir):
    python(
        BEGIN
        + """
def work():
    child = os.fork()
    if child == 0:
        log("child")
        writer.close()
        os._exit(0)
    wait(child)
    log("parent")
thread = threading.Thread(target=work)
thread.start()
thread.join()
""",
        logdir,
    )
    assert by_tag(logdir) == {"child": EXPECTED, "parent": EXPECTED}


def test_workers_of_a_data_loader_and_a_subprocess(logdir):
    python(
        BEGIN
        + """
import subprocess, torch
class Data(torch.utils.data.Dataset):
    def __len__(self):
        return 20
    def __getitem__(self, index):
        writer.add_scalar("worker", index, index)
        return index
loader = torch.utils.data.DataLoader(Data(), num_workers=2, multiprocessing_context="fork")
for step, batch in enumerate(loader):
    writer.add_scalar("batch", step, step)
subprocess.run(["true"], check=True, preexec_fn=lambda: writer.add_scalar("never", 1.0))
log("parent")
""",
        logdir,
    )
    found = by_tag(logdir)
    assert sorted(found["worker"]) == [float(step) for step in range(20)]
    assert found["batch"] == [float(step) for step in range(20)]
    assert found["parent"] == EXPECTED


@pytest.mark.parametrize("repetition", range(3))
def test_who_is_killed_with_the_lock_leaves_none(logdir, repetition):
    """A child that was forked while its parent held the lock of a shared file has the same open file."""
    writer = tensorbolt.GlobalSummaryWriter(logdir)
    done = python(
        """
import os, pickle, signal, sys, threading, time
writer = pickle.loads(bytes.fromhex(sys.argv[1]))
def forever():
    while True:
        writer.add_text("s", "x" * 200_000)
for _ in range(3):
    threading.Thread(target=forever, daemon=True).start()
time.sleep(0.2)
children = []
for _ in range(20):
    child = os.fork()
    if child == 0:
        os.close(1), os.close(2)
        time.sleep(600)
        os._exit(0)
    children.append(child)
print(*children, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
""",
        pickle.dumps(writer).hex(),
        expect=-9,
    )
    try:
        writer.add_scalar("after", 1.0)
        writer.flush()
        (file,) = event_files(logdir)
        assert b"after" in file.read_bytes()[-1000:]
    finally:
        for child in done.stdout.split():
            os.kill(int(child), signal.SIGKILL)
    writer.close()
