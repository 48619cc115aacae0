"""Norms of gradients whose parts lie in two processes."""

from tests.python.support.ranks import run_ranks

PROGRAM = """
import sys
import torch
from torch import distributed, nn
from torch.distributed.tensor import DeviceMesh, Shard, distribute_tensor
from tensorbolt import SummaryWriter, insight

directory, rank = sys.argv[1], int(sys.argv[2])
distributed.init_process_group("gloo", init_method=f"file://{directory}/store", rank=rank, world_size=2)
torch.manual_seed(0)
whole = nn.Sequential(nn.Linear(5, 3), nn.ReLU(), nn.Linear(3, 3))
whole(torch.arange(20.0).reshape(4, 5)).square().sum().backward()
# As fully_shard spreads them; three rows on two processes, so parts are of different sizes.
mesh, model = DeviceMesh("cpu", range(2)), nn.Module()
for name, value in whole.named_parameters():
    spread = nn.Parameter(distribute_tensor(value.detach(), mesh, [Shard(0)]))
    spread.grad = distribute_tensor(value.grad, mesh, [Shard(0)])
    model.register_parameter(name.replace(".", "_"), spread)
with SummaryWriter(f"{directory}/run", write_to_disk=rank == 0) as writer:
    found = insight.add_gradient_norms(writer, model)
    expected = insight.add_gradient_norms(writer, whole, tag="whole")
distributed.destroy_process_group()
found, expected = (torch.tensor(list(numbers.values())) for numbers in (found, expected))
torch.testing.assert_close(found, expected)
assert len(found) == 5 and found.min() > 0
"""


def test_gradients_spread_over_processes(tmp_path):
    run_ranks(PROGRAM, tmp_path)
