"""Which files and values of a log are read, and what is said of them."""

import io
import os
import re
import subprocess
import sys
from datetime import timezone
from pathlib import Path

import fsspec
import pytest

import tensorbolt
from tensorbolt import SummaryWriter
from tensorbolt.reading import Log, Run
from tensorbolt.reading.inputs import File


def write(directory: Path, **tags: float) -> None:
    """A run with one point of each tag."""
    with SummaryWriter(directory) as writer:
        for tag, value in tags.items():
            writer.add_scalar(tag.replace("__", "/"), value, 1, walltime=1.5e9)


def names(log: Log) -> list[str]:
    return [run.name for run in log.runs]


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    directory = tmp_path / "sweep"
    for run in ("lr=0.1/train", "lr=0.1/val", "lr=0.2/train"):
        write(directory / run, loss=0.5, acc=0.25, val__loss=1.0)
    return directory


def test_a_directory_has_the_runs_below_it(sweep: Path) -> None:
    (sweep / "notes.txt").write_text("no event file")
    for source in (sweep, str(sweep)):
        log = tensorbolt.read(source)
        assert len(log) == 3
        assert names(log) == ["lr=0.1/train", "lr=0.1/val", "lr=0.2/train"]
    assert len(log.scalars) == 9


def test_a_directory_that_cannot_be_read_is_an_error(sweep: Path) -> None:
    name = "d" * 200
    here = os.open(sweep, os.O_RDONLY)
    # Longer than a path may be.
    for _ in range(25):
        os.mkdir(name, dir_fd=here)
        inside = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inside
    os.close(here)
    with pytest.raises(
        OSError, match=r"cannot list the event files below .*sweep: File name too long"
    ):
        tensorbolt.read(sweep)


def test_sources_of_every_sort_name_their_runs(sweep: Path) -> None:
    file = next((sweep / "lr=0.2/train").iterdir())
    assert names(tensorbolt.read(file)) == ["."]
    assert names(tensorbolt.read(str(sweep / "lr=*"))) == names(tensorbolt.read(sweep))
    assert names(tensorbolt.read(str(sweep / "*" / "train"))) == [
        "lr=0.1/train",
        "lr=0.2/train",
    ]
    assert names(tensorbolt.read([sweep / "lr=0.1", sweep / "lr=0.2"])) == names(
        tensorbolt.read(sweep)
    )
    assert names(tensorbolt.read([sweep / "lr=0.1/val", file])) == [
        "lr=0.1/val",
        "lr=0.2/train",
    ]
    assert names(tensorbolt.read([sweep])) == names(tensorbolt.read(sweep))
    named = {"old": sweep / "lr=0.1", "new": file}
    assert names(tensorbolt.read(named)) == ["new", "old/train", "old/val"]


def test_open_files_are_read(sweep: Path) -> None:
    file = next((sweep / "lr=0.2/train").iterdir())
    with file.open("rb") as opened:
        assert len(tensorbolt.read(opened).scalars) == 3
    buffer = io.BytesIO(file.read_bytes())
    log = tensorbolt.read({"memory": buffer})
    assert names(log) == ["memory"]
    assert log.scalars["value"].tolist() == [0.25, 0.5, 1.0]
    assert log.runs[0].path is None


def test_addresses_are_read_through_fsspec(sweep: Path) -> None:
    store = fsspec.filesystem("memory")
    store.put(str(sweep), "/bucket/sweep", recursive=True)
    try:
        log = tensorbolt.read("memory://bucket/sweep")
        assert names(log) == names(tensorbolt.read(sweep))
        assert log.scalars.to_dict() == tensorbolt.read(sweep).scalars.to_dict()
        path = next(path for path in store.find("/bucket/sweep") if "val" in path)
        before = store.cat_file(path)
        again = next((sweep / "lr=0.1/val").iterdir()).read_bytes()
        store.pipe_file(path, before + again)
        assert log.reload()
        assert len(log.scalars) == 9
        with pytest.raises(FileNotFoundError, match="nothing at"):
            tensorbolt.read("memory://bucket/other")
    finally:
        store.rm("/bucket", recursive=True)


