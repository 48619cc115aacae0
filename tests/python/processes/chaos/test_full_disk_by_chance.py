"""A disk that fills up and is emptied at random moments: every record is there at the end, whole and in order."""

import contextlib
import os
import time
import warnings

import numpy as np
import pytest
from tests.python.support.helpers import values, wait_until
from tests.python.support.machine import small_disk

import tensorbolt

SIZE = 1 << 20


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    """A file system of one mebibyte."""
    with small_disk(tmp_path_factory.mktemp("by_chance") / "disk", SIZE) as place:
        yield place


def fill(filler, room):
    """Use up all space but `room` bytes."""
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    with contextlib.suppress(FileNotFoundError):
        os.truncate(filler, max(filler.stat().st_size - room, 0))


def test_a_disk_that_fills_up_at_random_moments(disk, chance):
    noise = np.random.default_rng(1).integers(0, 255, (3, 20, 20), np.uint8)
    run, filler = disk / f"run{chance.random()}", disk / "filler"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        writer = tensorbolt.SummaryWriter(run)
        for step in range(400):
            writer.add_scalar("s", step, step)
            writer.add_text("t", "x" * chance.randrange(400), step)
            if step % 20 == 0:
                writer.add_image("i", noise, step)
                writer.add_scalars("g", {"k": step}, step)
            if chance.random() < 0.02:
                fill(filler, chance.randrange(3) * 4096)
            if chance.random() < 0.02:
                filler.unlink(missing_ok=True)
            if chance.random() < 0.05:
                time.sleep(chance.uniform(0, 0.1))
        filler.unlink(missing_ok=True)
        wait_until(lambda: writer.stats()["pending_bytes"] == 0)
        writer.close()
    assert writer.stats()["dropped"] == 0
    found = {}
    for tag, step, _ in values(run):
        found.setdefault(tag, []).append(step)
    assert found == {
        "s": list(range(400)),
        "t/text_summary": list(range(400)),
        "i": list(range(0, 400, 20)),
    }
    assert len(values(run / "g_k")) == 20
    for path in sorted(run.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
