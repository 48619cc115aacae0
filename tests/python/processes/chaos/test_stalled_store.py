"""A store that answers nothing for a while: nothing waits for it without bound, and no other store is held up.

No test measures time. A call is shown not to wait for the store by returning while the store still stalls; a deadline
far above all limits (pytest's own) is what a call would run into that did.
"""

import re
import subprocess
import sys

import numpy as np
import pytest
from tests.python.support.embeddings import names
from tests.python.support.helpers import scalars, tree, values, wait_until

import tensorbolt

COUNT = 2000


def log(writer, count=COUNT):
    for step in range(count):
        writer.add_scalar("s", step, step)


def expected(count=COUNT):
    return [("s", step, float(step)) for step in range(count)]


def still_hangs(store):
    return any(order.read_text() == "stall" for order in store.orders.iterdir())


@pytest.mark.parametrize("operation", ["write", "fsync"])
def test_calls_go_on_and_nothing_is_lost(store, place, operation):
    writer = tensorbolt.SummaryWriter(
        place, stall_timeout=2, fsync=operation == "fsync"
    )
    store.order(operation, "stall")
    with pytest.warns(RuntimeWarning, match="has not answered for") as caught:
        log(writer)
        writer.add_image("i", np.zeros((3, 20, 20)), 0)
        writer.add_histogram("h", np.arange(1000.0), 0)
        writer.flush()
    assert len(caught) == 1
    assert str(place) in str(caught[0].message)
    assert still_hangs(store)
    store.heal()
    wait_until(lambda: writer.stats()["pending_bytes"] == 0)
    writer.close()
    assert scalars(place)[:COUNT] == expected()
    assert len(values(place)) == COUNT + 2
    assert writer.stats()["dropped"] == 0


def test_a_hanging_store_is_told_to_who_only_logs(store, place):
    writer = tensorbolt.SummaryWriter(place, stall_timeout=1)
    store.order("write", "stall")
    with pytest.warns(RuntimeWarning, match="has not answered for"):
        log(writer)
        wait_until(lambda: writer.stats()["last_error"] is not None)
        log(writer)
    store.heal()
    wait_until(lambda: writer.stats()["pending_bytes"] == 0)
    writer.close()
    assert len(scalars(place)) == 2 * COUNT


@pytest.mark.parametrize("operation", ["mkdir", "create", "write"])
def test_an_embedding_waits_no_longer_than_it_may(store, place, operation):
    writer = tensorbolt.SummaryWriter(place, stall_timeout=1)
    store.order(operation, "stall")
    for step in range(100):
        writer.add_embedding(np.eye(2), global_step=step)
    assert still_hangs(store)
    store.heal()
    wait_until(lambda: writer.stats()["pending_bytes"] == 0)
    assert len(names(place)) == 100
    assert not [name for name in tree(place) if name.endswith(".tmp")]
    writer.close()
    assert writer.stats()["dropped"] == 0


@pytest.mark.parametrize("on_full", ["block", "drop"])
def test_a_full_buffer(store, place, on_full):
    writer = tensorbolt.SummaryWriter(
        place, max_buffer=50_000, on_full=on_full, stall_timeout=1
    )
    store.order("write", "stall")
    with pytest.warns(RuntimeWarning, match="max_buffer=50000"):
        log(writer)
        writer.add_scalar("s", 0, 0)
    stats = writer.stats()
    assert still_hangs(store)
    assert stats["pending_bytes"] <= 50_100
    assert stats["dropped"] + stats["events"] == COUNT + 1
    assert stats["dropped"] > 0
    assert (stats["blocked_seconds"] >= 1) == (on_full == "block")
    store.heal()
    wait_until(lambda: writer.stats()["pending_bytes"] == 0)
    writer.close()
    assert scalars(place) == expected(COUNT)[: stats["events"]]


def test_close_ends_and_tells_what_was_left(store, place):
    writer = tensorbolt.SummaryWriter(place, stall_timeout=1)
    store.order("write", "stall")
    with pytest.warns(RuntimeWarning) as caught:
        log(writer)
        writer.close()
    assert still_hangs(store)
    assert writer.stats()["dropped"] == COUNT
    assert writer.stats()["pending_bytes"] == 0
    warned = [str(warning.message) for warning in caught]
    assert len(warned) == 2
    assert re.search("has not answered", warned[0])
    assert re.search(f"{COUNT} events .* were given up", warned[1])


def test_a_process_ends(store, place, tmp_path):
    """Python is done while the store still stalls; the system may wait for the thread in it."""
    mark = tmp_path / "done"
    program = f"""
import atexit, pathlib, sys
# What is registered first is called last, after tensorbolt's own hook.
atexit.register(pathlib.Path(sys.argv[2]).touch)
atexit.register(lambda: [writer.add_scalar("late", 1.0) for _ in range(10)])
import tensorbolt
from tensorbolt import _lifecycle
_lifecycle.EXIT_SECONDS = 1.0
writer = tensorbolt.SummaryWriter(sys.argv[1])
print("ready", flush=True)
input()
for step in range({COUNT}):
    writer.add_scalar("s", step, step)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program, place, mark],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    store.order("write", "stall")
    process.stdin.write("\n")
    process.stdin.flush()
    wait_until(mark.exists)
    assert still_hangs(store)
    store.heal()
    _, output = process.communicate(timeout=60)
    assert process.returncode == 0
    assert re.search(
        f"the process ends with {COUNT} events that are not written", output
    )
    assert "Traceback" not in output


@pytest.mark.parametrize("operation", ["mkdir", "create"])
def test_opening_files_waits_no_longer_than_it_may(store, place, operation):
    """Of the constructor, of sub-runs, and after a close."""
    store.order(operation, "stall")
    with pytest.warns(RuntimeWarning, match="has not answered for"):
        writer = tensorbolt.SummaryWriter(place, stall_timeout=1)
        log(writer)
        for step in range(100):
            writer.add_scalars("g", {f"k{step}": 1.0}, 0)
    assert still_hangs(store)
    store.heal()
    wait_until(lambda: writer.stats()["pending_bytes"] == 0)
    writer.close()
    assert scalars(place) == expected()
    assert sum("tfevents" in path for path in tree(place)) == 101


@pytest.mark.parametrize("files", [1, 60])
def test_a_store_that_hangs_holds_up_no_other(store, place, tmp_path, files):
    """However many files it has; and at its return all of them go on."""
    stuck = [
        tensorbolt.SummaryWriter(place / str(number), stall_timeout=60)
        for number in range(files)
    ]
    store.order("write", "stall")
    for writer in stuck:
        log(writer, 10)
    with tensorbolt.SummaryWriter(tmp_path / "good", stall_timeout=60) as good:
        for step in range(3):
            good.add_scalar("s", step, step)
            wait_until(lambda: good.stats()["pending_bytes"] == 0)
    assert still_hangs(store)
    assert len(scalars(tmp_path / "good")) == 3
    store.heal()
    for number, writer in enumerate(stuck):
        writer.close()
        assert scalars(place / str(number)) == expected(10)
