"""`resume` with `ranks="reduce"`: the curves of all ranks go on from the step."""

import pytest
from tests.python.files.test_resume import from_node_ahead, log
from tests.python.ranks.test_ranks import points

from tensorbolt import SummaryWriter, read


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


@pytest.mark.parametrize("name", ["job", "./job", "a", "zz", None])
def test_the_reader_takes_the_values_of_all_ranks(tmp_path, monkeypatch, name):
    """However the directory is named: its event files hold the start of a session, which replaces no curve of the ranks."""
    monkeypatch.chdir(tmp_path)
    directory = name or str(tmp_path / "job")
    write(directory, range(5), 0, 0)
    write(directory, range(3, 6), 10, 3)
    for curves in read(directory, ranks="reduce"), read(tmp_path, ranks="reduce"):
        found = curves.scalars.where(tags="loss").to_numpy()
        assert found["step"].tolist() == [*range(6)]
        assert found["value"].tolist() == [0.5, 1.5, 2.5, 13.5, 14.5, 15.5]
        # After a look that finds nothing new too.
        curves.reload()
        found = curves.scalars.where(tags="loss").to_numpy()
        assert found["step"].tolist() == [*range(6)]


def test_a_step_is_needed(tmp_path):
    with pytest.raises(
        ValueError, match="pass the step of the checkpoint as resume, the same on all"
    ):
        log(
            tmp_path / "run", [1], ranks="reduce", rank=0, world_size=1, resume=True
        )  # fmt: skip
    assert not (tmp_path / "run").exists()
