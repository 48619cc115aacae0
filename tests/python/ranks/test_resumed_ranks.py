"""`resume` with `ranks="reduce"`: the curves of all ranks go on from the step."""

import pytest
from tests.python.files.test_resume import from_node_ahead, log
from tests.python.ranks.test_ranks import points

from tensorbolt import SummaryWriter


def write(directory, steps, value, resume):
    """Two ranks in one process; the first to close is not rank 0, which waits for it."""
    writers = [
        SummaryWriter(directory, ranks="reduce", rank=rank, world_size=2, resume=resume)
        for rank in range(2)
    ]
    for step in steps:
        for rank, writer in enumerate(writers):
            writer.add_scalar("loss", step + value + rank, step)
    for writer in reversed(writers):
        writer.close()


def test_the_curves_go_on(tmp_path):
    write(tmp_path, range(5), 0, None)
    from_node_ahead(tmp_path)
    write(tmp_path, range(3, 6), 10, 3)
    mean = [(step, step + 0.5) for step in range(3)]
    mean += [(step, step + 10.5) for step in range(3, 6)]
    assert points(tmp_path, "loss") == mean
    assert points(tmp_path, "ranks/max/loss") == [(at, y + 0.5) for at, y in mean]


def test_a_step_is_needed(tmp_path):
    with pytest.raises(
        ValueError, match="pass the step of the checkpoint as resume, the same on all"
    ):
        log(
            tmp_path / "run", [1], ranks="reduce", rank=0, world_size=1, resume=True
        )  # fmt: skip
    assert not (tmp_path / "run").exists()
