"""However a process ends in Python, nothing is lost."""

import pytest
from tests.python.support.helpers import event_files, python, scalars, values

COUNT = 500
EXPECTED = [("s", step, float(step)) for step in range(COUNT)]
LOG = f"""
import sys
import tensorbolt
writer = tensorbolt.SummaryWriter(sys.argv[1])
def log(count={COUNT}):
    for step in range(count):
        writer.add_scalar("s", step, step)
"""


def run(logdir, end, **keywords):
    return python(LOG + end, logdir, **keywords)


@pytest.mark.parametrize(
    "end",
    [
        "log()",
        "log(); sys.exit()",
        "log(); raise SystemExit(0)",
        "log(); del writer",
        "log(); writer = None; import gc; gc.collect()",
        "log(); writer.close()",
        "log(); writer.flush(); import os; os._exit(0)",
    ],
)
def test_an_end_without_close_loses_nothing(logdir, end):
    """Difference D3: torch loses what is queued."""
    run(logdir, end)
    assert scalars(logdir) == EXPECTED


@pytest.mark.parametrize(
    ("end", "status"), [("log(); sys.exit(3)", 3), ("log(); raise KeyError('mine')", 1)]
)
def test_an_end_with_a_failure_loses_nothing(logdir, end, status):
    run(logdir, end, expect=status)
    assert scalars(logdir) == EXPECTED


def test_a_reference_cycle(logdir):
    run(logdir, "log(); writer.me = writer; writer.log_me = log; del writer")
    assert scalars(logdir) == EXPECTED


def test_logging_in_an_exit_hook(logdir):
    run(logdir, "import atexit; atexit.register(log); import tensorbolt")
    assert scalars(logdir) == EXPECTED


def test_logging_in_an_exit_hook_that_was_registered_first(logdir):
    """Such a hook runs after ours."""
    python(
        f"""
        import atexit, sys
        atexit.register(lambda: [writer.add_scalar("s", step, step) for step in range({COUNT})])
        import tensorbolt
        writer = tensorbolt.SummaryWriter(sys.argv[1])
        """,
        logdir,
    )
    assert scalars(logdir) == EXPECTED


@pytest.mark.parametrize("count", [1, 10])
def test_images_as_the_last_thing(logdir, count):
    python(
        f"""
        import atexit, sys
        import numpy as np
        atexit.register(lambda: [writer.add_image("i", np.zeros((3, 600, 600)), step) for step in range({count})])
        import tensorbolt
        writer = tensorbolt.SummaryWriter(sys.argv[1])
        """,
        logdir,
    )
    assert [step for _, step, _ in values(logdir)] == list(range(count))


def test_everything_in_an_exit_hook_that_was_registered_first(logdir):
    python(
        """
        import atexit, sys
        def last():
            import numpy as np
            writer.add_image("i", np.zeros((3, 300, 300)))
            writer.add_histogram("h", np.zeros(300_000))
            writer.add_text("t", "x")
            writer.add_scalars("g", {"k": 1})
            writer.close()
            writer.add_scalar("s", 1)
        atexit.register(last)
        import tensorbolt
        writer = tensorbolt.SummaryWriter(sys.argv[1])
        """,
        logdir,
    )
    assert sorted(tag for tag, _, _ in values(logdir)) == [
        "h",
        "i",
        "s",
        "t/text_summary",
    ]
    assert len(values(f"{logdir}/g_k")) == 1


def test_logging_in_a_finaliser(logdir):
    python(
        LOG
        + """
class Model:
    def __init__(self):
        self.writer = writer
    def __del__(self):
        self.writer.add_scalar("s", 7, 7)
model = Model()
sys.modules["keeps.it"] = model
""",
        logdir,
    )
    assert scalars(logdir) == [("s", 7, 7.0)]


def test_images_under_way(logdir):
    run(
        logdir,
        "import numpy as np\nfor step in range(20): writer.add_image('i', np.zeros((3, 300, 300)), step)",
    )
    assert [step for _, step, _ in values(logdir)] == list(range(20))


def test_daemon_threads_that_still_log(logdir):
    done = run(
        logdir,
        """
import threading, time
def forever():
    step = 0
    while True:
        writer.add_scalar("s", step, step)
        step += 1
for _ in range(2):
    threading.Thread(target=forever, daemon=True).start()
while writer.stats()["events"] <= 100:
    time.sleep(0.01)
""",
    )
    assert done.stderr == ""
    assert len(scalars(logdir)) > 100


def test_threads_that_log_after_the_main_one_is_done(logdir):
    run(
        logdir,
        "import threading, time; threading.Thread(target=lambda: (time.sleep(0.3), log())).start()",
    )
    assert scalars(logdir) == EXPECTED


@pytest.mark.parametrize("signal", ["SIGKILL", "SIGTERM"])
def test_a_killed_process_leaves_whole_records(logdir, signal):
    python(
        LOG
        + f"""
import os, signal, time
log()
while writer.stats()["pending_bytes"]:
    time.sleep(0.01)
log()
os.kill(os.getpid(), signal.{signal})
""",
        logdir,
        expect={"SIGKILL": -9, "SIGTERM": -15}[signal],
    )
    found = scalars(logdir)
    assert found[:COUNT] == EXPECTED
    assert len(event_files(logdir)) == 1


def test_many_writers_left_open(tmp_path):
    python(
        """
        import sys, tensorbolt
        writers = [tensorbolt.SummaryWriter(f"{sys.argv[1]}/{number}") for number in range(50)]
        for writer in writers:
            writer.add_scalar("s", 1)
        """,
        tmp_path,
    )
    assert all(
        scalars(tmp_path / str(number)) == [("s", 0, 1.0)] for number in range(50)
    )
