"""Scalars of JAX, which computes in the background on a CPU too: a call returns before its value is there."""

import pickle
import threading
import time
from decimal import Decimal
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.python.support.gates import FailingGate, Gate
from tests.python.support.helpers import (
    event_files,
    events,
    python,
    scalars,
    values,
    wait_until,
)

from tensorbolt import GlobalSummaryWriter, SummaryWriter
from tensorbolt.device_values import _jax, _queue


@pytest.fixture
def gate():
    with Gate() as gate:
        yield gate


def test_a_call_returns_before_its_value_is_computed(logdir, gate):
    with SummaryWriter(logdir) as writer:
        writer.add_scalar("loss", gate.one * 3, 7, walltime=5.0)
        assert not gate.one.is_ready()
        assert scalars(logdir) == []
        gate.open()
        writer.flush()
        assert scalars(logdir) == [("loss", 7, 3.0)]


def test_waiting_is_a_choice(logdir, gate):
    with SummaryWriter(logdir, device_values="wait") as writer:
        threading.Timer(0.1, gate.open).start()
        writer.add_scalar("loss", gate.one, 7)
        assert gate.one.is_ready()
    assert scalars(logdir) == [("loss", 7, 1.0)]


@pytest.mark.parametrize("wrong", ["later", 1, True])
def test_no_other_choice(logdir, wrong):
    with pytest.raises(ValueError, match='device_values must be "async" or "wait"'):
        SummaryWriter(logdir, device_values=wrong)


def test_steps_and_times_are_those_of_the_calls(logdir, gate):
    with SummaryWriter(logdir, auto_step=True) as writer:
        before = time.time()
        writer.add_scalar("a", gate.one)
        writer.add_scalar("a", gate.one * 2)
        with writer.use_metadata(global_step=40, walltime=9.0):
            writer.add_scalar("b", gate.one)
        writer.log({"c": gate.one})
        writer.log({"c": gate.one})
        after = time.time()
        time.sleep(0.2)
        gate.open()
    assert scalars(logdir) == [("a", 0, 1.0), ("a", 1, 2.0), ("b", 40, 1.0), ("c", 0, 1.0), ("c", 1, 1.0)]  # fmt: skip
    times = [event.wall_time for event in events(logdir)]
    assert times.pop(2) == 9.0
    assert all(before <= one <= after for one in times)


def test_values_of_a_tag_are_in_the_order_of_calls(logdir, gate):
    with SummaryWriter(logdir) as writer:
        writer.add_scalar("mixed", gate.one, 0)
        writer.add_scalar("mixed", 2.0, 1)
        writer.add_scalar("other", 3.0, 1)
        writer.log({"mixed": 4.0, "third": 5.0}, 2)
        writer.log({"fourth": 6.0, "nested": {"deep": 7}}, 2)
        writer.add_scalar_series("mixed", [8.0, 9.0], [3, 4])
        writer.add_scalar("mixed", Decimal(10), 5, new_style=True)
        wait_until(lambda: ("nested/deep", 2, 7.0) in scalars(logdir))
        # What has nothing to do with the tag does not wait.
        found = [("other", 1, 3.0), ("fourth", 2, 6.0), ("nested/deep", 2, 7.0)]
        assert scalars(logdir) == found
        gate.open()
    (*found, last) = values(logdir)
    assert [(tag, step, value.simple_value) for tag, step, value in found][3:] == [
        ("mixed", 0, 1.0),
        ("mixed", 1, 2.0),
        ("mixed", 2, 4.0),
        ("third", 2, 5.0),
        ("mixed", 3, 8.0),
        ("mixed", 4, 9.0),
    ]
    assert last[:2] == ("mixed", 5)
    assert last[2].tensor.float_val[0] == 10.0


def test_the_fast_path_comes_back(logdir, gate):
    with SummaryWriter(logdir) as writer:
        fast = writer._fast, writer._fast_groups
        writer.add_scalar("loss", gate.one)
        assert writer._fast is not fast[0]
        gate.open()
        writer.flush()
        assert (writer._fast, writer._fast_groups) == fast