def test_what_cannot_be_read_says_what_can(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no"):
        tensorbolt.read(tmp_path / "missing")
    with pytest.raises(FileNotFoundError, match="no file or directory matches"):
        tensorbolt.read(str(tmp_path / "run*"))
    for wrong in (5, None, b"bytes", [5], iter(())):
        with pytest.raises(TypeError, match="source must be"):
            tensorbolt.read(wrong)


def test_a_directory_without_a_log_is_an_empty_one(tmp_path: Path) -> None:
    log = tensorbolt.read(tmp_path)
    assert len(log) == 0
    assert len(log.scalars) == len(log.tags) == len(log.damage) == 0
    write(tmp_path / "run", loss=1.0)
    assert log.reload()
    assert names(log) == ["run"]


@pytest.mark.parametrize(
    ("choice", "wanted"),
    [
        ("loss", ["loss"]),
        ("*loss", ["loss", "val/loss"]),
        (["acc", "val/*"], ["acc", "val/loss"]),
        (re.compile("o.s$"), ["loss", "val/loss"]),
        ([re.compile("^a"), "loss"], ["acc", "loss"]),
        ([], []),
        ("lo.s", []),
    ],
)
def test_tags_are_chosen_by_name_pattern_and_expression(
    sweep: Path, choice: object, wanted: list[str]
) -> None:
    log = tensorbolt.read(sweep, tags=choice)
    assert sorted(set(log.scalars["tag"].tolist())) == wanted
    assert sorted(set(log.tags["tag"].tolist())) == wanted


def test_runs_are_chosen_before_they_are_read(sweep: Path) -> None:
    log = tensorbolt.read(sweep, runs="*/train")
    assert names(log) == ["lr=0.1/train", "lr=0.2/train"]
    assert names(tensorbolt.read(sweep, runs=re.compile("0.1"))) == [
        "lr=0.1/train",
        "lr=0.1/val",
    ]


def test_steps_are_half_open(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        for step in range(-3, 4):
            writer.add_scalar("a", step, step)
    for steps, wanted in (
        ((-1, 2), [-1, 0, 1]),
        ((None, -1), [-3, -2]),
        ((2, None), [2, 3]),
        ((2, 2), []),
        ((None, None), [-3, -2, -1, 0, 1, 2, 3]),
    ):
        assert tensorbolt.read(tmp_path, steps=steps).scalars["step"].tolist() == wanted


def test_wrong_options_name_the_right_ones(tmp_path: Path) -> None:
    for options, message in (
        ({"duplicates": "mean"}, "duplicates must be one of"),
        ({"restarts": "drop"}, "restarts must be one of"),
        ({"on_damage": "ignore"}, "on_damage must be one of"),
        ({"wall_time": "int"}, "wall_time must be one of"),
        ({"kinds": "scalar"}, "kinds must be of scalars"),
        ({"steps": 5}, "steps must be a pair"),
        ({"steps": ("a", 1)}, "steps must be a pair"),
        ({"threads": 0}, "threads must be at least 1"),
    ):
        with pytest.raises(ValueError, match=message):
            tensorbolt.read(tmp_path, **options)
    for argument in ("runs", "tags"):
        with pytest.raises(TypeError, match=f"{argument} must be a name"):
            tensorbolt.read(tmp_path, **{argument: 5})


def test_scalars_that_were_not_wanted_are_refused(sweep: Path) -> None:
    log = tensorbolt.read(sweep, kinds=["images"])
    assert len(log.tags) == 0
    with pytest.raises(ValueError, match="read without scalars"):
        _ = log.scalars


def test_runs_say_what_they_are(sweep: Path) -> None:
    run = tensorbolt.read(sweep).runs[0]
    assert isinstance(run, Run)
    assert run.path == sweep / "lr=0.1/train"
    (file,) = run.path.iterdir()
    assert run.files == (str(file),)
    assert run.nbytes == file.stat().st_size
    assert run.event_count == 4
    assert run.versions == ("brain.Event:2",)
    assert run.start_time is not None
    assert run.start_time.tzinfo is timezone.utc
    assert run.start_time.timestamp() == 1.5e9


def test_tags_say_what_there_is(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        for step in (3, 5):
            writer.add_scalar("a", 1.0, step, walltime=1.5e9 + step)
            writer.add_histogram("h", [1.0, 2.0], step)
            writer.add_text("t", "text", step)
    tags = tensorbolt.read(tmp_path).tags.to_dict()
    assert tags["tag"] == ["a", "h", "t/text_summary"]
    assert tags["kind"] == ["scalars", "histograms", "text"]
    assert tags["count"] == [2, 2, 2]
    assert tags["first_step"] == [3] * 3
    assert tags["last_step"] == [5] * 3
    assert tags["last_time"][0].timestamp() == 1.5e9 + 5


def test_reload_reads_what_is_new_alone(tmp_path: Path) -> None:
    log = tensorbolt.read(tmp_path)
    assert not log.reload()
    with SummaryWriter(tmp_path / "a") as writer:
        writer.add_scalar("x", 1.0, 1)
        writer.flush()
        assert log.reload()
        before = log.scalars
        assert len(before) == 1
        assert not log.reload()
        assert log.scalars is before
        writer.add_scalar("x", 2.0, 2)
        writer.flush()
        assert log.reload()
        assert len(before) == 1
        assert log.scalars["value"].tolist() == [1.0, 2.0]
    write(tmp_path / "b", x=3.0)
    assert log.reload()
    assert names(log) == ["a", "b"]
    for file in (tmp_path / "a").iterdir():
        file.unlink()
    assert log.reload()
    assert names(log) == ["b"]


def test_damage_is_listed_and_can_be_an_error(sweep: Path) -> None:
    file = next((sweep / "lr=0.2/train").iterdir())
    damaged = bytearray(file.read_bytes())
    damaged[-5] ^= 1
    file.write_bytes(damaged)
    log = tensorbolt.read(sweep)
    assert len(log.scalars) == 8
    damage = log.damage.to_dict()
    assert damage["run"] == ["lr=0.2/train"]
    assert damage["file"] == [str(file)]
    assert damage["reason"] == ["the payload of a record does not match its checksum"]
    assert damage["offset"][0] + damage["length"][0] == len(damaged)
    with pytest.raises(ValueError, match="does not match its checksum"):
        _ = tensorbolt.read(sweep, on_damage="raise").scalars
    assert len(tensorbolt.read(sweep, checksum=False).scalars) == 9


def test_a_file_that_cannot_be_read_is_damage(sweep: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, count: int | None = -1, /) -> bytes:
            raise OSError("the cable is out")

    log = tensorbolt.read({"good": sweep, "broken": Broken(b"12345678901234567")})
    assert len(log.scalars) == 9
    damage = log.damage.to_dict()
    assert damage["run"] == ["broken"]
    assert "the cable is out" in damage["reason"][0]


def test_what_a_choice_raises_comes_back(sweep: Path) -> None:
    class Raising(str):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            raise ZeroDivisionError

        def __hash__(self) -> int:
            return hash("loss")

    with pytest.raises(ZeroDivisionError):
        _ = tensorbolt.read(sweep, tags=Raising("loss")).scalars


def test_links_are_followed_and_do_not_go_round(sweep: Path, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/linked").symlink_to(sweep)
    (sweep / "lr=0.1/again").symlink_to(sweep)
    assert names(tensorbolt.read(tmp_path / "logs")) == [
        f"linked/{run}" for run in ("lr=0.1/train", "lr=0.1/val", "lr=0.2/train")
    ]


def test_many_directories_are_listed_by_several_threads(
    sweep: Path, tmp_path: Path
) -> None:
    (file,) = (sweep / "lr=0.2/train").iterdir()
    top = tmp_path / "many"
    expected = []
    for number in range(300):
        run = f"a{number:03}/b"
        (top / run).mkdir(parents=True)
        (top / run / file.name).symlink_to(file)
        expected.append(run)
    for number in range(0, 300, 50):
        (top / f"a{number:03}/loop").symlink_to(top)
        (top / f"a{number:03}/b/linked").symlink_to(sweep / "lr=0.1")
        expected += [f"a{number:03}/b/linked/{run}" for run in ("train", "val")]
    for threads in (1, 2, 8):
        assert names(tensorbolt.read(top, threads=threads)) == sorted(expected)


def test_the_same_whatever_the_number_of_threads(sweep: Path) -> None:
    one = tensorbolt.read(sweep, threads=1).scalars.to_dict()
    for threads in (2, 8, None):
        assert tensorbolt.read(sweep, threads=threads).scalars.to_dict() == one


def test_a_log_shows_what_is_in_it(sweep: Path) -> None:
    log = tensorbolt.read(sweep)
    assert repr(log) == "<Log: 3 runs, 3 files; not read yet>"
    assert len(log.scalars) == 9
    assert repr(log).splitlines()[1:] == [" tags: 9 scalars", " damage: none>"]


def test_a_with_statement_forgets_at_its_end(sweep: Path) -> None:
    with tensorbolt.open_log(sweep, tags="loss") as log:
        table = log.scalars
    assert len(table) == 3
    assert len(log) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_can_read_on(sweep: Path) -> None:
    program = f"""
import os, tensorbolt
log = tensorbolt.read({str(sweep)!r}, threads=4)
assert len(log.scalars) == 9
if os.fork() == 0:
    log.reload()
    os._exit(len(tensorbolt.read({str(sweep)!r}, threads=4).scalars))
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    command = [sys.executable, "-W", "ignore", "-c", program]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    assert result.stdout.strip() == "9"


def test_importing_tensorbolt_imports_nothing_of_the_reader() -> None:
    program = "import sys, tensorbolt; print([m for m in sys.modules if 'tensorbolt.reading' in m])"
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    assert result.stdout.strip() == "[]"


def test_a_found_file_is_read_from_where_it_says(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 1, 0)
        writer.flush()
        before = tensorbolt.read(tmp_path).offsets()
        writer.add_scalar("loss", 2, 1)
    ((name, start),) = before.items()
    for source in (
        [File("run", name, name, start)],
        {"run": File(".", name, name, start)},
    ):
        log = tensorbolt.read(source)
        assert [run.name for run in log.runs] == ["run"]
        assert log.scalars["value"].tolist() == [2]
        assert log.offsets() == {name: Path(name).stat().st_size}
