"""A log of a thousand runs, with what makes reading hard."""

from pathlib import Path

import pandas as pd
import pytest

import tensorbolt
from tensorbolt import SummaryWriter

RUNS = 1000
COLUMNS = ["run", "tag", "step", "wall_time", "value"]


@pytest.fixture(scope="session")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of two tags and five steps; every hundredth was resumed at step 3 in a second file."""
    top = tmp_path_factory.mktemp("sweep")
    for run in range(RUNS):
        starts = (0, 3) if run % 100 == 0 else (0,)
        for start in starts:
            with SummaryWriter(top / f"group{run % 7}/run{run:04}") as writer:
                for step in range(start, start + 5):
                    writer.add_scalar("loss", run + step / 8 + start * 100, step)
                    writer.add_scalar("rate", 0.1 * step, step)
    return top


@pytest.fixture(scope="session")
def local(sweep: Path) -> pd.DataFrame:
    """What the local reader returns of it."""
    return plain(tensorbolt.read(sweep).scalars.to_pandas())


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame of the same columns, types and order, whichever engine made it."""
    types = {"run": object, "tag": object, "step": "int64", "value": "float64"}
    frame = frame[COLUMNS].astype(types)
    times = pd.to_datetime(frame["wall_time"].astype(object), utc=True)
    frame["wall_time"] = times.dt.as_unit("us")
    by = ["run", "tag", "step"]
    return frame.sort_values(by, kind="stable").reset_index(drop=True)


@pytest.fixture(scope="session")
def as_plain():
    return plain
