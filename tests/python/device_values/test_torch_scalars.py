"""Scalars of torch on a device, for which a stand-in counts what is asked of it."""

import pytest
import torch
from tests.python.support.far_tensors import FarDevice, far
from tests.python.support.helpers import scalars

from tensorbolt import SummaryWriter
from tensorbolt.device_values import _queue


@pytest.fixture
def device(monkeypatch):
    device = FarDevice(monkeypatch)
    yield device
    device.is_open = True


def operations(work):
    """The operations of torch that some work runs."""
    with torch.profiler.profile() as profile:
        work()
    return [event.name for event in profile.events()]


def test_a_call_copies_and_returns(logdir, device):
    loss = far(3.0)
    with SummaryWriter(logdir, device_values="async") as writer:
        ran = operations(lambda: writer.add_scalar("loss", loss, 7))
        assert ran.count("aten::copy_") == 1
        # What waits for a device.
        assert not {"aten::item", "aten::_local_scalar_dense", "aten::to"} & set(ran)
        assert scalars(logdir) == []
        loss += 1
        writer.add_scalar("loss", loss, 8)
        loss.zero_()
        assert device.copies == 2
        device.is_open = True
    assert scalars(logdir) == [("loss", 7, 3.0), ("loss", 8, 4.0)]


def test_a_call_waits_by_default(logdir, device):
    with SummaryWriter(logdir) as writer:
        writer.add_scalar("loss", far(3.0), 7)
        writer.flush()
        assert scalars(logdir) == [("loss", 7, 3.0)]
    assert device.copies == 0


def test_many_values_of_a_call_are_one_copy(logdir, device):
    values = {f"t{i}": far(float(i)) for i in range(100)}
    with SummaryWriter(logdir, device_values="async") as writer:
        ran = operations(lambda: writer.log({**values, "plain": 0.5}, 1))
        assert ran.count("aten::copy_") == device.copies == 1
        writer.add_scalars("chart", {"a": far(1.0), "b": far(2.0), "c": 3}, 2)
        assert device.copies == 2
        device.is_open = True
    found = scalars(logdir)
    assert found == [*((f"t{i}", 1, float(i)) for i in range(100)), ("plain", 1, 0.5)]
    assert scalars(f"{logdir}/chart_b") == [("chart", 2, 2.0)]


def test_all_kinds_of_numbers(logdir, device):
    kinds = [torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int8, torch.int64, torch.bool, torch.float8_e4m3fn]  # fmt: skip
    with SummaryWriter(logdir, device_values="async") as writer:
        writer.log({str(kind): far([[1]], kind) for kind in kinds}, 4)
        assert device.copies == len(kinds)
        parameter = torch.nn.Parameter(torch.ones(1))
        writer.add_scalar("parameter", parameter.sum().as_subclass(type(far(1))), 4)
        assert device.copies == len(kinds) + 1
        device.is_open = True
    assert scalars(logdir) == [*((str(kind), 4, 1.0) for kind in kinds), ("parameter", 4, 1.0)]  # fmt: skip


def test_what_is_no_number_is_refused_in_the_call(logdir, device):
    device.is_open = True
    with SummaryWriter(logdir, device_values="async") as writer:
        with pytest.raises(ValueError, match="exactly one element"):
            writer.add_scalar("a", far([1.0, 2.0]))
        with pytest.raises(TypeError, match="must be real"):
            writer.add_scalar("a", far(1j, torch.complex64))
        device.is_capturing = True
        with pytest.raises(RuntimeError, match=r"values\['a'\] has no value while a graph is captured"):  # fmt: skip
            writer.log({"a": far(1.0)})
    assert scalars(logdir) == []


def test_where_memory_cannot_be_pinned_the_call_waits(logdir, device):
    device.has_no_pinned_memory = True
    with SummaryWriter(logdir, device_values="async") as writer:
        writer.add_scalar("loss", far(3.0), 7)
        writer.flush()
        assert scalars(logdir) == [("loss", 7, 3.0)]


def test_a_device_that_fails_is_reported(logdir, device):
    with SummaryWriter(logdir, device_values="async") as writer:
        writer.add_scalar("loss", far(3.0), 7)
        device.fails = True
        with pytest.warns(RuntimeWarning, match="'loss' was not logged.*device-side assert"):  # fmt: skip
            writer.flush()
        assert writer.stats()["dropped"] == 1
    assert scalars(logdir) == []


def test_pinned_memory_is_bounded(logdir, device, monkeypatch):
    monkeypatch.setattr(_queue, "MAX_HERE_BYTES", 2 * 512)
    with SummaryWriter(logdir, device_values="async") as writer:
        for step in range(3):
            writer.add_scalar("a", far(float(step)), step)
        # The third has been read in its call, and keeps its place.
        assert device.copies == 2
        assert scalars(logdir) == []
        device.is_open = True
    assert scalars(logdir) == [("a", step, float(step)) for step in range(3)]
