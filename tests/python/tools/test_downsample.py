"""`tensorbolt downsample` leaves points of scalars out, and nothing else."""

import numpy as np
import pytest
from tests.python.support.helpers import WRITERS, event_files, records

import tensorbolt
from tensorbolt import cli

COLUMNS = ("run", "tag", "step", "wall_time", "value")


def rows(table):
    return [*zip(*(table[name].tolist() for name in COLUMNS), strict=True)]


@pytest.mark.parametrize("method", ["lttb", "minmax", "uniform"])
@pytest.mark.parametrize("kind", WRITERS)
def test_the_points_of_the_library_stay_and_all_other_events(kind, method, tmp_path):
    random = np.random.default_rng(3)
    for run in ("a", "b"):
        with WRITERS[kind](str(tmp_path / "in" / run)) as writer:
            for step in range(200):
                writer.add_scalar("loss", random.random(), step)
                writer.add_histogram("weights", random.random(8), step)
            writer.add_scalar("short", 1.0, 0)
    command = ["downsample", str(tmp_path / "in"), "-o", str(tmp_path / "out")]
    assert cli.main([*command, "-n", "20", "--method", method]) == 0
    expected = tensorbolt.read(tmp_path / "in").scalars.downsample(20, method)
    made = tensorbolt.read(tmp_path / "out", restarts="keep", duplicates="all")
    assert rows(made.scalars) == rows(expected)
    assert tensorbolt.verify(tmp_path / "out").ok
    for run in ("a", "b"):
        before, after = (
            [
                event
                for event in records(event_files(tmp_path / log / run)[0])
                if not any(value.tag == "loss" for value in event.summary.value)
            ]
            for log in ("in", "out")
        )
        assert after == before


def test_a_number_of_points_below_one_is_an_error(tmp_path, capsys):
    with tensorbolt.SummaryWriter(tmp_path / "in") as writer:
        writer.add_scalar("a", 1.0, 1)
    command = ["downsample", str(tmp_path / "in"), "-o", str(tmp_path / "out")]
    with pytest.raises(SystemExit) as ended:
        cli.main([*command, "-n", "0"])
    assert ended.value.code == 2
    assert "not a number of at least 1" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
