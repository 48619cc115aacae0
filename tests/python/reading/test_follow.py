"""Logs that grow while they are read: `follow`, `position` and `since`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tests.python.support.summaries import of_plugin

import tensorbolt
from tensorbolt import SummaryWriter
from tensorbolt.reading import Log, Scalars

INTERVAL = 0.02

GROWING = """
import sys
from {module} import SummaryWriter
with SummaryWriter(sys.argv[1]) as writer:
    for step in range(3):
        sys.stdin.readline()
        for tag in ("loss", "accuracy"):
            writer.add_scalar(tag, step / 4, step)
        writer.flush()
        print("written", flush=True)
"""


def event_file(directory: Path) -> Path:
    (file,) = directory.glob("*tfevents*")
    return file


def write(directory: Path, *steps: int, value: float = 0.5) -> None:
    with SummaryWriter(directory, filename_suffix=f".{value}") as writer:
        for step in steps:
            writer.add_scalar("loss", value, step)


def steps(table: Scalars | Log) -> list[int]:
    scalars = table.scalars if isinstance(table, Log) else table
    return [int(step) for step in scalars["step"]]


def collect(tables: Iterator[Scalars], rows: int) -> list[Scalars]:
    """Tables until there are so many rows."""
    found: list[Scalars] = []
    while sum(map(len, found)) < rows:
        found.append(next(tables))
    assert sum(map(len, found)) == rows
    return found


@pytest.mark.parametrize("module", ["tensorbolt", "torch.utils.tensorboard"])
def test_points_of_another_process_come_once(tmp_path: Path, module: str) -> None:
    tables = tensorbolt.read(tmp_path).follow(INTERVAL)
    program = GROWING.format(module=module)
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "run")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for step in range(3):
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == "written\n"
            rows = [
                row
                for table in collect(tables, 2)
                for row in zip(*table.to_numpy().values(), strict=True)
            ]
            assert sorted((run, tag, at, value) for run, tag, at, _, value in rows) == [
                ("run", "accuracy", step, step / 4),
                ("run", "loss", step, step / 4),
            ]
    assert process.returncode == 0


def test_many_runs_grow(tmp_path: Path) -> None:
    runs = [f"run{number:03}" for number in range(100)]
    for run in runs:
        write(tmp_path / run, 0)
    log = tensorbolt.read(tmp_path)
    tables = log.follow(INTERVAL)
    assert len(next(tables)) == 100
    for run in runs:
        write(tmp_path / run, 1, value=0.25)
    table = next(tables)
    assert table["run"].tolist() == runs
    assert steps(table) == [1] * 100


def test_a_log_that_was_read_goes_on_from_there(tmp_path: Path) -> None:
    write(tmp_path, 0, 1)
    log = tensorbolt.read(tmp_path)
    assert steps(log) == [0, 1]
    tables = log.follow(INTERVAL)
    write(tmp_path, 2, value=0.25)
    assert steps(next(tables)) == [2]
    assert steps(log) == [0, 1]
    assert log.reload()
    assert steps(log) == [0, 1, 2]
    # `reload` ended it.
    assert list(tables) == []


def test_restarts_and_repeated_steps_are_given_out(tmp_path: Path) -> None:
    write(tmp_path, 0, 1, 2, 1, 1)
    assert steps(next(tensorbolt.read(tmp_path).follow(INTERVAL))) == [0, 1, 2, 1, 1]


def test_a_token_goes_on_in_another_process(tmp_path: Path) -> None:
    write(tmp_path / "logs" / "run", 0, 1)
    program = "import sys, tensorbolt; log = tensorbolt.read('logs'); log.scalars; print(log.position)"
    token = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    logdir = tmp_path / "logs"
    log = tensorbolt.read(logdir, since=token)
    assert log.position == token
    assert len(log.scalars) == 0
    write(logdir / "run", 2, value=0.25)
    write(logdir / "new", 7)
    again = tensorbolt.read(logdir, since=token)
    assert again.scalars["run"].tolist() == ["new", "run"]
    assert steps(again) == [7, 2]
    assert steps(next(tensorbolt.read(logdir, since=token).follow(INTERVAL))) == [7, 2]
    assert len(tensorbolt.read(logdir, since=again.position).scalars) == 0


def of_every_kind(step: int) -> list[Event]:
    """A value of each tag; only those of step 0 have metadata, as those of TensorFlow 2."""
    values = {
        "loss": ("scalars", np.float32(1)),
        "accuracy": ("scalars", np.float32(2)),
        "words": ("text", np.array(b"x", object)),
        "weights": ("histograms", np.ones((2, 3))),
    }
    events = [of_plugin(tag, *value, step) for tag, value in values.items()]
    for event in events if step else ():
        event.summary.value[0].ClearField("metadata")
    return events


@pytest.mark.parametrize("later", [None, "loss", "words", "w*"], ids=str)
@pytest.mark.parametrize("first", [None, "loss", "words", "w*"], ids=str)
def test_a_token_serves_any_choice_of_tags(
    first: str | None, later: str | None, tmp_path: Path
) -> None:
    """What comes after it is there once, and of its kind, also of tags that were not asked for before."""
    kinds = {
        "accuracy": "scalars",
        "loss": "scalars",
        "weights": "histograms",
        "words": "text",
    }
    writer = EventFileWriter(str(tmp_path))
    for step in range(2):
        for event in of_every_kind(step):
            writer.add_event(event)
    writer.flush()
    log = tensorbolt.read(tmp_path, tags=first)
    assert len(log.tags)
    token = log.position
    for event in of_every_kind(2):
        writer.add_event(event)
    writer.close()
    table = tensorbolt.read(tmp_path, tags=later, since=token).tags
    wanted = [
        (tag, kind, 1, 2, 2)
        for tag, kind in kinds.items()
        if later is None or tag == later or (later == "w*" and tag.startswith("w"))
    ]
    names = ("tag", "kind", "count", "first_step", "last_step")
    columns = (table[name].tolist() for name in names)
    assert list(zip(*columns, strict=True)) == wanted


def points(logdir: Path, token: str) -> list[tuple[str, int]]:
    """The run and the step of what came after a token."""
    table = tensorbolt.read(logdir, since=token).scalars
    return list(zip(table["run"].tolist(), steps(table), strict=True))


def test_a_token_keeps_the_runs_that_a_later_read_leaves_out(tmp_path: Path) -> None:
    write(tmp_path / "a", 0)
    write(tmp_path / "b", 0)
    log = tensorbolt.read(tmp_path)
    assert steps(log) == [0, 0]
    token = log.position
    for run in ("a", "b", "c"):
        write(tmp_path / run, 1, value=0.25)
    log = tensorbolt.read(tmp_path, runs="a", since=token)
    assert points(tmp_path, log.position) == [("a", 1), ("b", 1), ("c", 1)]
    assert steps(log) == [1]
    assert points(tmp_path, log.position) == [("b", 1), ("c", 1)]
    tables = log.follow(INTERVAL)
    write(tmp_path / "a", 2, value=0.75)
    assert steps(next(tables)) == [2]
    assert points(tmp_path, log.position) == [("b", 1), ("c", 1)]
    # A file that is gone is forgotten, also one that an earlier process read.
    size = len(log.position)
    for file in (tmp_path / "b").iterdir():
        file.unlink()
    assert log.reload()
    assert len(log.position) < size
    assert points(tmp_path, log.position) == [("c", 1)]


def test_what_a_token_covers_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, *range(100))
    file = event_file(tmp_path)
    log = tensorbolt.read(tmp_path)
    assert len(log.scalars) == 100
    token = log.position
    # Damage before the position is not met again, so these bytes are not read.
    data = bytearray(file.read_bytes())
    size = len(data)
    data[size // 2] ^= 255
    with file.open("r+b") as opened:
        opened.write(data)
        opened.seek(0, os.SEEK_END)
        opened.write(b"\1")
    again = tensorbolt.read(tmp_path, since=token)
    assert [
        (int(offset), reason)
        for offset, reason in zip(
            again.damage["offset"], again.damage["reason"], strict=True
        )
    ] == [(size, "the file ends inside a record")]


def test_a_position_follows_what_was_given_out(tmp_path: Path) -> None:
    write(tmp_path, 0)
    log = tensorbolt.read(tmp_path)
    start = log.position
    tables = log.follow(INTERVAL)
    next(tables)
    after = log.position
    write(tmp_path, 1, value=0.25)
    assert steps(tensorbolt.read(tmp_path, since=start)) == [0, 1]
    assert steps(tensorbolt.read(tmp_path, since=after)) == [1]
    next(tables)
    assert steps(tensorbolt.read(tmp_path, since=log.position)) == []


@pytest.mark.parametrize("is_shorter", [True, False])
@pytest.mark.parametrize("keeps_inode", [True, False])
def test_files_that_were_written_again_are_read_from_their_start(
    tmp_path: Path, is_shorter: bool, keeps_inode: bool
) -> None:
    logdir = tmp_path / "logs"
    write(logdir, 0, 1, 2)
    file = event_file(logdir)
    log = tensorbolt.read(logdir)
    tables = log.follow(INTERVAL)
    assert steps(next(tables)) == [0, 1, 2]
    token = log.position
    write(tmp_path / "other", *([5, 6] if is_shorter else [5, 6, 7, 8]), value=0.25)
    other = event_file(tmp_path / "other")
    if keeps_inode:
        file.write_bytes(other.read_bytes())
    else:
        other.replace(file)
    wanted = [5, 6] if is_shorter else [5, 6, 7, 8]
    assert steps(tensorbolt.read(logdir, since=token)) == wanted
    assert steps(next(tables)) == wanted


def test_files_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    write(tmp_path / "a", 0)
    write(tmp_path / "b", 0)
    log = tensorbolt.read(tmp_path)
    tables = log.follow(INTERVAL)
    assert len(next(tables)) == 2
    token = log.position
    event_file(tmp_path / "a").unlink()
    write(tmp_path / "b", 1, value=0.25)
    table = next(tables)
    assert table["run"].tolist() == ["b"]
    again = tensorbolt.read(tmp_path, since=token)
    assert [run.name for run in again.runs] == ["b"]
    assert len(log.position) < len(token) + 40


def test_metadata_of_first_values_stays_known(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 0.5, 0, new_style=True)
        writer.flush()
        log = tensorbolt.read(tmp_path)
        tables = log.follow(INTERVAL)
        assert steps(next(tables)) == [0]
        token = log.position
        writer.add_scalar("loss", 0.25, 1, new_style=True)
        writer.flush()
        assert steps(next(tables)) == [1]
        assert steps(tensorbolt.read(tmp_path, since=token)) == [1]


def test_wrong_arguments_say_what_is_right(tmp_path: Path) -> None:
    log = tensorbolt.read(tmp_path)
    for interval in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="interval must be"):
            log.follow(interval)
    with pytest.raises(ValueError, match="read without scalars"):
        tensorbolt.read(tmp_path, kinds="images").follow()
    for token in ("", "nonsense", "tb1.", "tb9." + log.position[4:]):
        with pytest.raises(ValueError, match="since must be a token"):
            tensorbolt.read(tmp_path, since=token)
    with pytest.raises(TypeError, match="since must be a token"):
        tensorbolt.read(tmp_path, since=5)  # type: ignore[arg-type]
