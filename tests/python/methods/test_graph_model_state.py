"""`add_graph` and the functions of insight leave a model as it was, whatever its `forward` changes."""

import gc
import random
import warnings
import weakref

import numpy as np
import pytest
import torch
from tests.python.support import models, stateful
from tests.python.support.helpers import events, python
from tests.python.support.ranks import run_ranks
from tests.python.support.stateful import described
from torch import nn

import tensorbolt
from tensorbolt import insight

ROWS = torch.zeros(2, 3)

# Ways to look at a model.
LOOKS = {
    "graph": lambda writer, model, x: writer.add_graph(model, x),
    "activations": lambda writer, model, x: insight.add_activation_stats(writer, model, x, layers=nn.Linear if isinstance(model, nn.Sequential) else "*"),
    "summary": lambda writer, model, x: insight.add_model_summary(writer, model, input_data=x),
}  # fmt: skip


@pytest.fixture
def writer(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        yield writer


def quietly(look, *arguments):
    """PyTorch says of many models that their traces may not hold for other inputs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return look(*arguments)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", stateful.MODELS)
def test_a_model_that_changes_itself_is_as_before(writer, name, look):
    torch.manual_seed(0)
    model, x = stateful.MODELS[name](), ROWS.clone()
    before = described((model, x))
    quietly(LOOKS[look], writer, model, x)
    assert described((model, x)) == before
    model(x)
    assert described((model, x)) != before
    assert writer.stats()["events"] > 0


@pytest.mark.parametrize("name", stateful.MODELS)
def test_it_is_as_before_when_it_fails(writer, name):
    class Failing(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = stateful.MODELS[name]()

        def forward(self, x):
            self.inner(x)
            raise RuntimeError("the model fails")

    model, x = Failing(), ROWS.clone()
    before = described((model, x))
    with pytest.raises(RuntimeError, match="the model fails"):
        quietly(writer.add_graph, model, x)
    assert described((model, x)) == before
    assert events(writer.log_dir) == []


def test_models_that_a_function_calls_are_as_before(writer):
    model = stateful.ActNorm().requires_grad_(False)
    before = described(model)
    quietly(writer.add_graph, lambda x: model(x) + 1, ROWS)
    assert described(model) == before
    quietly(writer.add_graph, by_name, ROWS)
    assert described(GLOBAL) == BEFORE


GLOBAL = stateful.ActNorm().requires_grad_(False)
BEFORE = described(GLOBAL)


def by_name(x):
    return GLOBAL(x)


def test_without_an_input_too(writer):
    """torch.fx runs `forward` with stand-ins, which must not stay in the model."""
    model = stateful.Buffers()
    model.register_forward_pre_hook(lambda module, _: module.sum.add_(1))
    before = described(model)
    try:
        quietly(writer.add_graph, model)
    except RuntimeError as error:
        # torch 2.6 keeps no stand-in as a buffer; up to that one `forward` has run.
        if "as buffer" not in str(error):
            raise
    assert described(model) == before


LAZY = {
    "linear": lambda: nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.LazyLinear(2)),
    "norm": lambda: nn.Sequential(nn.LazyLinear(4), nn.LazyBatchNorm1d()),
    "partly": lambda: nn.Sequential(nn.Linear(3, 3), nn.LazyLinear(2)),
}


@pytest.mark.parametrize("name", LAZY)
def test_lazy_layers_are_drawn_and_stay_lazy(writer, name):
    """Their shapes come from the first batch that they are trained with, their numbers from its random numbers."""

    def trained(look):
        torch.manual_seed(3)
        model = LAZY[name]()
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        before = described(model)
        look(model)
        assert described(model) == before
        # Another size than that of the graph where the first layer is lazy.
        size = 3 if name == "partly" else 5
        model(torch.ones(2, size)).sum().backward()
        optimizer.step()
        return {key: value.tolist() for key, value in model.state_dict().items()}, [
            type(module) for module in model.modules()
        ]

    def look(model):
        writer.add_graph(model, ROWS)

    assert trained(look) == trained(lambda _: None)
    writer.flush()
    graph, _ = events(writer.log_dir)
    assert b"aten::linear" in graph.graph_def


def test_a_lazy_model_that_does_not_run_says_why(writer):
    model = nn.Sequential(nn.LazyLinear(4), nn.Linear(5, 2))
    before = described(model)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        writer.add_graph(model, ROWS)
    assert described(model) == before


def test_a_graph_of_the_callers_that_needs_a_buffer_can_still_be_followed_back(writer):
    """Autograd refuses a backward pass through what was written to since; here it was put back."""

    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("scale", torch.ones(3))
            self.linear = nn.Linear(3, 3)

        def forward(self, x):
            y = self.linear(x) * self.scale
            self.scale.mul_(2)
            return y

    model = Scaled()
    loss = (model.linear(torch.ones(2, 3)) * model.scale).sum()
    quietly(writer.add_graph, model, ROWS)
    loss.backward()
    assert model.linear.bias.grad.tolist() == [2, 2, 2]


class DoubledOnce(nn.Module):
    """Changes its weight at the first call."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)
        self.calls = 0

    def forward(self, x):
        if self.calls == 0:
            self.linear.weight.data.mul_(2)
        self.calls += 1
        return self.linear(x)


@pytest.mark.parametrize("look", ["graph", "summary"])
def test_autocast_remembers_no_weights_from_a_look(writer, look):
    """It keeps casts of weights until its block ends; of those of a look the values, in old versions the gradients, are
    wrong in the training step that follows."""
    model, x = DoubledOnce(), torch.ones(2, 3)
    with torch.autocast("cpu", torch.bfloat16):
        expected = model.linear(x)
        torch.clear_autocast_cache()
        quietly(LOOKS[look], writer, model, x)
        assert torch.is_autocast_cache_enabled()
        found = model.linear(x)
        found.float().sum().backward()
    assert torch.equal(found, expected)
    assert model.linear.weight.grad is not None


class Settings(nn.Module):
    """Draws random numbers, and changes settings of the process and of the thread."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x):
        torch.rand(2), np.random.rand(), random.random()
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.set_num_threads(torch.get_num_threads() + 1)
        torch.backends.cudnn.benchmark = True
        return self.linear(x)


def settings():
    return (
        torch.get_rng_state().tolist(), np.random.get_state()[1].tolist(), random.getstate(), torch.is_grad_enabled(),
        torch.get_default_dtype(), torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(), torch.get_num_threads(), torch.backends.cudnn.benchmark,
    )  # fmt: skip


@pytest.mark.parametrize("look", LOOKS)
def test_settings_and_random_numbers_are_as_before(writer, look):
    model = Settings()
    before = settings()
    quietly(LOOKS[look], writer, model, ROWS)
    assert settings() == before


def test_what_no_operator_reports_is_warned_of(writer):
    """Kernels of a model's own write to memory without PyTorch; they are to say so with `increment_version`."""

    class Kernel(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("total", torch.zeros(3))

        def forward(self, x):
            self.total.numpy()[:] += 1
            torch.autograd.graph.increment_version(self.total)
            return x + 1

    with pytest.warns(RuntimeWarning, match="'total'.*could not be put back"):
        insight.add_activation_stats(writer, Kernel(), ROWS, layers="*")


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_global_flags_of_torch_may_be_frozen(writer, monkeypatch, look):
    """PyTorch's own tests call `torch.backends.disable_global_flags`, which has no opposite."""
    module = torch.backends.flags_frozen.__globals__
    monkeypatch.setitem(module, "__allow_nonbracketed_mutation_flag", False)
    assert torch.backends.flags_frozen()
    quietly(look, writer, nn.Sequential(nn.Linear(3, 2)), ROWS)


def test_objects_of_others_are_left_alone(writer):
    """A model may know its trainer, or a writer; those share their state with files and threads."""

    class Logging(nn.Module):
        def __init__(self):
            super().__init__()
            self.writer = writer
            self.linear = nn.Linear(3, 3)

        def forward(self, x):
            self.writer.add_scalar("calls", 1.0)
            return self.linear(x)

    writer.auto_step = True
    writer._select_path() if hasattr(writer, "_select_path") else writer._choose_way()
    writer.add_graph(Logging(), ROWS)
    writer.flush()
    steps = [
        event.step for event in events(writer.log_dir) if event.HasField("summary")
    ]
    assert steps == list(range(len(steps)))
    assert len(steps) > 0


def test_nothing_of_a_model_is_kept(writer):
    model = stateful.PythonAttributes()
    kept = weakref.ref(model)
    quietly(writer.add_graph, model, ROWS.clone())
    insight.add_activation_stats(writer, model, ROWS.clone(), layers="*")
    del model
    gc.collect()
    assert kept() is None


def test_a_large_model_is_not_copied(tmp_path):
    """Half a gigabyte of parameters, and a counter that changes; only what is written to is copied."""
    python(
        """
        import sys, torch, tensorbolt
        from torch import nn

        def high_water():
            # Not ru_maxrss, which begins with the value of the process that started this one.
            for line in open("/proc/self/status"):
                if line.startswith("VmHWM"):
                    return int(line.split()[1]) * 1024

        class Large(nn.Module):
            def __init__(self):
                super().__init__()
                # Zeros take no time to draw; a copy of them takes memory all the same.
                table = torch.zeros(1_000_000, 128)
                self.table = nn.Embedding.from_pretrained(table, freeze=False)
                self.small = nn.Embedding(10, 128, max_norm=0.1)

            def forward(self, x):
                return self.table(x) + self.small(x)

        x = torch.zeros(2, dtype=torch.long)
        with tensorbolt.SummaryWriter(sys.argv[1]) as writer:
            # What tracing itself needs once.
            writer.add_graph(nn.Embedding(3, 3), x)
            model = Large()
            size = sum(value.nbytes for value in model.parameters())
            before = model.small.weight.clone()
            used = high_water()
            writer.add_graph(model, x)
            more = high_water() - used
            assert torch.equal(model.small.weight, before)
            assert size > 500e6 and more < size / 4, (size, more)
        """,
        tmp_path,
        timeout=250,
    )


def test_models_inside_of_wrappers_are_drawn_as_themselves(tmp_path):
    def logged(name, model):
        with tensorbolt.SummaryWriter(tmp_path / name) as writer:
            writer.add_graph(model, torch.zeros(1, 3))
        return events(tmp_path / name)[0].graph_def

    plain = logged("plain", models.Sum())
    for name, wrap in (
        ("parallel", nn.DataParallel),
        ("averaged", torch.optim.swa_utils.AveragedModel),
        ("compiled", torch.compile),
        ("both", lambda model: nn.DataParallel(torch.compile(model))),
    ):
        assert logged(name, wrap(models.Sum())) == plain, name


PROCESS = """
import os, sys, warnings
import torch
from torch import distributed, nn
from torch.distributed.tensor import DeviceMesh, Shard, distribute_tensor
from torch.distributed.fsdp import fully_shard
from tensorbolt import SummaryWriter, insight

directory, rank = sys.argv[1], int(sys.argv[2])
distributed.init_process_group("gloo", init_method=f"file://{directory}/store", rank=rank, world_size=2)
model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
parallel = nn.parallel.DistributedDataParallel(model)
sharded = fully_shard(nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 3)), mesh=DeviceMesh("cpu", range(2)))
x = torch.ones(2, 3)
if rank == 0:
    # The other rank does not log, so whatever waits for it waits for ever.
    with SummaryWriter(f"{directory}/run") as writer:
        writer.add_graph(parallel, x)
        insight.add_activation_stats(writer, parallel, x, layers="*")
        for look in (
            lambda: writer.add_graph(sharded, x),
            lambda: insight.add_activation_stats(writer, sharded, x, layers="*"),
        ):
            try:
                look()
            except ValueError as error:
                assert "spread over several processes" in str(error), error
            else:
                raise AssertionError("not refused")
distributed.barrier()
parallel(x).sum().backward()
# What fully_shard makes runs on GPUs alone with torch 2.6.
if hasattr(torch.cpu.Stream, "record_event"):
    sharded(x).sum().backward()
distributed.destroy_process_group()
"""


def test_one_rank_alone_looks_at_a_model_of_several(tmp_path):
    run_ranks(PROCESS, tmp_path)
    graph, *_ = events(tmp_path / "run")
    assert b"DistributedDataParallel" not in graph.graph_def
