"""watch: histograms of a model's parameters and gradients."""

import gc
import os
import weakref

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from tests.python.support.helpers import events, values
from torch import nn

import tensorbolt


@pytest.fixture
def writer(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        yield writer


def small():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))


def backward(model, size=4):
    model(torch.ones(2, size)).sum().backward()
    return model


def tags(writer):
    writer.flush()
    return sorted(tag for tag, _, _ in values(writer.log_dir))


def test_a_real_training(writer, logdir):
    """Each histogram is the one that add_histogram writes of the same tensor at that moment."""
    images, labels = load_digits(return_X_y=True)
    inputs = torch.tensor(images[:256] / 16, dtype=torch.float32)
    targets = torch.tensor(labels[:256])
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    losses = []
    with (
        writer.watch(model) as watch,
        tensorbolt.SummaryWriter(logdir + "-by-hand") as by_hand,
    ):
        for step in range(20):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(inputs), targets)
            loss.backward()
            watch.log(step, 1000.0 + step)
            for name, value in model.named_parameters():
                by_hand.add_histogram(
                    f"parameters/{name}", value, step, walltime=1000.0 + step
                )
            for name, value in model.named_parameters():
                by_hand.add_histogram(
                    f"gradients/{name}", value.grad, step, walltime=1000.0 + step
                )
            optimizer.step()
            losses.append(loss.item())
    assert losses[-1] < losses[0] / 2
    writer.flush()
    assert len(events(logdir)) == 20 * 8
    assert events(logdir) == events(logdir + "-by-hand")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"gradients": False}, ["parameters/bias", "parameters/weight"]),
        ({"parameters": False}, ["gradients/bias", "gradients/weight"]),
        (
            {"prefix": "net", "parameters": False},
            ["net/gradients/bias", "net/gradients/weight"],
        ),
        ({"prefix": "net/", "gradients": False}, ["net/parameters/bias", "net/parameters/weight"]),
    ],
)  # fmt: skip
def test_options(writer, options, expected):
    writer.watch(backward(nn.Linear(4, 3)), **options).log(1)
    assert tags(writer) == expected


def test_tied_parameters_are_logged_once(writer):
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4, bias=False))
    model[1].weight = model[0].weight
    writer.watch(backward(model)).log()
    assert tags(writer) == [
        "gradients/0.bias", "gradients/0.weight", "parameters/0.bias", "parameters/0.weight",
    ]  # fmt: skip


def test_frozen_layers_have_no_gradients(writer):
    model = small()
    model[0].requires_grad_(False)
    writer.watch(backward(model)).log()
    assert tags(writer) == [
        "gradients/2.bias", "gradients/2.weight",
        "parameters/0.bias", "parameters/0.weight", "parameters/2.bias", "parameters/2.weight",
    ]  # fmt: skip


def test_no_gradients_at_all_is_worth_one_word(writer):
    watch = writer.watch(nn.Linear(2, 2))
    with pytest.warns(RuntimeWarning, match="backward"):
        watch.log()
    watch.log()
    assert len(tags(writer)) == 4


@pytest.mark.parametrize(
    "dtype", [torch.float16, torch.bfloat16, torch.float64, torch.complex64]
)
def test_dtypes(writer, dtype):
    model = nn.Linear(4, 3, bias=False, dtype=dtype)
    with torch.no_grad():
        model.weight.copy_(torch.arange(12).reshape(3, 4))
    watch = writer.watch(model, gradients=False)
    if dtype.is_complex:
        with pytest.warns(RuntimeWarning, match="imaginary"):
            watch.log()
    else:
        watch.log()
    writer.flush()
    ((_, _, value),) = values(writer.log_dir)
    assert (value.histo.min, value.histo.max, value.histo.num) == (0, 11, 12)


def test_of_sparse_gradients_the_stored_values_count(writer):
    model = nn.Embedding(1000, 2, sparse=True)
    model(torch.tensor([3, 3, 7])).sum().backward()
    assert model.weight.grad.is_sparse
    writer.watch(model, parameters=False).log()
    writer.flush()
    ((_, _, value),) = values(writer.log_dir)
    # Row 3 was used twice, row 7 once.
    assert (value.histo.num, value.histo.sum, value.histo.max) == (4, 6, 2)


def test_compressed_sparse_parameters(writer):
    model = nn.Module()
    model.weight = nn.Parameter(torch.eye(5).to_sparse_coo())
    model.other = nn.Parameter(torch.zeros(3).to_sparse_coo())
    writer.watch(model, gradients=False).log()
    assert tags(writer) == ["parameters/weight"]


def test_what_has_no_data_is_left_out_with_one_notice(writer):
    model = nn.Sequential(
        nn.Linear(2, 2, bias=False, device="meta"), nn.LazyLinear(3, bias=False)
    )
    model.append(nn.ParameterList([torch.zeros(0, 3)]))
    model.append(nn.Linear(3, 3, bias=False))
    watch = writer.watch(model, gradients=False)
    with pytest.warns(RuntimeWarning) as caught:
        watch.log()
    assert [str(w.message).split("'")[1] for w in caught] == ["parameters/0.weight", "parameters/1.weight"]  # fmt: skip
    watch.log()
    assert tags(writer) == ["parameters/3.weight"] * 2


