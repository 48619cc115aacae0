"""A store that does not have a system call or a flag: logging does without, and says so where that is felt."""

import os
import re

import numpy as np
import pytest
from tests.python.support.helpers import (
    event_files,
    python,
    records,
    scalars,
    wait_until,
)

import tensorbolt

COUNT = 300
EXPECTED = [("s", step, float(step)) for step in range(3 * COUNT)]
UNSUPPORTED = ["EOPNOTSUPP", "EINVAL"]
"""Not `ENOSYS`: after that the kernel does without the operation, for as long as the file system is mounted."""


def log(writer, part):
    for step in range(part * COUNT, (part + 1) * COUNT):
        writer.add_scalar("s", step, step)


@pytest.mark.parametrize("fault", UNSUPPORTED)
@pytest.mark.parametrize("flags", ["append", "exclusive", "append exclusive"])
def test_flags_of_a_new_file(store, place, flags, fault):
    """Stores of objects refuse `O_APPEND`, old network file systems `O_EXCL`."""
    for flag in flags.split():
        store.order(flag, fault)
    with tensorbolt.SummaryWriter(place) as writer:
        for part in range(3):
            log(writer, part)
            writer.flush()
    assert scalars(place) == EXPECTED
    assert len(event_files(place)) == 1
    assert writer.stats()["errors"] == 0


def test_a_write_that_fails_where_nothing_can_be_appended(store, place):
    """What it left behind is cut off, and the next bytes come where it began."""
    store.order("append", "EOPNOTSUPP")
    writer = tensorbolt.SummaryWriter(place)
    log(writer, 0)
    writer.flush()
    with pytest.warns(RuntimeWarning, match="Input/output error"):
        store.order("write", "short 70")
        log(writer, 1)
        wait_until(lambda: not (store.orders / "write").exists())
        store.order("write", "EIO")
        log(writer, 2)
        wait_until(lambda: writer.stats()["errors"] > 0)
        writer.flush()
    store.heal()
    wait_until(lambda: writer.stats()["pending_bytes"] == 0)
    writer.close()
    for path in event_files(place):
        records(path)
    assert scalars(place) == EXPECTED


def test_a_file_that_cannot_be_opened_again(store, place, tmp_path):
    """Its descriptor was closed, and the store has no `O_APPEND` any more: the rest goes to a new file."""
    python(
        """
import os, sys, warnings
warnings.simplefilter("ignore")
import tensorbolt
place, order = sys.argv[1:]
writer = tensorbolt.SummaryWriter(place)
def log(part):
    for step in range(part * 300, (part + 1) * 300):
        writer.add_scalar("s", step, step)
log(0)
writer.flush()
with open(order, "w") as file:
    file.write("EOPNOTSUPP")
os.closerange(3, 1024)
log(1)
writer.flush()
log(2)
writer.close()
assert writer.stats()["dropped"] == 0
""",
        place,
        store.orders / "append",
    )
    assert len(event_files(place)) == 2
    assert scalars(place) == EXPECTED


@pytest.mark.parametrize("fault", UNSUPPORTED)
def test_fsync(store, place, fault):
    """It is said once that `flush()` does not wait for the device; it waits for the operating system."""
    store.order("fsync", fault)
    writer = tensorbolt.SummaryWriter(place, fsync=True)
    with pytest.warns(RuntimeWarning, match="no longer waits for the device") as caught:
        log(writer, 0)
        writer.flush()
    assert len(caught) == 1
    for part in (1, 2):
        log(writer, part)
        writer.flush()
        assert writer.stats()["pending_bytes"] == 0
    writer.close()
    assert scalars(place) == EXPECTED
    assert writer.stats()["errors"] == 1


@pytest.mark.parametrize("fault", UNSUPPORTED)
def test_fsync_of_a_record_writer(store, place, fault):
    store.order("fsync", fault)
    place.mkdir()
    with tensorbolt.RecordWriter(place / "records") as writer:
        writer.write(b"0")
        writer.flush()
    assert (place / "records").stat().st_size == 17


@pytest.mark.parametrize("fault", [*UNSUPPORTED, "ENOLCK"])
def test_locks(store, place, fault):
    """Without them processes cannot share a file: each has its own."""
    store.order("flock", fault)
    said = python(
        """
import os, sys, warnings
warnings.simplefilter("always")
import tensorbolt
writer = tensorbolt.GlobalSummaryWriter(sys.argv[1])
for step in range(100):
    writer.add_scalar("s", float(step))
if os.fork() == 0:
    for step in range(100):
        writer.add_scalar("t", float(step))
    writer.close()
    os._exit(0)
assert os.wait()[1] == 0
writer.close()
stats = writer.smw.stats()
assert (stats["errors"], stats["dropped"]) == (1, 0), stats
""",
        place,
    ).stderr
    assert said.count("each process writes a file of its own") == 2
    assert sorted(scalars(place)) == [
        (tag, step, float(step)) for tag in "st" for step in range(100)
    ]
    for path in event_files(place):
        records(path)


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        ("link", "EOPNOTSUPP"),
        ("link", "EPERM"),
        ("chmod", "EPERM"),
        ("flock", "ENOLCK"),
        ("flock", "EOPNOTSUPP"),
        ("fsync", "EINVAL"),
        ("exclusive", "EINVAL"),
        ("replace", "EEXIST"),
        ("replace", "EPERM"),
        ("replace", "EOPNOTSUPP"),
        ("rename", "EOPNOTSUPP"),
        ("rename", "EPERM"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*no longer waits for the device")
def test_files_of_an_embedding(store, place, operation, fault):
    """They are there, whole, and nothing else is; the second embedding replaces the first."""
    store.order(operation, fault)
    writer = tensorbolt.SummaryWriter(place, fsync=operation == "fsync")
    for number in range(2):
        points = np.full((3, 2), number)
        writer.add_embedding(points, ["a", "b", "c"], global_step=0, tag="t")
        writer.flush()
    writer.add_embedding(np.zeros((3, 2)), global_step=1, tag="t")
    writer.close()
    # That of the event file; see above.
    assert writer.stats()["errors"] == (operation == "fsync")
    assert (place / "00000/t/tensors.tsv").read_text().split() == ["1"] * 6
    config = (place / "projector_config.pbtxt").read_text()
    assert re.findall('tensor_name: "(.*)"', config) == ["t:00000", "t:00001"]
    left = [path for path in place.rglob("*") if path.name.endswith(".tmp")]
    assert left == []


def test_numbers_that_change(store, place):
    """A file system that gives a file another number at each look does not make it another file."""
    store.order("renumber", "on")
    writer = tensorbolt.SummaryWriter(place)
    for part in range(3):
        log(writer, part)
        writer.flush()
        os.stat(event_files(place)[0])  # noqa: PTH116
    writer.close()
    assert scalars(place) == EXPECTED
    assert len(event_files(place)) == 1
    assert writer.stats()["errors"] == 0
