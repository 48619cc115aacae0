"""A log that grows, and whose files are replaced, cut and removed, while it is served."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.python.serving import odd_logs, providers
from tests.python.serving.answers import ALL, CONTEXT, collect
from tests.python.serving.odd_logs import simple, write_file
from tests.python.support.helpers import wait_until

from tensorbolt._core import encode_record

INTERVAL = 0.1
NAME = "events.out.tfevents.1700000000.h"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def board(log: Path) -> Iterator[Any]:
    log.mkdir()
    with providers.started(log, INTERVAL) as (stub, _):
        yield providers.from_stub(stub)


def shown(board: Any) -> dict[tuple[str, str], list[tuple[int, float]]]:
    """From run and tag to steps and values."""
    runs = board.read_scalars(
        CONTEXT, experiment_id="", plugin_name="scalars", downsample=ALL
    )
    return {
        (run, tag): [(point.step, point.value) for point in points]
        for run, tags in runs.items()
        for tag, points in tags.items()
    }


def shows(board: Any, expected: dict[tuple[str, str], list[tuple[int, float]]]) -> None:
    """Wait until just this is shown."""
    wait_until(lambda: shown(board) == expected)
    listed = board.list_scalars(CONTEXT, experiment_id="", plugin_name="scalars")
    about = {(run, tag): one for run, tags in listed.items() for tag, one in tags.items()}  # fmt: skip
    assert about.keys() == expected.keys()
    for key, points in expected.items():
        assert about[key].max_step == max(step for step, _ in points)
    runs = board.list_runs(CONTEXT, experiment_id="")
    assert {run.run_name for run in runs} >= {run for run, _ in expected}


def record(step: int, value: float) -> bytes:
    return encode_record(simple("loss", value, step).SerializeToString())


def test_points_runs_and_tags_come(board: Any, log: Path) -> None:
    shows(board, {})
    write_file(log / "a", 0, simple("loss", 1.0, 0))
    shows(board, {("a", "loss"): [(0, 1.0)]})
    path = log / "a" / NAME
    with path.open("ab") as file:
        file.write(record(1, 2.0))
        file.flush()
        shows(board, {("a", "loss"): [(0, 1.0), (1, 2.0)]})
        # Half a record is none.
        whole = record(2, 3.0)
        file.write(whole[:10])
        file.flush()
        write_file(log / "b" / "deep", 0, simple("other", 4.0, 7))
        expected = {("a", "loss"): [(0, 1.0), (1, 2.0)], ("b/deep", "other"): [(7, 4.0)]}  # fmt: skip
        shows(board, expected)
        file.write(whole[10:])
        file.flush()
        expected["a", "loss"].append((2, 3.0))
        shows(board, expected)
    write_file(log / "a", 1, simple("loss", 5.0, 3), simple("new", 6.0, 0))
    expected["a", "loss"].append((3, 5.0))
    expected["a", "new"] = [(0, 6.0)]
    shows(board, expected)


def test_a_file_is_replaced(board: Any, log: Path) -> None:
    write_file(log / "a", 0, *(simple("loss", step, step) for step in range(20)))
    shows(board, {("a", "loss"): [(step, step) for step in range(20)]})
    # A longer one of another run, which ends where the old one did not.
    write_file(log / "new", 0, *(simple("other", -step, step) for step in range(50)))
    (log / "new" / NAME).replace(log / "a" / NAME)
    (log / "new").rmdir()
    shows(board, {("a", "other"): [(step, -step) for step in range(50)]})


def test_a_file_is_cut_and_goes_on(board: Any, log: Path) -> None:
    write_file(log / "a", 0, *(simple("loss", step, step) for step in range(20)))
    path = log / "a" / NAME
    shows(board, {("a", "loss"): [(step, step) for step in range(20)]})
    os.truncate(path, path.stat().st_size - 5 * len(record(0, 1.0)))
    shows(board, {("a", "loss"): [(step, step) for step in range(15)]})
    with path.open("ab") as file:
        file.write(record(15, -1.0))
    shows(board, {("a", "loss"): [*((step, step) for step in range(15)), (15, -1.0)]})


def test_files_and_runs_are_removed(board: Any, log: Path) -> None:
    write_file(log / "a", 0, simple("loss", 1.0, 0))
    write_file(log / "a", 1, simple("loss", 2.0, 1))
    write_file(log / "b", 0, simple("loss", 3.0, 0))
    expected = {("a", "loss"): [(0, 1.0), (1, 2.0)], ("b", "loss"): [(0, 3.0)]}
    shows(board, expected)
    (log / "b" / NAME).unlink()
    (log / "b").rmdir()
    del expected["b", "loss"]
    shows(board, expected)
    runs = board.list_runs(CONTEXT, experiment_id="")
    assert [run.run_name for run in runs] == ["a"]
    (log / "a" / NAME).unlink()
    shows(board, {("a", "loss"): [(1, 2.0)]})


def test_restarts_are_shown_live_as_they_are_later(board: Any, tmp_path: Path) -> None:
    """A server that saw a run grow shows what one shows that finds it whole."""
    log = tmp_path / "log"
    whole = tmp_path / "whole"
    odd_logs.write_restarts(whole)
    for path in sorted(whole.rglob("*tfevents*"), key=lambda path: path.name):
        copy = log / path.relative_to(whole)
        copy.parent.mkdir(parents=True, exist_ok=True)
        data = path.read_bytes()
        # In two parts, the first of which ends in the middle of a record.
        with copy.open("wb") as file:
            for part in (data[: len(data) // 2], data[len(data) // 2 :]):
                file.write(part)
                file.flush()
                board.list_runs(CONTEXT, experiment_id="")
    with providers.ours(whole) as stub:
        expected = collect(providers.from_stub(stub))
    wait_until(lambda: collect(board) == expected)
