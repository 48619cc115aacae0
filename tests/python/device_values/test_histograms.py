"""Histograms of arrays on devices: what is written is what a call that waits writes."""

import threading
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from tests.python.support.far_tensors import Far, FarDevice, far
from tests.python.support.gates import Gate
from tests.python.support.helpers import events, values, wait_until

import tensorbolt
from tensorbolt import SummaryWriter
from tensorbolt.device_values import _jax_histograms, _queue, _torch_histograms
from tensorbolt.device_values._counted import counted, edges

RANDOM = np.random.default_rng(0)
EXACT = {
    # Sums of these are exact, in whatever order.
    "numbers": RANDOM.integers(-8000, 8000, 5000) / 8,
    "with gaps": np.array([np.nan, 1, np.inf, -np.inf, 2.5, np.nan]),
    "nothing finite": np.array([np.nan, np.inf]),
    "beyond": np.array([2.0**80, -(2.0**80)]),
    "zeros": np.zeros(7),
    "one": np.array([[-3.0]]),
}
EDGES = np.asarray(tensorbolt._core.default_edges())
HARD = np.concatenate([EDGES, np.nextafter(EDGES, np.inf), np.nextafter(EDGES, -np.inf), RANDOM.normal(size=9999) * 10.0 ** RANDOM.integers(-14, 21, 9999)])  # fmt: skip


def summaries(directory):
    return [event.summary.SerializeToString() for event in events(directory)]


@pytest.fixture
def gate():
    with Gate() as gate:
        yield gate


@pytest.fixture
def device(monkeypatch):
    device = FarDevice(monkeypatch)
    yield device
    device.is_open = True


@pytest.fixture
def counting(monkeypatch):
    """JAX counts on this machine's processor as on a GPU."""
    monkeypatch.setattr(_queue, "MAX_HERE_BYTES", 0)
    monkeypatch.setattr(_jax_histograms, "_COUNTING", {"cpu"})


def same(logdir, log):
    """Return what a call that waits writes, and one that does not; both warn of the same values that are left out."""
    said = {}
    for choice in ("wait", "async"):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            with SummaryWriter(f"{logdir}/{choice}", device_values=choice) as writer:
                log(writer)
            said[choice] = sorted(str(warning.message) for warning in caught)
    assert said["wait"] == said["async"]
    return summaries(f"{logdir}/wait"), summaries(f"{logdir}/async")


def test_a_call_returns_before_its_array_is_computed(logdir, gate):
    plain = RANDOM.normal(size=(100, 30)).astype(np.float32)
    grows = jax.jit(lambda one: (one * plain, (one * plain).astype(jnp.bfloat16)))
    gives = jax.jit(lambda array: array * 0, donate_argnums=0)
    with SummaryWriter(logdir) as writer:
        large, half = grows(gate.one)
        writer.add_histogram("large", large, 3, walltime=1.0)
        writer.add_histograms({"half": half, "here": plain}, 4, prefix="all")
        gives(large)
        assert large.is_deleted()
        assert not gate.one.is_ready()
        # What was here is written at once.
        writer.add_histogram("plain", plain, 5)
        here = ["all/here", "plain"]
        wait_until(lambda: [tag for tag, _, _ in values(logdir)] == here)
        gate.open()
    with SummaryWriter(logdir + "2", device_values="wait") as writer:
        writer.add_histograms({"here": plain}, 4, prefix="all")
        writer.add_histogram("plain", plain, 5)
        writer.add_histogram("large", jnp.asarray(plain), 3)
        writer.add_histograms({"half": jnp.asarray(plain, jnp.bfloat16)}, 4, prefix="all")  # fmt: skip
    assert summaries(logdir) == summaries(logdir + "2")
    assert [event.step for event in events(logdir)] == [4, 5, 3, 4]
    assert _queue._process.here == _queue._process.held == 0


def test_a_tag_keeps_its_order(logdir, gate):
    rows = jax.jit(lambda one: one * jnp.arange(5))(gate.one)
    with SummaryWriter(logdir) as writer:
        writer.add_histogram("tag", rows, 0)
        threading.Timer(0.1, gate.open).start()
        writer.add_histogram("tag", np.arange(3.0), 1)
        writer.add_histogram("tag", [1, 2], 2)
    assert [step for _, step, _ in values(logdir)] == [0, 1, 2]


def test_watch(logdir, gate):
    class Model:
        def named_parameters(self):
            yield "weight", jnp.ones((3, 3)) * gate.one
            yield "empty", jnp.ones(0) * gate.one
            yield "bias", np.ones(3)

    with SummaryWriter(logdir) as writer, writer.watch(Model(), gradients=False) as watch:  # fmt: skip
        watch.log(7)
        assert not gate.one.is_ready()
        threading.Timer(0.1, gate.open).start()
    assert [(tag, step) for tag, step, _ in values(logdir)] == [("parameters/bias", 7), ("parameters/weight", 7)]  # fmt: skip


def test_more_than_may_be_copied_is_waited_for(logdir, gate, monkeypatch):
    monkeypatch.setattr(_queue, "MAX_HERE_BYTES", 100)
    with SummaryWriter(logdir) as writer:
        threading.Timer(0.1, gate.open).start()
        writer.add_histogram("large", gate.one * jnp.ones(100), 0)
        assert gate.one.is_ready()


