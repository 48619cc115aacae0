"""Logging from a signal handler or a finaliser, which may interrupt a logging call anywhere; and untidy ends."""

import pytest
from tests.python.support.helpers import python, scalars, values

BEGIN = """
import gc, os, signal, sys, threading, time
import numpy as np
import tensorbolt
logdir = sys.argv[1]
writer = tensorbolt.SummaryWriter(logdir)
noise = np.random.default_rng(1).integers(0, 255, (3, 40, 40), np.uint8)
def log(prefix, step):
    writer.add_scalar(f"{prefix}/s", step, step)
    writer.add_histogram(f"{prefix}/h", noise, step)
    writer.add_image(f"{prefix}/i", noise, step)
    writer.add_text(f"{prefix}/t", "x", step)
    writer.add_scalars(f"{prefix}/g", {"k": step}, step)
    writer.log({"l": step}, step, prefix=prefix)
    if step % 10 == 0:
        writer.flush()
"""


def steps(logdir):
    found = {}
    for tag, step, _ in values(logdir):
        found.setdefault(tag, []).append(step)
    return found


def test_signal_handlers_that_log(logdir):
    """A timer fires all the time; no lock is held while Python code can run."""
    done = python(
        BEGIN
        + """
count = 0
busy = False
def handler(*_):
    global busy, count
    if not busy:
        busy = True
        log("signal", count)
        count += 1
        busy = False
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)
step = 0
while count < 100 or step < 50:
    log("main", step)
    step += 1
signal.setitimer(signal.ITIMER_REAL, 0)
print(step, count)
""",
        logdir,
    )
    main, count = map(int, done.stdout.split())
    found = steps(logdir)
    for kind in ("s", "h", "i", "t/text_summary", "l"):
        assert found[f"main/{kind}"] == list(range(main))
        assert sorted(found[f"signal/{kind}"]) == list(range(count))
    assert len(scalars(f"{logdir}/main_g_k")) == main
    assert done.stderr == ""


def test_finalisers_that_log(logdir):
    """The collector runs at every few allocations, so within logging calls too."""
    done = python(
        BEGIN
        + """
count = 0
class Logs:
    def __init__(self):
        self.me = self
    def __del__(self):
        global count
        writer.add_scalar("finaliser/s", count, count)
        writer.add_histogram("finaliser/h", noise, count)
        count += 1
gc.set_threshold(5, 1, 1)
for step in range(200):
    Logs()
    log("main", step)
gc.collect()
assert count == 200
""",
        logdir,
    )
    found = steps(logdir)
    assert found["main/s"] == found["main/h"] == list(range(200))
    assert sorted(found["finaliser/s"]) == list(range(200))
    assert done.stderr == ""


@pytest.mark.parametrize(
    "end",
    [
        "for step in range(30): log('m', step)",
        "for step in range(30): log('m', step)\nsys.exit(0)",
        "t = threading.Thread(target=lambda: [log('m', step) for step in range(30)]); t.start()",
        "for step in range(30): log('m', step)\ndel writer",
        "for step in range(30): log('m', step)\nwriter.me = writer; writer = None",
        "import atexit; atexit.register(lambda: [log('m', step) for step in range(30)])",
        "class Last:\n    def __del__(self):\n        for step in range(30): log('m', step)\n        writer.close()\nlast = Last()",
        "class Own:\n    def __init__(self): self.writer = writer\n    def __del__(self): self.writer.close()\n"
        "for step in range(30): log('m', step)\nown = Own()",
    ],
    ids=[
        "end",
        "exit",
        "thread",
        "del",
        "cycle",
        "atexit",
        "finaliser",
        "close in a finaliser",
    ],
)
def test_every_end_with_busy_lanes(logdir, end):
    """All data are there, and nothing is printed."""
    done = python(BEGIN + end, logdir)
    assert done.stderr == ""
    found = steps(logdir)
    for kind in ("s", "h", "i", "t/text_summary", "l"):
        assert found[f"m/{kind}"] == list(range(30))
    assert len(scalars(f"{logdir}/m_g_k")) == 30


def test_an_exception_in_a_thread(logdir):
    done = python(
        BEGIN
        + """
def work():
    for step in range(30):
        log("m", step)
    raise KeyError("mine")
thread = threading.Thread(target=work)
thread.start()
thread.join()
""",
        logdir,
    )
    assert done.stderr.count("Traceback") == 1
    assert "KeyError: 'mine'" in done.stderr
    assert steps(logdir)["m/i"] == list(range(30))
