"""Curves of ranks whose streams rank 0 has not reduced, as a run of their own. About three seconds."""

import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.python.serving import providers
from tests.python.serving.answers import ALL, CONTEXT
from tests.python.support.helpers import event_files, wait_until

import tensorbolt
from tensorbolt import SummaryWriter

RANKS = 3
STEPS = 50
RARE = (5, 45)
VALUES = np.random.default_rng(1).normal(size=(STEPS, RANKS))


def shown(board: Any) -> dict[str, Any]:
    """From run and tag to points."""
    asked = {"experiment_id": "", "plugin_name": "scalars", "downsample": ALL}
    read: dict[str, Any] = board.read_scalars(CONTEXT, **asked)
    return read


def log_job(
    top: Path, began: float, steps: range = range(STEPS), **options: Any
) -> Path:
    """A job whose rank 0 has written all curves; one step a second since it began."""
    writers = [
        SummaryWriter(top, ranks="reduce", rank=rank, world_size=RANKS, **options)
        for rank in range(RANKS)
    ]
    for step in steps:
        for rank, writer in enumerate(writers):
            value, at = VALUES[step, rank], began + step
            writer.add_scalar("loss", value, step, at, display_name="Loss")
            if step in RARE:
                writer.add_scalar("rare", value, step, at)
            # What a rank has logged is appended to the stream that they share.
            if step % 10 == 9:
                writer.flush()
    for writer in reversed(writers):
        writer.close()
    return top


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A job of long ago."""
    return log_job(tmp_path_factory.mktemp("job") / "job", 1.7e9)


def cut_events(job: Path) -> tuple[Path, bytes]:
    """Leave half of the event file, and return the file and its other half."""
    (events,) = event_files(job)
    data = events.read_bytes()
    half = len(data) // 2
    events.write_bytes(data[:half])
    return events, data[half:]


def steps_of(board: Any, run: str) -> list[int]:
    """Steps of the loss."""
    return [point.step for point in shown(board).get(run, {}).get("loss", ())]


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
    tags = found["job [ranks]"].keys()
    assert {tag for tag in tags if "rare" not in tag} == expected.keys()
    for tag, values in expected.items():
        points = found["job [ranks]"][tag]
        assert [point.step for point in points] == [*range(STEPS)]
        np.testing.assert_array_equal(
            [point.value for point in points], np.float32(values)
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
            return len(steps_of(board, "job [ranks]"))

        wait_until(lambda: 0 < steps() < STEPS)
        with stream.open("ab") as file:
            file.write(data[len(data) // 2 :])
        wait_until(lambda: steps() == STEPS)
        (events,) = (path for path in job.iterdir() if "tfevents" in path.name)
        shutil.copy(events, log / "job")
        wait_until(lambda: shown(board).keys() == {"job"})


def test_a_part_that_rank_0_has_written_is_not_all_that_is_shown(
    job: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    shutil.copytree(job, log / "job")
    events, rest = cut_events(log / "job")
    with providers.started(log, 0.1) as (stub, _):
        board = providers.from_stub(stub)
        wait_until(lambda: steps_of(board, "job [ranks]") == [*range(STEPS)])
        assert 0 < len(steps_of(board, "job")) < STEPS
        # Rank 0 comes back, or `tensorbolt reduce` adds the rest.
        with events.open("ab") as file:
            file.write(rest)
        wait_until(lambda: shown(board).keys() == {"job"})
        assert steps_of(board, "job") == [*range(STEPS)]


def test_a_rank_0_that_has_just_written_may_write_the_rest(tmp_path: Path) -> None:
    # However long the test takes.
    job = log_job(tmp_path / "log/job", time.time() + 3600)
    cut_events(job)
    with providers.ours(job.parent) as stub:
        board = providers.from_stub(stub)
        assert shown(board).keys() == {"job"}
        assert 0 < len(steps_of(board, "job")) < STEPS


def test_what_a_restart_replaced_is_not_missed(job: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    shutil.copytree(job, log / "job")
    log_job(log / "job", 1.7e9 + 1000, range(30, 40), purge_step=30)
    with providers.ours(log) as stub:
        found = shown(providers.from_stub(stub))
    assert found.keys() == {"job"}
    assert [point.step for point in found["job"]["loss"]] == [*range(40)]
    # It has not come again yet.
    assert [point.step for point in found["job"]["rare"]] == [5]
