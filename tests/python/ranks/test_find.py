"""Which rank a process is: arguments, frameworks, launchers' variables, and what contradicts what."""

import subprocess
import sys
import warnings

import pytest
from tests.python.support.ranks import run_ranks

from tensorbolt.ranks._find import LAUNCHERS, find

RESTARTED = {"TORCHELASTIC_RESTART_COUNT": "3"}


def found(*arguments, **environment):
    """Rank and size, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return find(*arguments, environment=environment)[:2]


def test_without_a_launcher_there_is_one_rank():
    assert found() == found(**RESTARTED) == (0, 1)


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_variables_of_each_launcher(launcher):
    rank, size = LAUNCHERS[launcher]
    assert found(**{rank: "5", size: "8"}) == (5, 8)
    place = find(environment={rank: " 5", size: "8\n", **RESTARTED})
    assert place[:2] == (5, 8)
    assert launcher in str(place)
    assert rank in str(place)


@pytest.mark.parametrize(
    "texts", [("5", ""), ("", "8"), ("8", "8"), ("-1", "8"), ("five", "8"), ("٥", "8")]
)
def test_variables_that_mean_something_else(texts):
    assert found(RANK=texts[0], WORLD_SIZE=texts[1]) == (0, 1)


def test_only_the_innermost_launcher_counts():
    """Slurm starts a torchrun for each machine; mpirun inherits the variables of the script that calls it."""
    slurm = {"SLURM_PROCID": "1", "SLURM_NTASKS": "2"}
    assert found(**slurm, RANK="11", WORLD_SIZE="16") == (11, 16)
    mpi = {"OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_SIZE": "8"}
    assert found(SLURM_PROCID="0", SLURM_NTASKS="8", **mpi) == (3, 8)


def test_arguments_come_first():
    assert found(3, 8, RANK="3", WORLD_SIZE="8") == (3, 8)
    # Slurm started one process for each machine, which made the others itself.
    assert found(3, 8, SLURM_PROCID="0", SLURM_NTASKS="2") == (3, 8)
    assert found(3, RANK="3", WORLD_SIZE="8") == (3, 8)
    assert found(3) == (3, None)


@pytest.mark.parametrize(
    "environment",
    [
        {"RANK": "2", "WORLD_SIZE": "8"},
        {"RANK": "3", "WORLD_SIZE": "16"},
        {"PMI_RANK": "5", "PMI_SIZE": "8"},
    ],
)
def test_a_contradiction_names_both(environment):
    with pytest.warns(RuntimeWarning) as caught:
        assert find(3, 8, environment=environment)[:2] == (3, 8)
    (warning,) = caught
    rank, size = environment.values()
    assert "rank 3 of 8 (the argument rank)" in str(warning.message)
    assert f"rank {rank} of {size} ({next(iter(environment))}" in str(warning.message)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        (("3", 8), TypeError, "rank must be an integer or None, not '3'"),
        ((True, 8), TypeError, "rank must be an integer or None, not True"),
        ((0, 2.0), TypeError, "world_size must be an integer or None, not 2.0"),
        ((-1, 8), ValueError, "rank must be 0 or more, not -1"),
        ((0, 0), ValueError, "world_size must be 1 or more, not 0"),
        ((8, 8), ValueError, "rank must be below world_size 8, not 8"),
        ((None, 8), ValueError, "world_size 8 needs rank as well"),
    ],
)
def test_wrong_arguments(arguments, error, text):
    with pytest.raises(error, match=text):
        find(*arguments, environment={"RANK": "0", "WORLD_SIZE": "1"})


FRAMEWORKS = """
import os, sys, warnings
from tensorbolt.ranks._find import find

directory, rank = sys.argv[1], int(sys.argv[2])
assert find() == (0, 1, "no launcher was found")

import torch.distributed
assert find()[:2] == (0, 1)
torch.distributed.init_process_group("gloo", init_method=f"file://{directory}/store", rank=rank, world_size=2)
assert find() == (rank, 2, "torch.distributed"), find()

# The launcher may not agree.
os.environ["RANK"], os.environ["WORLD_SIZE"] = str(1 - rank), "2"
with warnings.catch_warnings(record=True) as caught:
    assert find()[:2] == (rank, 2)
assert "RANK and WORLD_SIZE, of torchrun" in str(caught[0].message)
del os.environ["RANK"]
torch.distributed.barrier()
torch.distributed.destroy_process_group()
assert find()[:2] == (0, 1)

import jax
assert find()[:2] == (0, 1)
if rank == 0:
    import socket
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = "127.0.0.1:%d" % free.getsockname()[1]
    with open(f"{directory}/written", "w") as file:
        file.write(address)
    os.rename(f"{directory}/written", f"{directory}/address")
else:
    import time
    while not os.path.exists(f"{directory}/address"):
        time.sleep(0.05)
    address = open(f"{directory}/address").read()
jax.distributed.initialize(address, num_processes=2, process_id=rank)
assert find() == (rank, 2, "jax.distributed"), find()
from jax._src import xla_bridge
assert not xla_bridge._backends, "devices are in use now"
jax.distributed.shutdown()
"""


def test_process_groups_of_torch_and_jax(tmp_path):
    run_ranks(FRAMEWORKS, tmp_path)


def test_nothing_is_imported():
    program = "import sys; from tensorbolt.ranks._find import find; find(); print(*sys.modules)"
    command = [sys.executable, "-c", program]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert not {"torch", "jax", "ray", "tensorflow"} & set(loaded.split())