def test_an_idle_program_sees_its_last_values(logdir, gate):
    with SummaryWriter(logdir) as writer:
        writer.add_scalar("loss", gate.one, 1)
        gate.open()
        wait_until(lambda: scalars(logdir) == [("loss", 1, 1.0)])


def test_a_later_call_looks_whether_a_value_has_arrived(logdir, gate, monkeypatch):
    without_thread = _queue._Process()
    without_thread._thread = threading.current_thread()
    monkeypatch.setattr(_queue, "_process", without_thread)
    with SummaryWriter(logdir) as writer:
        writer.add_scalar("loss", gate.one, 1)
        gate.open()
        wait_until(lambda: writer.add_scalar("x", 0.0) or not writer._deferred)
        writer.add_scalar("loss", 2.0, 2)
    assert [one for one in scalars(logdir) if one[0] == "loss"] == [("loss", 1, 1.0), ("loss", 2, 2.0)]  # fmt: skip


def test_an_array_that_is_donated_after_the_call(logdir, gate):
    double = jax.jit(lambda number: number * 2, donate_argnums=0)
    with SummaryWriter(logdir) as writer:
        loss = gate.one * 5
        row = loss.reshape(1, 1)
        writer.add_scalar("loss", loss, 1)
        writer.log({"row": row}, 1)
        double(loss)
        double(row)
        assert loss.is_deleted()
        assert row.is_deleted()
        gate.open()
        with pytest.raises(ValueError, match="scalar_value was donated or deleted"):
            writer.add_scalar("loss", loss, 2)
    assert scalars(logdir) == [("loss", 1, 5.0), ("row", 1, 5.0)]


def test_all_kinds_of_numbers(logdir, gate):
    kinds = ["float16", "bfloat16", "float32", "int8", "uint32", "int32", "bool", "float8_e4m3fn"]  # fmt: skip
    numbers = {kind: gate.one.astype(kind) for kind in kinds}
    with SummaryWriter(logdir) as writer:
        writer.log({**numbers, "plain": 2, "array": np.float32(3), "shaped": gate.one.reshape(1, 1, 1)}, 4)  # fmt: skip
        assert not gate.one.is_ready()
        gate.open()
    expected = {**dict.fromkeys(kinds, 1.0), "plain": 2.0, "array": 3.0, "shaped": 1.0}
    assert scalars(logdir) == [(tag, 4, value) for tag, value in expected.items()]


def test_what_is_no_number_is_refused_in_the_call(logdir, gate):
    with SummaryWriter(logdir) as writer:
        gate.open()
        with pytest.raises(ValueError, match="exactly one element"):
            writer.add_scalar("a", jnp.ones(3) * gate.one)
        with pytest.raises(TypeError, match="must be real"):
            writer.log({"b": gate.one + 1j})
        with pytest.raises(TypeError, match="random keys"):
            writer.add_scalars("c", {"d": jax.random.key(0)})
        with pytest.raises(ValueError, match="while jax traces a function"):
            jax.jit(lambda x: writer.add_scalar("e", x))(1.0)
        # A concrete value in a trace is one.
        jax.jit(lambda x: [x, writer.add_scalar("f", gate.one)][0])(1.0)
        # And one in a callback.
        jax.jit(lambda x: jax.debug.callback(lambda y: writer.add_scalar("g", y), x))(2.0)  # fmt: skip
        jax.effects_barrier()
    assert scalars(logdir) == [("f", 0, 1.0), ("g", 0, 2.0)]


