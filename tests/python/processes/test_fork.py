"""After a fork the child writes its own file, the parent's is untouched, and nothing waits forever."""

import pytest
from tests.python.support.helpers import (
    event_files,
    python,
    records,
    scalars,
    without_head,
)

BEGIN = """
import os, sys, multiprocessing
import tensorbolt
logdir = sys.argv[1]
writer = tensorbolt.SummaryWriter(logdir)
def log(tag, count=300):
    for step in range(count):
        writer.add_scalar(tag, step, step)
log("parent")
"""


def tags_by_file(logdir):
    """For each file the tags in it, each with how many scalars."""
    found = []
    for path in event_files(logdir):
        tags = [
            value.tag
            for event in without_head(records(path))
            for value in event.summary.value
        ]
        found.append({tag: tags.count(tag) for tag in sorted(set(tags))})
    return sorted(found, key=str)


@pytest.mark.parametrize(
    "end",
    ["writer.close()", "writer.flush()", "import gc; gc.collect(); writer.flush()"],
)
def test_os_fork(logdir, end):
    """Difference D4: torch's child never ends or loses events, tensorboardX's damages the parent's file."""
    python(
        BEGIN
        + f"""
child = os.fork()
if child == 0:
    log("child")
    {end}
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
log("parent")
writer.close()
""",
        logdir,
    )
    assert tags_by_file(logdir) == [{"child": 300}, {"parent": 600}]


def test_a_child_that_ends_as_python_does(logdir):
    python(
        BEGIN
        + """
if os.fork() == 0:
    log("child")
    sys.exit(0)
assert os.wait()[1] == 0
""",
        logdir,
    )
    assert tags_by_file(logdir) == [{"child": 300}, {"parent": 300}]


def test_a_child_that_does_not_log_writes_no_file(logdir):
    python(
        BEGIN
        + "child = os.fork()\nif child == 0:\n    sys.exit(0)\nassert os.wait()[1] == 0",
        logdir,
    )
    assert tags_by_file(logdir) == [{"parent": 300}]


def test_everything_in_a_child(logdir):
    python(
        BEGIN
        + """
import numpy as np
if os.fork() == 0:
    writer.add_image("i", np.zeros((3, 50, 50)))
    writer.add_histogram("h", np.zeros(500_000))
    writer.add_scalars("g", {"k": 1})
    writer.log({"l": 1})
    writer.close()
    writer.add_text("t", "x")
    sys.exit(0)
assert os.wait()[1] == 0
log("parent")
""",
        logdir,
    )
    assert tags_by_file(logdir) == [
        {"h": 1, "i": 1, "l": 1},
        {"parent": 600},
        {"t/text_summary": 1},
    ]
    assert scalars(f"{logdir}/g_k") == [("g", 0, 1.0)]


def test_sub_runs_in_a_child(logdir):
    python(
        BEGIN
        + """
writer.add_scalars("g", {"k": 1})
if os.fork() == 0:
    writer.add_scalars("g", {"k": 2})
    sys.exit(0)
assert os.wait()[1] == 0
writer.add_scalars("g", {"k": 3})
""",
        logdir,
    )
    assert sorted(number for _, _, number in scalars(f"{logdir}/g_k")) == [1, 2, 3]
    assert len(event_files(f"{logdir}/g_k")) == 2


def test_children_of_children(logdir):
    python(
        BEGIN
        + """
if os.fork() == 0:
    log("child")
    if os.fork() == 0:
        log("grandchild")
        sys.exit(0)
    assert os.wait()[1] == 0
    log("child")
    sys.exit(0)
assert os.wait()[1] == 0
""",
        logdir,
    )
    assert tags_by_file(logdir) == [
        {"child": 600},
        {"grandchild": 300},
        {"parent": 300},
    ]


@pytest.mark.parametrize("end", ["", "writer.close()", "raise SystemExit(0)"])
def test_multiprocessing_fork(logdir, end):
    """Such children end without Python's exit hooks, and still lose nothing."""
    python(
        BEGIN
        + f"""
def work(number):
    log(f"child{{number}}")
    {end}
context = multiprocessing.get_context("fork")
children = [context.Process(target=work, args=(number,)) for number in range(3)]
for child in children: child.start()
log("parent")
for child in children:
    child.join()
    assert child.exitcode == 0
""",
        logdir,
    )
    assert tags_by_file(logdir) == [
        {"child0": 300},
        {"child1": 300},
        {"child2": 300},
        {"parent": 600},
    ]


