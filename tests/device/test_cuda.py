"""What can be tried on a GPU alone: `python -m pytest tests/device -s`. Prints how long calls take; skipped where there is none."""

import time

import pytest
import torch
from tests.python.support.helpers import scalars

from tensorbolt import SummaryWriter

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(),
    reason="torch finds no GPU of CUDA or ROCm, so nothing of this has run here",
)
CALLS = 20


@pytest.fixture
def logdir(tmp_path):
    return str(tmp_path / "run")


@pytest.fixture
def strict():
    """Any wait for the device is an error."""
    torch.cuda.set_sync_debug_mode("error")
    yield
    torch.cuda.set_sync_debug_mode("default")


def cycles_of(milliseconds):
    """Cycles of `torch.cuda._sleep` that take so long."""
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    begin.record()
    torch.cuda._sleep(10_000_000)
    end.record()
    torch.cuda.synchronize()
    return int(10_000_000 * milliseconds / begin.elapsed_time(end))


def median_of_calls(call, cycles):
    """Median seconds of a call behind work of the device."""
    taken = []
    for step in range(CALLS):
        torch.cuda._sleep(cycles)
        begin = time.perf_counter()
        call(step)
        taken.append(time.perf_counter() - begin)
        torch.cuda.synchronize()
    return sorted(taken)[CALLS // 2]


@pytest.mark.parametrize("count", [1, 10])
def test_a_call_behind_work_of_the_device(logdir, count, capsys):
    losses = [torch.full((), float(i), device="cuda") for i in range(count)]
    with SummaryWriter(logdir, device_values="async") as writer:

        def call(step):
            if count == 1:
                writer.add_scalar("t0", losses[0], step)
            else:
                writer.log({f"t{i}": loss for i, loss in enumerate(losses)}, step)

        call(-1)
        median = median_of_calls(call, cycles_of(200))
    with capsys.disabled():
        print(f"\n{count} numbers behind 200 ms: {median * 1e6:.0f} us")
    assert scalars(logdir) == [(f"t{i}", step, float(i)) for step in range(-1, CALLS) for i in range(count)]  # fmt: skip
    assert median < 50e-6 * (1 if count == 1 else 4)


def test_nothing_waits_and_later_changes_do_not_count(logdir, strict):
    cycles = 100_000_000
    loss = torch.ones((), device="cuda")
    with SummaryWriter(logdir, device_values="async") as writer:
        torch.cuda._sleep(cycles)
        for step in range(10):
            writer.add_scalar("loss", loss, step)
            loss.add_(1)
            writer.add_scalars("chart", {"a": loss, "b": 2.0}, step)
    assert scalars(logdir) == [("loss", step, step + 1.0) for step in range(10)]


def test_the_profile_has_no_wait(logdir):
    loss = torch.ones((), device="cuda")
    with SummaryWriter(logdir, device_values="async") as writer:
        writer.add_scalar("loss", loss, 0)
        with torch.profiler.profile() as profile:
            for step in range(1, 10):
                writer.add_scalar("loss", loss * step, step)
    names = {event.name for event in profile.events()}
    assert not {name for name in names if "StreamSynchronize" in name}


def test_a_capture_is_refused_and_goes_on(logdir):
    static = torch.ones((), device="cuda")
    with SummaryWriter(logdir, device_values="async") as writer:
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            loss = static * 2
            with pytest.raises(RuntimeError, match="after the capture"):
                writer.add_scalar("loss", loss, 0)
        for step in range(3):
            static.fill_(step)
            graph.replay()
            writer.add_scalar("loss", loss, step)
    assert scalars(logdir) == [("loss", step, 2.0 * step) for step in range(3)]


def test_deterministic_algorithms_and_another_stream(logdir, strict):
    torch.use_deterministic_algorithms(True)
    stream = torch.cuda.Stream()
    try:
        with SummaryWriter(logdir, device_values="async") as writer, torch.cuda.stream(stream):  # fmt: skip
            torch.cuda._sleep(50_000_000)
            writer.log({"a": torch.ones((), device="cuda") * 5, "b": torch.ones(1, device="cuda")}, 1)  # fmt: skip
    finally:
        torch.use_deterministic_algorithms(False)
    assert scalars(logdir) == [("a", 1, 5.0), ("b", 1, 1.0)]