@pytest.mark.parametrize("wrap", [torch.compile, nn.DataParallel, torch.optim.swa_utils.AveragedModel])  # fmt: skip
def test_names_without_wrappers(writer, wrap):
    writer.watch(wrap(small()), gradients=False).log()
    assert tags(writer) == [
        "parameters/0.bias", "parameters/0.weight", "parameters/2.bias", "parameters/2.weight",
    ]  # fmt: skip


def test_wrappers_within_wrappers(writer):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.module = nn.Linear(2, 2, bias=False)
            self.head = nn.DataParallel(torch.compile(nn.Linear(2, 2, bias=False)))

    writer.watch(torch.compile(nn.DataParallel(Net())), gradients=False).log()
    assert tags(writer) == ["parameters/head.weight", "parameters/module.weight"]


@pytest.fixture
def group(tmp_path):
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{tmp_path}/group", rank=0, world_size=1
    )
    yield
    torch.distributed.destroy_process_group()


def test_distributed_data_parallel(writer, group):
    model = nn.parallel.DistributedDataParallel(small())
    writer.watch(backward(model)).log()
    assert tags(writer)[:2] == ["gradients/0.bias", "gradients/0.weight"]
    assert len(tags(writer)) == 8


# torch 2.6 says of every mesh of CPUs that it may not draw random numbers.
@pytest.mark.filterwarnings("ignore:DTensor random operators:UserWarning")
def test_sharded_parameters_give_the_part_of_this_process(writer, group):
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.tensor import Shard, distribute_module, distribute_tensor

    mesh = init_device_mesh("cpu", (1,))

    def shard(name, module, mesh):
        for key, value in list(module.named_parameters(recurse=False)):
            part = distribute_tensor(value.detach(), mesh, [Shard(0)])
            module.register_parameter(key, nn.Parameter(part))

    model = distribute_module(small(), mesh, shard)
    assert type(model[0].weight.data).__name__ == "DTensor"
    writer.watch(model, gradients=False).log()
    assert len(tags(writer)) == 4


def test_anything_with_named_parameters(writer):
    class Model:
        def named_parameters(self):
            return [("a/b", np.arange(3)), ("c", [1.0, 2.0])]

    writer.watch(Model(), gradients=False).log(5)
    assert tags(writer) == ["parameters/a/b", "parameters/c"]


def test_a_closed_handle_raises_and_lets_go(writer):
    model = backward(small())
    gone = weakref.ref(model)
    gc.disable()
    try:
        with writer.watch(model) as watch:
            watch.log()
        watch.close()
        with pytest.raises(RuntimeError, match="closed"):
            watch.log()
        del model
        # No cycle: the last reference frees it, without the collector.
        assert gone() is None
    finally:
        gc.enable()


def test_a_handle_outlives_close_of_its_writer(writer):
    watch = writer.watch(small(), gradients=False)
    watch.log(1)
    writer.close()
    assert {step for _, step, _ in values(writer.log_dir)} == {1}
    watch.log(2)
    writer.flush()
    assert {step for _, step, _ in values(writer.log_dir)} == {1, 2}


def test_own_default_bins(writer):
    writer.default_bins = [-100.0, 0.0, 100.0]
    writer.watch(small(), gradients=False).log()
    writer.flush()
    assert all(len(v.histo.bucket) <= 3 for _, _, v in values(writer.log_dir))


def test_not_finite_gradients_are_told_once_and_written(writer):
    model = backward(nn.Linear(4, 3, bias=False))
    model.weight.grad[0, 0] = float("nan")
    watch = writer.watch(model, parameters=False)
    with pytest.warns(RuntimeWarning, match="NaN"):
        watch.log()
    watch.log()
    writer.flush()
    assert [v.histo.num for _, _, v in values(writer.log_dir)] == [11, 11]


def test_steps_count_up(logdir):
    with tensorbolt.SummaryWriter(logdir, auto_step=True) as writer:
        watch = writer.watch(nn.Linear(2, 2, bias=False), gradients=False)
        for _ in range(3):
            watch.log()
    assert [step for _, step, _ in values(logdir)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("arguments", "kind", "says"),
    [
        ((None,), TypeError, "named_parameters"),
        ((3,), TypeError, "named_parameters"),
        ((small(), False, False), ValueError, "nothing to watch"),
        ((small(), True, True, 3), TypeError, "prefix"),
        ((small(), True, True, "\ud800"), ValueError, "prefix"),
    ],
)
def test_wrong_arguments(writer, arguments, kind, says):
    with pytest.raises(kind, match=says):
        writer.watch(*arguments)


def test_wrong_steps_and_times_write_nothing(writer):
    watch = writer.watch(small(), gradients=False)
    for arguments, kind, says in (
        (("x",), ValueError, "global_step"),
        ((1, float("nan")), ValueError, "walltime"),
    ):
        with pytest.raises(kind, match=says):
            watch.log(*arguments)
    assert tags(writer) == []


def test_nothing_is_written_without_disk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with tensorbolt.SummaryWriter("run", write_to_disk=False) as writer:
        writer.watch(small(), gradients=False).log(1)
    assert os.listdir(tmp_path) == []
