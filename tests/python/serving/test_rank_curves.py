"""Curves of ranks whose streams rank 0 has not reduced, as a run of their own. About two seconds."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.python.serving import providers
from tests.python.serving.answers import ALL, CONTEXT
from tests.python.support.helpers import wait_until

import tensorbolt
from tensorbolt import SummaryWriter

RANKS = 3
STEPS = 50
VALUES = np.random.default_rng(1).normal(size=(STEPS, RANKS))


def shown(board: Any) -> dict[str, Any]:
    """From run and tag to points."""
    asked = {"experiment_id": "", "plugin_name": "scalars", "downsample": ALL}
    read: dict[str, Any] = board.read_scalars(CONTEXT, **asked)
    return read


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A job whose rank 0 has written all curves."""
    top: Path = tmp_path_factory.mktemp("job") / "job"
    writers = [
        SummaryWriter(top, ranks="reduce", rank=rank, world_size=RANKS)
        for rank in range(RANKS)
    ]
    for step in range(STEPS):
        for rank, writer in enumerate(writers):
            writer.add_scalar("loss", VALUES[step, rank], step, display_name="Loss")
            # What a rank has logged is appended to the stream that they share.
            if step % 10 == 9:
                writer.flush()
    for writer in reversed(writers):
        writer.close()
    return top


def test_curves_that_rank_0_wrote_are_shown_once(job: Path) -> None:
    with providers.ours(job.parent) as stub:
        found = shown(providers.from_stub(stub))
    assert found.keys() == {"job"}
    assert {"loss", "ranks/min/loss", "ranks/max_rank/loss"} < found["job"].keys()


def test_streams_alone_become_curves(job: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    shutil.copytree(job / "ranks", log / "job/ranks")
    with SummaryWriter(log / "job") as writer:
        writer.add_text("note", "a rank 0 that was killed early", 0)
    with providers.ours(log) as stub:
        board = providers.from_stub(stub)
        found = shown(board)
        listed = board.list_scalars(CONTEXT, experiment_id="", plugin_name="scalars")
    assert found.keys() == {"job [ranks]"}
    expected = {
        "loss": VALUES.mean(axis=1),
        "ranks/min/loss": VALUES.min(axis=1),
        "ranks/max/loss": VALUES.max(axis=1),
        "ranks/std/loss": VALUES.std(axis=1),
        "ranks/p50/loss": np.median(VALUES, axis=1),
        "ranks/max_rank/loss": VALUES.argmax(axis=1),
    }
    assert found["job [ranks]"].keys() == expected.keys()
    for tag, points in found["job [ranks]"].items():
        assert [point.step for point in points] == [*range(STEPS)]
        np.testing.assert_array_equal(
            [point.value for point in points], np.float32(expected[tag])
        )
    assert listed["job [ranks]"]["loss"].display_name == "Loss"
    # The reader makes the same of them.
    table = tensorbolt.read(log, ranks="reduce", tags="loss").scalars
    np.testing.assert_array_equal(table["value"], VALUES.mean(axis=1))


def test_a_job_that_runs_is_followed_until_rank_0_writes(
    job: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    shutil.copytree(job / "ranks", log / "job/ranks")
    (stream,) = (log / "job/ranks").iterdir()
    data = stream.read_bytes()
    stream.write_bytes(data[: len(data) // 2])
    with SummaryWriter(log / "job") as writer:
        writer.add_text("note", "nothing yet", 0)
    with providers.started(log, 0.1) as (stub, _):
        board = providers.from_stub(stub)

        def steps() -> int:
            return len(shown(board).get("job [ranks]", {}).get("loss", ()))

        wait_until(lambda: 0 < steps() < STEPS)
        with stream.open("ab") as file:
            file.write(data[len(data) // 2 :])
        wait_until(lambda: steps() == STEPS)
        (events,) = (path for path in job.iterdir() if "tfevents" in path.name)
        shutil.copy(events, log / "job")
        wait_until(lambda: shown(board).keys() == {"job"})