def test_a_pool(logdir):
    python(
        BEGIN
        + """
def work(number):
    writer.add_scalar("pool", number, number)
    return number
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(work, range(40)) == list(range(40))
    pool.close()
    pool.join()
""",
        logdir,
    )
    assert sorted(step for tag, step, _ in scalars(logdir) if tag == "pool") == list(
        range(40)
    )


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_writer_as_an_argument_of_a_spawned_process(tmp_path, method):
    """Writers pickle: the other side has a file of its own."""
    script = tmp_path / "script.py"
    script.write_text(
        f"""
import multiprocessing, sys
import tensorbolt
def work(writer):
    writer.add_scalar("child", 1)
if __name__ == "__main__":
    writer = tensorbolt.SummaryWriter({str(tmp_path / "run")!r})
    writer.add_scalar("parent", 1)
    child = multiprocessing.get_context({method!r}).Process(target=work, args=(writer,))
    child.start()
    child.join()
    assert child.exitcode == 0
"""
    )
    python(f"import runpy; runpy.run_path({str(script)!r}, run_name='__main__')")
    found = tags_by_file(tmp_path / "run")
    assert [tags for tags in found if tags] == [{"child": 1}, {"parent": 1}]


def test_workers_of_a_data_loader(logdir):
    python(
        BEGIN.replace("import tensorbolt", "import torch\nimport tensorbolt")
        + """
class Data(torch.utils.data.Dataset):
    def __len__(self): return 40
    def __getitem__(self, index):
        writer.add_scalar("worker", index, index)
        return torch.tensor(index)
for batch in torch.utils.data.DataLoader(Data(), batch_size=4, num_workers=2, multiprocessing_context="fork"):
    writer.add_scalar("parent", 0)
""",
        logdir,
    )
    assert sorted(step for tag, step, _ in scalars(logdir) if tag == "worker") == list(
        range(40)
    )
    assert {"parent": 310} in tags_by_file(logdir)


def test_forks_in_the_middle_of_every_first_use(logdir):
    """What is worked out on first use must not wait, in a child, for a thread that was not forked along."""
    python(
        """
import os, sys, threading
import tensorbolt
for attempt in range(25):
    # A fresh process each time: a first use is over for good once it is over.
    if os.fork() == 0:
        writer = tensorbolt.SummaryWriter(sys.argv[1])
        values = list(range(5000))
        threads = [
            threading.Thread(target=writer.add_histogram, args=("h", values)) for _ in range(3)
        ]
        for thread in threads: thread.start()
        child = os.fork()
        if child == 0:
            writer.add_histogram("h", values)
            writer.flush()
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        for thread in threads: thread.join()
        os._exit(code)
    assert os.wait()[1] == 0
""",
        logdir,
    )


def test_forks_while_threads_log(logdir):
    """A fork may happen while another thread holds any lock of the writer."""
    python(
        BEGIN
        + """
import threading
stop = False
def forever():
    step = 0
    while not stop:
        writer.add_scalar("thread", step, step)
        writer.add_histogram("h", [1.0, 2.0])
        step += 1
threads = [threading.Thread(target=forever) for _ in range(3)]
for thread in threads: thread.start()
for number in range(100):
    child = os.fork()
    if child == 0:
        writer.add_scalar("child", 1)
        writer.add_histogram("h", [1.0, 2.0])
        writer.flush()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
stop = True
for thread in threads: thread.join()
""",
        logdir,
    )
    assert sum(tags == {"child": 1, "h": 1} for tags in tags_by_file(logdir)) == 100


def test_forks_while_a_thread_opens_files(logdir):
    """The lock of a writer may be held by a thread that the child does not have."""
    python(
        BEGIN
        + """
import threading
stop = False
def forever():
    while not stop:
        writer.close()
        writer.add_scalars("g", {"k": 1})
threads = [threading.Thread(target=forever) for _ in range(2)]
for thread in threads: thread.start()
for number in range(100):
    child = os.fork()
    if child == 0:
        writer.add_scalars("child", {str(number): 1})
        writer.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
stop = True
for thread in threads: thread.join()
""",
        logdir,
    )
    assert all(len(scalars(f"{logdir}/child_{number}")) == 1 for number in range(30))


def test_purging_is_the_parents_business(logdir):
    python(
        BEGIN.replace("SummaryWriter(logdir)", "SummaryWriter(logdir, purge_step=5)")
        + "if os.fork() == 0:\n    log('child')\n    sys.exit(0)\nassert os.wait()[1] == 0",
        logdir,
    )
    starts = [
        sum(event.HasField("session_log") for event in records(path))
        for path in event_files(logdir)
    ]
    assert sorted(starts) == [0, 2]
