"""`Log.batches`: logs that are larger than the memory."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.record_writer import RecordWriter

import tensorbolt

#: Bytes of the file that is read through little memory, and what the reader may have more than the interpreter.
LARGE = 300 << 20
MEMORY = {"scalars": 8 << 20, "tensors": 64 << 20, "events": 16 << 20}
#: In each piece of that file, before a long tensor.
SCALARS = 1500


def rows(table: Any) -> list[tuple[Any, ...]]:
    return list(zip(*table.to_dict().values(), strict=True))


def log_all(writer: tensorbolt.SummaryWriter, first: int = 0) -> None:
    random = np.random.default_rng(first)
    for step in range(first, first + 40):
        writer.add_scalar("loss", step / 7, step)
        writer.add_scalar("rate", -step, step)
        writer.add_scalar("exact", step / 3, step, double_precision=True)
        writer.add_histogram("weights", random.normal(size=20), step)
        writer.add_image("image", random.random((3, 5, 6)), step)
        writer.add_audio("audio", random.random(30) - 0.5, step)
        writer.add_text("text", f"*{step}*", step)
        writer.add_tensor("tensor", np.arange(step), step)


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("batches")
    for run in ("a", "b/c"):
        for first in (0, 20):
            suffix = f".{first}"
            with tensorbolt.SummaryWriter(top / run, filename_suffix=suffix) as writer:
                log_all(writer, first)
    return top


@pytest.mark.parametrize(
    "kind", ["scalars", "histograms", "images", "audio", "text", "tensors"]
)
@pytest.mark.parametrize("nbytes", [1, 1000, 8 << 20])
def test_the_parts_are_the_whole(kind: str, nbytes: int, logdir: Path) -> None:
    log = tensorbolt.read(logdir, restarts="keep", duplicates="all")
    parts = list(log.batches(kind, nbytes=nbytes))
    whole = getattr(log, kind)
    assert all(len(part) for part in parts)
    assert {type(part) for part in parts} == {type(whole)}
    # A part has the order of the file, the whole that of steps; points of one step keep their order.
    found = [row for part in parts for row in rows(part)]
    assert len(found) == len(whole)
    assert sorted(map(repr, found)) == sorted(map(repr, rows(whole)))
    if nbytes == 1:
        assert len(parts) == len(found)
    for run in ("a", "b/c"):
        steps = [row[2] for row in found if row[:2] == (run, found[0][1])]
        assert steps == [*range(40), *range(20, 60)]


def test_images_of_a_part_stay_readable(logdir: Path) -> None:
    images = [
        image
        for part in tensorbolt.read(logdir, runs="a").batches("images", nbytes=500)
        for image in part
    ]
    kept = tensorbolt.read(logdir, runs="a", restarts="keep", duplicates="all").images
    assert sorted(image.bytes for image in images) == sorted(
        image.bytes for image in kept
    )


def test_filters(logdir: Path) -> None:
    log = tensorbolt.read(logdir, runs="b/*", tags=["loss", "exact"], steps=(10, 12))
    found = [row for part in log.batches(nbytes=500) for row in rows(part)]
    assert {row[:3] for row in found} == {
        ("b/c", tag, step) for tag in ("loss", "exact") for step in (10, 11)
    }


def write_records(path: Path, count: int) -> list[int]:
    offsets = []
    with path.open("wb") as file:
        writer = RecordWriter(file)
        for step in range(1, count + 1):
            event = Event(step=step)
            value = event.summary.value.add(tag="s")
            if step == 1:
                value.metadata.plugin_data.plugin_name = "scalars"
            value.tensor.float_val.append(step)
            value.tensor.dtype = 1
            offsets.append(file.tell())
            writer.write(event.SerializeToString())
    return offsets


def test_damage_is_listed_and_what_a_tag_is_stays_known(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1"
    offsets = write_records(path, 10)
    data = bytearray(path.read_bytes())
    data[offsets[4] + 15] ^= 1
    path.write_bytes(bytes(data[:-2]))
    log = tensorbolt.read(tmp_path)
    batches = log.batches(nbytes=1)
    steps = [step for part in batches for step in part["step"].tolist()]
    assert steps == [1, 2, 3, 4, 6, 7, 8, 9]
    assert batches.damage.to_dict() == log.damage.to_dict()
    assert batches.damage["offset"].tolist() == [offsets[4], offsets[9]]
    stopped = tensorbolt.read(tmp_path, on_damage="stop").batches(nbytes=1)
    assert sum(map(len, stopped)) == 4
    with pytest.raises(ValueError, match=f"byte {offsets[4]}"):
        list(tensorbolt.read(tmp_path, on_damage="raise").batches(nbytes=1))


def test_it_goes_on_where_a_position_was(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1"
    write_records(path, 5)
    log = tensorbolt.read(tmp_path)
    assert len(log.scalars) == 5
    token = log.position
    write_records(path, 8)
    new = tensorbolt.read(tmp_path, since=token)
    for _ in range(2):
        parts = list(new.batches(nbytes=1))
        assert [part["step"].tolist() for part in parts] == [[6], [7], [8]]
    assert len(list(log.batches())) == 1


def test_wrong_calls(logdir: Path) -> None:
    log = tensorbolt.read(logdir, kinds="scalars")
    with pytest.raises(ValueError, match="kind must be one of 'scalars'"):
        log.batches("graphs")
    with pytest.raises(ValueError, match="read without images"):
        log.batches("images")
    with pytest.raises(ValueError, match="nbytes must be at least 1"):
        log.batches(nbytes=0)


PROGRAM = """
import sys
from pathlib import Path
import numpy
import tensorbolt
from tensorbolt.reading import Batches, Events, Scalars

def kibibytes(name):
    # ru_maxrss has what the process was before it became this program, too.
    text = Path("/proc/self/status").read_text()
    return int(text.split(name + ":")[1].split()[0])

log = tensorbolt.read(sys.argv[1])
before = kibibytes("VmRSS")
count = 0
if sys.argv[2] == "events":
    for event in log.events():
        count += len(event.values)
        nbytes = len(event.bytes)
else:
    for part in log.batches(sys.argv[2]):
        count += len(part)
print(count, (kibibytes("VmHWM") - before) * 1024)
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A directory with one large file, and its number of scalars."""
    top = tmp_path_factory.mktemp("large")
    with tensorbolt.SummaryWriter(top / "small") as writer:
        for step in range(SCALARS):
            writer.add_scalar("loss/train", step / 7, step)
        # Not kept in memory, either.
        writer.add_tensor("long", np.zeros(1 << 18, np.float32), 0)
    (path,) = (top / "small").glob("*tfevents*")
    data = path.read_bytes()
    times = LARGE // len(data)
    target = top / "large" / path.name
    target.parent.mkdir()
    with target.open("wb") as file:
        for _ in range(times):
            file.write(data)
    return target.parent, SCALARS * times


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has /proc")
@pytest.mark.parametrize("what", ["scalars", "tensors", "events"])
def test_a_large_log_passes_through_little_memory(
    what: str, large: tuple[Path, int]
) -> None:
    directory, count = large
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(directory), what],
        capture_output=True,
        text=True,
        timeout=250,
        check=True,
    )
    found, memory = map(int, done.stdout.split())
    pieces = count // SCALARS
    of_kind = {"scalars": count, "tensors": pieces, "events": count + pieces}
    assert found == of_kind[what]
    # All of it is 300 MiB; read at once, even the scalars need more than this.
    assert memory < MEMORY[what]