def test_other_bins_are_waited_for(logdir, gate):
    with SummaryWriter(logdir) as writer:
        gate.open()
        writer.add_histogram("ten", gate.one * jnp.arange(9), 0, bins=10)
        writer.default_bins = [0, 1, 2]
        writer.add_histogram("two", gate.one * jnp.arange(3), 0)
    assert [len(value.histo.bucket) for _, _, value in values(logdir)] == [11, 3]


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "int32", "uint8"])
def test_what_jax_counts(logdir, counting, dtype):
    with Gate() as gate:
        given = {name: np.nan_to_num(array, nan=3, posinf=9, neginf=-9) if "int" in dtype else array for name, array in EXACT.items()}  # fmt: skip
        if dtype not in ("float32", "bfloat16"):
            given.pop("beyond")
        arrays = {name: jnp.asarray(array.astype(np.float32)).astype(dtype) for name, array in given.items()}  # fmt: skip
        # Sums of ever so many halves are exact as well.
        arrays = jax.jit(lambda arrays, one: jax.tree.map(lambda array: jnp.where(one > 0, array, 0), arrays))(arrays, gate.one)  # fmt: skip
        logged = []

        def log(writer):
            if writer.device_values == "async":
                with Gate() as late:
                    again = jax.jit(lambda arrays, one: jax.tree.map(lambda array: jnp.where(one > 0, array, 0), arrays))(arrays, late.one)  # fmt: skip
                    writer.add_histograms(again, 1)
                    logged.append(not late.one.is_ready())
            else:
                gate.open()
                writer.add_histograms(arrays, 1)

        waited, counted = same(logdir, log)
    assert logged == [True]
    assert counted == waited


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16", "int64", "int8", "bool"])  # fmt: skip
def test_what_torch_counts(logdir, device, dtype):
    device.is_open = True
    kind = getattr(torch, dtype)

    def log(writer):
        for name, array in EXACT.items():
            if kind.is_floating_point:
                if name != "beyond" or dtype != "float16":
                    writer.add_histogram(name, far(array, kind), 1)
            else:
                writer.add_histogram(name, far(np.nan_to_num(array, posinf=5, neginf=-5) % 100, kind), 1)  # fmt: skip

    waited, counted = same(logdir, log)
    assert counted == waited
    assert device.copies >= len(EXACT) - 1


@pytest.mark.parametrize("framework", ["jax", "torch"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_edges_of_buckets(framework, dtype, logdir, monkeypatch):
    """Sums may differ in the last bits, because devices add in another order; all else is the same."""
    hard = HARD.astype(dtype)
    if framework == "jax":
        # On a processor, XLA takes numbers below the smallest normal one for zero.
        hard = hard[(hard == 0) | (np.abs(hard) >= np.finfo(dtype).tiny)]
    with SummaryWriter(logdir) as writer:
        writer.add_histogram("here", hard)
    (histogram,) = (value.histo for _, _, value in values(logdir))
    if framework == "jax":
        with jax.enable_x64(True):
            array = jnp.asarray(hard)
        row = np.asarray(_jax_histograms.counted_row(array))
    else:
        monkeypatch.setattr(_torch_histograms, "_AT_ONCE", 1000)
        row = _torch_histograms.counted_row(torch.from_numpy(hard), torch).numpy()
    found = counted(row, hard.size)
    assert found.limits.tolist() == list(histogram.bucket_limit)
    assert found.counts.tolist() == list(histogram.bucket)
    smallest, largest, num, total, squares = found.statistics
    assert (smallest, largest, num) == (histogram.min, histogram.max, histogram.num)
    scale = np.abs(hard.astype(np.float64)).sum()
    assert total == pytest.approx(histogram.sum, rel=0, abs=1e-12 * scale)
    assert squares == pytest.approx(histogram.sum_squares, rel=1e-12)
    assert len(edges()) == len(EDGES)


def test_many_tensors_of_a_call_are_one_copy(logdir, device):
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 2))

    class Model:
        def named_parameters(self):
            for name, value in model.named_parameters():
                yield name, value.detach().as_subclass(Far)

    expected = {}
    for name, value in model.named_parameters():
        expected[f"parameters/{name}"] = value.detach().numpy().copy()
    with SummaryWriter(logdir, device_values="async") as writer, writer.watch(Model(), gradients=False) as watch:  # fmt: skip
        watch.log(1)
        with torch.no_grad():
            for value in model.parameters():
                value.zero_()
        assert device.copies == 1
        assert values(logdir) == []
        device.is_open = True
    with SummaryWriter(logdir + "2") as writer:
        writer.add_histograms(expected, 1)
    for (tag, step, ours), (name, _, theirs) in zip(values(logdir), values(logdir + "2"), strict=True):  # fmt: skip
        assert (tag, step) == (name, 1)
        assert list(ours.histo.bucket) == list(theirs.histo.bucket)
        assert list(ours.histo.bucket_limit) == list(theirs.histo.bucket_limit)
        assert ours.histo.sum == pytest.approx(theirs.histo.sum)


def test_a_capture_is_refused(logdir, device):
    device.is_capturing = True
    with SummaryWriter(logdir, device_values="async") as writer:
        with pytest.raises(RuntimeError, match="values has no value while a graph"):
            writer.add_histogram("a", far([1.0]))
        with pytest.raises(ValueError, match="empty"):
            device.is_capturing = False
            writer.add_histogram("a", far([]))
