"""A disk that is full for a while: one warning, no exception, and nothing is lost."""

import contextlib
import subprocess

import numpy as np
import pytest
from tests.python.support.helpers import scalars, values, wait_until
from tests.python.support.machine import small_disk

import tensorbolt

SIZE = 1 << 20


@pytest.fixture
def disk(tmp_path):
    """A file system of one mebibyte."""
    with small_disk(tmp_path / "disk", SIZE) as place:
        yield place


def fill(disk):
    """Use up all space."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    return filler


def log(writer, begin, end):
    for step in range(begin, end):
        writer.add_scalar("some/tag", step, step)


def test_a_full_disk_warns_once_and_loses_nothing(disk):
    writer = tensorbolt.SummaryWriter(disk / "run")
    log(writer, 0, 10)
    writer.flush()
    filler = fill(disk)
    with pytest.warns(RuntimeWarning) as caught:
        log(writer, 10, 2000)
        writer.flush()
        wait_until(lambda: writer.stats()["errors"] > 2)
        log(writer, 2000, 2010)
        writer.flush()
    assert len(caught) == 1
    assert "No space left" in str(caught[0].message)
    stats = writer.stats()
    assert stats["errors"] > 2
    assert stats["dropped"] == 0
    assert stats["pending_bytes"] > 0
    assert "No space left" in stats["last_error"]
    filler.unlink()
    wait_until(lambda: writer.stats()["pending_bytes"] == 0)
    log(writer, 2010, 2020)
    writer.close()
    assert scalars(disk / "run") == [("some/tag", step, step) for step in range(2020)]
    assert writer.stats()["dropped"] == 0


def test_records_that_were_cut_are_completed(disk):
    """The disk fills in the middle of a large record."""
    writer = tensorbolt.SummaryWriter(disk / "run")
    with pytest.warns(RuntimeWarning, match="No space left"):
        for step in range(3):
            writer.add_text("t", chr(97 + step) * (SIZE // 2), step)
        writer.flush()
    subprocess.run(["mount", "-o", f"remount,size={8 * SIZE}", disk], check=True)
    wait_until(lambda: writer.stats()["pending_bytes"] == 0)
    writer.close()
    found = values(disk / "run")
    assert [value.tensor.string_val[0] for _, _, value in found] == [
        chr(97 + step).encode() * (SIZE // 2) for step in range(3)
    ]


def test_on_error_raise_raises_once(disk):
    writer = tensorbolt.SummaryWriter(disk / "run", on_error="raise")
    filler = fill(disk)
    with pytest.raises(OSError, match="No space left"):
        # One call: of many, a later one could meet the failure of those before it.
        writer.add_scalar_series("some/tag", range(2000), range(2000))
        writer.flush()
    writer.add_scalar("some/tag", 2000, 2000)
    writer.flush()
    filler.unlink()
    wait_until(lambda: writer.stats()["pending_bytes"] == 0)
    writer.close()
    assert scalars(disk / "run") == [("some/tag", step, step) for step in range(2001)]


def test_a_full_disk_at_the_end_gives_up_with_a_count(disk):
    writer = tensorbolt.SummaryWriter(disk / "run", stall_timeout=1)
    fill(disk)
    with pytest.warns(RuntimeWarning) as caught:
        log(writer, 0, 2000)
        # On a busy machine it could take longer than close() waits.
        wait_until(lambda: writer.stats()["errors"] > 0)
        writer.close()
    stats = writer.stats()
    # What still fitted into the file is none of it.
    (file,) = tensorbolt.verify(disk / "run").files
    whole = file.records - 1
    assert 0 < whole < 2000
    assert stats["dropped"] == 2000 - whole
    warned = [str(warning.message) for warning in caught]
    assert len(warned) == 2
    assert "No space left" in warned[0]
    assert "make room" in warned[0]
    assert f"{stats['dropped']} events" in warned[1]
    assert stats["pending_bytes"] == 0


def test_new_sub_runs_on_a_full_disk(disk):
    writer = tensorbolt.SummaryWriter(disk / "run")
    filler = fill(disk)
    with pytest.warns(RuntimeWarning, match="No space left"):
        for step in range(20):
            writer.add_scalars("g", {"a": step, "b": step}, step)
        writer.flush()
    filler.unlink()
    wait_until(lambda: writer.stats()["pending_bytes"] == 0)
    writer.close()
    assert [step for _, step, _ in scalars(disk / "run" / "g_a")] == list(range(20))


def test_a_full_buffer_drops_with_a_count(disk):
    writer = tensorbolt.SummaryWriter(disk / "run", max_buffer=100_000, on_full="drop")
    filler = fill(disk)
    with pytest.warns(RuntimeWarning) as caught:
        for step in range(300):
            writer.add_text("t", "x" * 1000, step)
            writer.add_image("i", np.zeros((3, 20, 20), np.uint8), step)
        writer.flush()
    assert {str(warning.message).split(":")[0] for warning in caught} == {"tensorbolt"}
    assert len(caught) == 2
    stats = writer.stats()
    assert stats["dropped"] > 100
    assert stats["pending_bytes"] <= 110_000
    filler.unlink()
    wait_until(lambda: writer.stats()["pending_bytes"] == 0)
    writer.add_text("t", "last", 300)
    writer.close()
    found = values(disk / "run")
    assert found[-1][1] == 300
    assert len(found) + stats["dropped"] == 601


def test_waiting_for_a_full_disk_ends(disk):
    writer = tensorbolt.SummaryWriter(disk / "run", max_buffer=100_000, stall_timeout=1)
    fill(disk)
    with pytest.warns(RuntimeWarning):
        for step in range(300):
            writer.add_text("t", "x" * 1000, step)
        writer.close()
    stats = writer.stats()
    assert stats["dropped"] > 100
    assert stats["blocked_seconds"] > 0.1


def test_a_sweep_loses_no_row(disk):
    writer = tensorbolt.SummaryWriter(disk / "run")
    filler = fill(disk)
    with pytest.warns(RuntimeWarning, match="No space left"):
        for number in range(20):
            writer.add_hparams({"number": number}, {"m": number}, f"trial{number}")
        writer.flush()
    filler.unlink()
    wait_until(lambda: writer.stats()["pending_bytes"] == 0)
    writer.close()
    assert writer.stats()["dropped"] == 0
    for number in range(20):
        assert len(values(disk / "run" / f"trial{number}")) == 3
