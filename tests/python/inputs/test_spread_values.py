"""Tensors of which each process has a part: the value that everybody means, or an error, and never a wait for others."""

import pytest
from tests.python.support.ranks import run_ranks

pytestmark = pytest.mark.timeout(600)

PROGRAM = """
import sys
import torch
from tests.python.inputs.value_calls import LISTS, NUMBERS, PARTS_ARE_ASKED_FOR, outcome
from torch import distributed, func, nn
from torch.distributed._functional_collectives import all_reduce
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, Partial, Replicate, Shard, distribute_tensor
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module

directory, rank = sys.argv[1], int(sys.argv[2])
distributed.init_process_group("gloo", init_method=f"file://{directory}/store", rank=rank, world_size=2)
mesh = DeviceMesh("cpu", range(2))
calls = {**NUMBERS, **{name: call for name, (_, call) in LISTS.items()}}


def plain_for(name):
    if name in NUMBERS:
        return torch.tensor(2.0)
    shape, _ = LISTS[name]
    return ((torch.arange(torch.Size(shape).numel()) % 4) / 4).reshape(shape)


def partial(plain):
    return DTensor.from_local(plain / 2, mesh, [Partial()])


def sharded(plain):
    return distribute_tensor(plain if plain.ndim else plain[None], mesh, [Shard(0)])


def reduced(method):
    # What a training loop does with what fully_shard and parallel layers give it.
    spread = distribute_tensor(torch.arange(8.0), mesh, [Shard(0)])
    return lambda plain: sharded(plain) if plain.ndim else getattr(spread, method)()


def parallel(plain):
    if plain.ndim:
        return sharded(plain)
    layers = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    plan = {"0": ColwiseParallel(use_local_output=False), "1": RowwiseParallel()}
    return parallelize_module(layers, mesh, plan)[0](torch.ones(2, 4)).square().mean()


def fully_sharded(plain):
    model = nn.Module()
    model.weight = nn.Parameter(plain.clone() if plain.ndim else plain[None].clone())
    return fully_shard(model, mesh=mesh).weight


other = DeviceMesh("cpu", [1])


def elsewhere(plain):
    return DTensor.from_local(plain, other, [Replicate()], run_check=False)


def within_grad(plain):
    left = []
    func.grad(lambda x: (left.append(x), x.sum())[1])(partial(plain))
    return left[0]


kinds = {
    "replicated": (lambda t: distribute_tensor(t, mesh, [Replicate()]), None),
    "replicated parameter": (lambda t: nn.Parameter(distribute_tensor(t, mesh, [Replicate()])), None),
    "summed": (lambda t: partial(t).redistribute(placements=[Replicate()]), None),
    "gathered": (lambda t: partial(t).full_tensor(), None),
    "under way": (lambda t: all_reduce(t / 2, "sum", mesh), None),
    "partial": (partial, "full_tensor"),
    "partial, largest": (lambda t: DTensor.from_local(t, mesh, [Partial("max")]), "full_tensor"),
    "partial, averaged": (lambda t: DTensor.from_local(t, mesh, [Partial("avg")]), "full_tensor"),
    "shard": (sharded, "full_tensor"),
    "sum of shards": (reduced("sum"), "full_tensor"),
    "mean of shards": (reduced("mean"), "full_tensor"),
    "largest of shards": (reduced("max"), "full_tensor"),
    "output of parallel layers": (parallel, "full_tensor"),
    "elsewhere": (elsewhere, "its mesh"),
    "fully_shard": (fully_sharded, "full_tensor"),
    "within a functional": (lambda t: torch._to_functional_tensor(partial(t)), "full_tensor"),
    "escaped from grad": (within_grad, "full_tensor"),
    "two axes": (
        lambda t: distribute_tensor(t, DeviceMesh("cpu", [[0], [1]]), [Replicate(), Shard(0)]),
        "full_tensor",
    ),
}
of_numbers = {"partial, averaged", "partial, largest", "mean of shards", "largest of shards", "output of parallel layers"}
made = {}
for kind, (make, _) in kinds.items():
    for name in NUMBERS if kind in of_numbers else calls:
        plain = plain_for(name)
        if kind == "two axes" and plain.ndim == 0:
            plain = plain.reshape(1)
        made[kind, name] = make(plain)
# Both have made all; from here on rank 0 is alone, and a collective would wait for ever.
distributed.barrier()
if rank == 0:
    for (kind, name), value in made.items():
        _, remedy = kinds[kind]
        call, found = calls[name], None
        found = outcome(call, value)
        if remedy is None:
            assert found == outcome(call, plain_for(name)), (kind, name, found)
        elif name in PARTS_ARE_ASKED_FOR and not isinstance(found, Exception):
            # A part is what it logs; a summand is none, and what is elsewhere has no part here.
            nothing = kind == "elsewhere" or any(one.is_partial() for one in value.placements)
            assert (found[0]["."] == []) == nothing, kind
        else:
            assert isinstance(found, ValueError), (kind, name, found)
            assert remedy in str(found), (kind, name, found)
        print(f"{kind}: {name}: {'the value' if remedy is None else str(found)[:100]}")
sys.stdout.flush()
distributed.destroy_process_group()
"""


JAX = """
import socket, sys, time
from pathlib import Path
from tests.python.inputs.value_calls import LISTS, NUMBERS, outcome
import jax
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

directory, rank = sys.argv[1], int(sys.argv[2])
said = Path(directory, "port")
if rank == 0:
    # No other process gets the port while this socket is there; the coordinator takes it as well.
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    holder.bind(("127.0.0.1", 0))
    Path(directory, "new").write_text(str(holder.getsockname()[1]))
    Path(directory, "new").rename(said)
while not said.exists():
    time.sleep(0.05)
jax.distributed.initialize(f"127.0.0.1:{said.read_text()}", 2, rank)
mesh = jax.make_mesh((2,), ("x",))


def spread(plain, *axes):
    sharding = NamedSharding(mesh, PartitionSpec(*axes))
    return jax.make_array_from_callback(plain.shape, sharding, lambda place: plain[place])


calls = {**{name: ((2,), call) for name, call in NUMBERS.items()}, **LISTS}
for name, (shape, call) in calls.items():
    plain = (np.arange(np.prod(shape)) % 4 / 4).astype(np.float32).reshape(shape)
    whole = plain if name in LISTS else np.float32(2)
    same = outcome(call, spread(np.asarray(whole)))
    assert same == outcome(call, whole), (name, same)
    if 2 not in shape and 4 not in shape:
        continue
    axes = [None] * len(shape)
    axes[-1 if shape[-1] in (2, 4) else shape.index(4)] = "x"
    part = spread(plain, *axes)
    assert not part.is_fully_addressable
    error = outcome(call, part)
    assert isinstance(error, ValueError) and "process_allgather" in str(error), (name, error)
    print(f"jax: {name}: {str(error)[:80]}")
"""


@pytest.mark.numpy_2
def test_arrays_of_jax_in_two_processes(tmp_path):
    said, _ = run_ranks(JAX, tmp_path)
    print(said)
    assert said.count("jax: ") > 20


def test_every_kind_of_placement(tmp_path):
    said, _ = run_ranks(PROGRAM, tmp_path)
    print(said)
    assert said.count(": add_scalar: ") == 18