@pytest.mark.parametrize("count", [2, 5, 64, 67])
def test_many_values_of_a_call_are_one_copy(logdir, gate, count, monkeypatch):
    taken = []
    monkeypatch.setattr(_jax, "_Numbers", lambda *given, kind=_jax._Numbers: taken.append(kind(*given)) or taken[-1])  # fmt: skip
    # Not one by one: JAX waits after some tens of computations that are under way.
    numbers = jax.jit(lambda one: [one * i for i in range(count)])(gate.one)
    with SummaryWriter(logdir) as writer:
        writer.log({f"t{i:03}": number for i, number in enumerate(numbers)}, 1)
        assert not gate.one.is_ready()
        assert len(taken) == 1
        gate.open()
    assert scalars(logdir) == [(f"t{i:03}", 1, float(i)) for i in range(count)]


def test_add_scalars(logdir, gate):
    logdir = Path(logdir)
    with SummaryWriter(logdir) as writer:
        writer.add_scalars("chart", {"a": gate.one, "b": 2.0}, 0, walltime=1.0)
        writer.add_scalars("chart", {"a": 3.0, "b": 4.0}, 1, walltime=2.0)
        writer.add_scalars("else", {"c": 5.0}, 1)
        assert not gate.one.is_ready()
        assert scalars(logdir / "chart_a") == []
        wait_until(lambda: scalars(logdir / "else_c") == [("else", 1, 5.0)])
        threading.Timer(0.1, gate.open).start()
        history = writer.scalar_dict
        assert history[str(logdir / "chart_a")] == [[1.0, 0, 1.0], [2.0, 1, 3.0]]
    assert scalars(logdir / "chart_a") == [("chart", 0, 1.0), ("chart", 1, 3.0)]
    assert scalars(logdir / "chart_b") == [("chart", 0, 2.0), ("chart", 1, 4.0)]


def test_a_computation_that_fails_is_warned_of_once_and_counted(logdir):
    with FailingGate() as gate, SummaryWriter(logdir) as writer:
        writer.add_scalar("a", gate.one, 1)
        writer.log({"b": gate.one}, 1)
        writer.add_scalar("a", 2.0, 2)
        gate.open()
        with pytest.warns(RuntimeWarning, match="'a' was not logged.*no fuel") as found:
            writer.flush()
        assert len(found) == 1
        counted = writer.stats()
    assert (counted["dropped"], counted["errors"], counted["events"]) == (2, 2, 1)
    assert "no fuel" in counted["last_error"]
    assert scalars(logdir) == [("a", 2, 2.0)]


def test_a_computation_that_fails_is_raised_once_if_that_is_wanted(logdir):
    with FailingGate() as gate, SummaryWriter(logdir, on_error="raise") as writer:
        writer.add_scalar("a", gate.one, 1)
        gate.open()
        with pytest.raises(RuntimeError, match="no fuel"):
            writer.flush()
        writer.flush()


@pytest.mark.parametrize("end", ["flush", "close"])
def test_the_file_itself_waits_too(logdir, gate, end):
    with SummaryWriter(logdir) as writer:
        writer.add_scalar("loss", gate.one, 1)
        threading.Timer(0.1, gate.open).start()
        getattr(writer.file_writer, end)()
        assert scalars(logdir) == [("loss", 1, 1.0)]


def test_ranks_that_are_reduced(logdir, gate):
    with SummaryWriter(logdir, ranks="reduce", rank=0, world_size=1) as writer:
        writer.add_scalar("loss", gate.one * 3, 1)
        writer.log({"loss": gate.one * 4}, 2)
        writer.add_scalars("chart", {"a": gate.one}, 2)
        assert not gate.one.is_ready()
        gate.open()
    found = scalars(logdir)
    assert {("loss", 1, 3.0), ("loss", 2, 4.0), ("chart/a", 2, 1.0)} <= set(found)


def test_the_global_writer_always_waits(logdir, gate):
    with pytest.raises(ValueError, match='device_values must not be "async"'):
        GlobalSummaryWriter(logdir, device_values="async")
    with GlobalSummaryWriter(logdir) as writer:
        threading.Timer(0.1, gate.open).start()
        writer.add_scalar("loss", gate.one)
        assert gate.one.is_ready()
    assert scalars(logdir) == [("loss", 0, 1.0)]


