"""Memory is bounded by `max_buffer` and a constant, whatever is logged and whatever the store does.

The peak of a process of its own is measured, as the kernel counts it. `TENSORBOLT_LONG=1` does ten to a hundred times
as much with the same limits.
"""

import os

import pytest
from tests.python.support.helpers import python

LONG = os.environ.get("TENSORBOLT_LONG") == "1"

BEGINNING = """
import resource, sys, warnings
import numpy as np
import tensorbolt

warnings.simplefilter("ignore")
MIB = 2**20

def resident():
    for line in open("/proc/self/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024

def peak():
    # Not ru_maxrss, which begins with the value of the process that started this one.
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024

"""
CONSTANT = 48
"""MiB in addition to `max_buffer`: spare capacity of buffers, stacks, what lanes work on, the allocator's reserve."""


@pytest.mark.parametrize("on_full", ["drop", "block"])
def test_a_store_that_takes_nothing(tmp_path, on_full):
    """Far more than `max_buffer` is logged while every write fails."""
    python(
        BEGINNING
        + """
writer = tensorbolt.SummaryWriter(sys.argv[1], max_buffer=32 * MIB, on_full=sys.argv[2], stall_timeout=0.2)
image = np.random.default_rng(0).integers(0, 255, (3, 256, 256), np.uint8)
writer.add_image("warm", image)
writer.add_histogram("warm", image)
writer.flush()
resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
before = resident()
text = "x" * 10_000
for number in range(int(sys.argv[3])):
    writer.add_scalar(f"tag {number % 100}", number, number)
    writer.add_text("text", text, number)
    writer.add_image("image", image, number)
    writer.log({f"{number}/{key}": 1.0 for key in range(100)}, number)
stats = writer.stats()
assert stats["dropped"] > 0, stats
assert stats["pending_bytes"] <= 33 * MIB, stats
grown = peak() - before
assert grown < (32 + int(sys.argv[4])) * MIB, (grown / MIB, stats)
""",
        tmp_path / "run",
        on_full,
        5_000 if LONG else 500,
        CONSTANT,
    )


# What is done, how often, and how often for LONG.
LOADS = {
    "scalars": ("writer.add_scalar('loss', 1.0, number)", 1_000_000, 10_000_000),
    "scalars of ever new tags": (
        "writer.add_scalar(f'tag {number}', 1.0, number)",
        300_000,
        3_000_000,
    ),
    "mappings of ever new tags": (
        "writer.log({f'{number}/{key}': 1.0 for key in range(20)}, number)",
        20_000,
        200_000,
    ),
    "histograms of ever new tags": (
        "writer.add_histogram(f'tag {number}', [1.0, float('nan')], number)",
        30_000,
        300_000,
    ),
    "sub-runs": ("writer.add_scalars('g', {'a': 1.0}, number)", 200_000, 1_000_000),
    "rows of hyperparameters": (
        "writer.add_hparams({'a': number}, {'m': 1.0}, run_name=f'r{number % 20}')",
        2_000,
        20_000,
    ),
    "embeddings": ("writer.add_embedding(points, global_step=number % 3)", 300, 10_000),
    "figures": ("writer.add_figure('f', figure, number, close=False)", 60, 10_000),
    "images": ("writer.add_image('i', image, number)", 1_000, 100_000),
    "wrong arguments": (
        "wrong(writer, number)",
        50_000,
        1_000_000,
    ),
}
GROWTH = {"sub-runs": 24, "scalars of ever new tags": 8}
"""MiB: 100,000 points of a curve are kept for `export_scalars_to_json`."""


@pytest.mark.parametrize("load", LOADS)
@pytest.mark.timeout(3600 if LONG else 120)
def test_nothing_grows(tmp_path, load):
    """The second half of the work needs no more memory than the first."""
    work, count, long = LOADS[load]
    python(
        BEGINNING
        + f"""
from contextlib import suppress

image = np.zeros((3, 32, 32), np.uint8)
points = np.eye(4)
if "figure" in {work!r}:
    from matplotlib.figure import Figure
    figure = Figure((1, 1), dpi=30)
    figure.subplots().plot([0, 1])

def wrong(writer, number):
    with suppress(ValueError):
        writer.add_scalar(f"tag {{number}}", "no number", number)
    with suppress(ValueError):
        writer.add_image(f"tag {{number}}", points[0], number)

def do(first, last):
    for number in range(first, last):
        {work}
    writer.flush()

writer = tensorbolt.SummaryWriter(sys.argv[1], max_buffer=4 * MIB)
half = int(sys.argv[2]) // 2
do(0, half)
before = resident()
do(half, 2 * half)
grown = resident() - before
assert grown < int(sys.argv[3]) * MIB, grown / MIB
assert writer.stats()["dropped"] == 0
writer.close()
""",
        tmp_path / "run",
        long if LONG else count,
        GROWTH.get(load, 8),
        timeout=3600 if LONG else 120,
    )


def test_points_kept_for_export_are_thinned(tmp_path):
    """Difference P131: `scalar_dict` has a limit, and says so once."""
    python(
        BEGINNING
        + """
import json
from tensorbolt.writer._base import MAX_KEPT

writer = tensorbolt.SummaryWriter(sys.argv[1])
with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    for number in range(MAX_KEPT + MAX_KEPT // 2 + 10):
        writer.add_scalars("g", {"k": number}, number)
(points,) = writer.scalar_dict.values()
assert len(points) == MAX_KEPT // 2 + 10
steps = [step for _, step, _ in points]
assert steps == sorted(set(steps)) and steps[0] == 0 and steps[-1] == MAX_KEPT + MAX_KEPT // 2 + 9
assert len(warned) == 1 and "every second" in str(warned[0].message)
writer.export_scalars_to_json(sys.argv[1] + ".json")
assert len(json.load(open(sys.argv[1] + ".json"))[sys.argv[1] + "/g_k"]) == len(points)
assert writer.scalar_dict == {}
writer.close()
""",
        tmp_path / "run",
    )