def test_a_pickle_waits(logdir, gate):
    with SummaryWriter(logdir) as writer:
        writer.add_scalar("loss", gate.one, 1)
        writer.add_scalars("chart", {"a": gate.one}, 1, walltime=3.0)
        threading.Timer(0.1, gate.open).start()
        with pickle.loads(pickle.dumps(writer)) as other:
            assert gate.one.is_ready()
            assert other.scalar_dict == {f"{logdir}/chart_a": [[3.0, 1, 1.0]]}
    assert scalars(logdir) == [("loss", 1, 1.0)]


def test_observers_get_their_events_within_the_call(logdir, gate):
    seen = []
    with SummaryWriter(logdir) as writer:
        threading.Timer(0.1, gate.open).start()
        writer.add_scalar("before", gate.one)
        writer.add_observer(lambda event, _: seen.append(event.summary.value[0].tag))
        with Gate() as other:
            threading.Timer(0.1, other.open).start()
            writer.add_scalar("after", other.one)
            assert seen == ["after"]
    assert [tag for tag, _, _ in scalars(logdir)] == ["before", "after"]


def test_device_memory_is_bounded(logdir, monkeypatch):
    monkeypatch.setattr(_queue, "MAX_HELD_BYTES", 2 * 512)
    with Gate() as gate, SummaryWriter(logdir) as writer:
        writer.add_scalar("a", gate.one, 0)
        writer.add_scalar("a", gate.one, 1)
        assert not gate.one.is_ready()
        threading.Timer(0.1, gate.open).start()
        writer.add_scalar("a", gate.one, 2)
        assert gate.one.is_ready()
    assert scalars(logdir) == [("a", step, 1.0) for step in range(3)]
    assert _queue._process.held == 0


def test_many_threads(logdir, gate):
    def work(name):
        for step in range(20):
            writer.add_scalar(name, gate.one * step, step)
            writer.add_scalar(name, float(step), step)

    with SummaryWriter(logdir) as writer:
        (gate.one * 1).is_ready()
        threads = [threading.Thread(target=work, args=(f"t{i}",)) for i in range(4)]
        threading.Timer(0.05, gate.open).start()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = scalars(logdir)
    for i in range(4):
        mine = [row for row in found if row[0] == f"t{i}"]
        assert mine == [(f"t{i}", step, float(step)) for step in range(20) for _ in "12"]  # fmt: skip


ROOT = Path(__file__).parents[3]
PROGRAM = """
import sys, threading, time
import tensorbolt
from tensorbolt import SummaryWriter
assert "jax" not in sys.modules and "tensorbolt.device_values" not in sys.modules
sys.path.insert(0, sys.argv[2])
writer = SummaryWriter(sys.argv[1])
from tests.python.support.gates import Gate
gate = Gate()
writer.add_scalar("loss", gate.one, 5)
assert not gate.one.is_ready()
opener = threading.Timer(0.3, gate.open)
opener.daemon = True
opener.start()
"""


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("", 0),
        ("del writer; import gc; gc.collect()", 0),
        ("raise SystemExit(3)", 3),
        ("writer.close(); import os; os._exit(0)", 0),
    ],
)
def test_the_end_of_the_process_waits(logdir, end, status):
    python(PROGRAM + end, logdir, ROOT, expect=status)
    assert scalars(logdir) == [("loss", 5, 1.0)]


FORK = """
import os, warnings
warnings.simplefilter("ignore")
child = os.fork()
if not child:
    writer.add_scalar("child", 1.0, 6)
    writer.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""


def test_a_forked_child_leaves_what_waits_to_its_parent(logdir):
    python(PROGRAM + FORK, logdir, ROOT)
    assert sorted(scalars(logdir)) == [("child", 6, 1.0), ("loss", 5, 1.0)]
    assert len(event_files(logdir)) == 2
