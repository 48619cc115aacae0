"""`repair` keeps every whole record, and nothing else; what it writes, TensorBoard reads to the end."""

import json
import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.python.support.helpers import event_files, records

import tensorbolt
from tensorbolt import cli
from tensorbolt._core import encode_record


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The records of a log with numbers, histograms, texts and a image, framing included."""
    directory = tmp_path_factory.mktemp("whole")
    noise = random.Random(5)
    with tensorbolt.SummaryWriter(directory) as writer:
        for step in range(12):
            writer.add_scalar("loss", noise.random(), step)
            writer.add_histogram("weights", [noise.random() for _ in range(50)], step)
            writer.add_text("note", "x" * noise.randrange(300), step)
        writer.add_image_with_boxes("image", [[[0.5] * 20] * 20] * 3, [[1, 1, 5, 5]])
    (path,) = event_files(directory)
    framed = [encode_record(event.SerializeToString()) for event in records(path)]
    assert b"".join(framed) == path.read_bytes()
    return framed


def spans(framed):
    start = 0
    for record in framed:
        yield start, start + len(record), record
        start += len(record)


def flipped(stream, at, _length, noise):
    damaged = bytearray(stream)
    damaged[at] ^= noise.randrange(1, 256)
    return bytes(damaged)


def zeroed(stream, at, length, _noise):
    return stream[:at] + bytes(len(stream[at : at + length])) + stream[at + length :]


def cut(stream, at, length, _noise):
    return stream[:at] + stream[at + length :]


def filled(stream, at, length, noise):
    return stream[:at] + noise.randbytes(length) + stream[at:]


def doubled(stream, at, length, _noise):
    return stream[: at + length] + stream[at:]


def expected(kind, framed, damaged, at, length):
    """The records that are whole after the damage."""
    end = at + length
    spanned = list(spans(framed))
    if kind in (flipped, zeroed):
        return [
            record for start, stop, record in spanned if damaged[start:stop] == record
        ]
    if kind is cut:
        return [record for start, stop, record in spanned if stop <= at or start >= end]
    if kind is filled:
        return [record for start, stop, record in spanned if stop <= at or start >= at]
    before = [record for _, stop, record in spanned if stop <= end]
    again = [record for start, stop, record in spanned if at <= start and stop <= end]
    across = [record for start, stop, record in spanned if at <= start < end < stop]
    return (
        before
        + again
        + across
        + [record for start, _, record in spanned if start >= end]
    )


@given(
    kind=st.sampled_from([flipped, zeroed, cut, filled, doubled]),
    place=st.floats(0, 1, exclude_max=True),
    length=st.integers(1, 3000),
    seed=st.integers(0, 1000),
)
def test_untouched_records_are_kept(whole, tmp_path_factory, kind, place, length, seed):
    stream = b"".join(whole)
    at = int(place * len(stream))
    length = min(length, len(stream) - at)
    damaged = kind(stream, at, length, random.Random(seed))
    directory = tmp_path_factory.mktemp("damaged")
    path = directory / "events.out.tfevents.1"
    path.write_bytes(damaged)

    report = tensorbolt.repair(
        directory, output=directory.with_name(directory.name + "-saved")
    )

    assert path.read_bytes() == damaged
    assert os.listdir(directory) == [path.name]
    (file,) = report.files
    kept = file.output.read_bytes()
    wanted = b"".join(expected(kind, whole, damaged, at, length))
    if file.header_restored:
        assert not damaged.startswith(whole[0])
        kept = kept[len(whole[0]) :]
    assert kept == wanted
    assert file.skipped == len(damaged) - len(wanted)
    # TensorBoard's reader raises where it would stop.
    seen = records(file.output)
    assert seen[0].file_version == "brain.Event:2"
    assert len(seen) == file.records + file.header_restored
    assert tensorbolt.verify(file.output).ok


@pytest.fixture
def damaged(tmp_path, whole):
    """A run with one damaged file, one whole, and one in a directory below that is torn."""
    run = tmp_path / "run"
    (run / "sub").mkdir(parents=True)
    stream = b"".join(whole)
    at = len(b"".join(whole[:5]))
    hole = len(whole[5])
    (run / "a.tfevents.1").write_bytes(stream[:at] + bytes(hole) + stream[at + hole :])
    (run / "a.tfevents.2").write_bytes(stream)
    (run / "sub" / "a.tfevents.1").write_bytes(stream[:-3])
    return run


def contents(directory):
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_without_a_place_nothing_is_written(damaged, tmp_path, capsys):
    before = contents(tmp_path)
    assert cli.main(["repair", str(damaged)]) == 1
    assert contents(tmp_path) == before
    output = capsys.readouterr().out
    assert "Nothing was written: pass --output OUT or --in-place." in output
    assert "37 events kept" in output


def test_output_is_a_tree_of_all_event_files(damaged, tmp_path, whole, capsys):
    before = contents(damaged)
    (damaged / "a.tfevents.1").chmod(0o640)
    os.utime(damaged / "a.tfevents.2", (1000, 1000))
    (damaged / "notes.txt").write_text("not an event file")
    saved = tmp_path / "saved"
    assert cli.main(["repair", str(damaged), "--output", str(saved)]) == 1
    assert f"3 event files in {saved}" in capsys.readouterr().out
    assert contents(saved) == {
        "a.tfevents.1": b"".join(whole[:5] + whole[6:]),
        "a.tfevents.2": b"".join(whole),
        "sub/a.tfevents.1": b"".join(whole[:-1]),
    }
    assert (saved / "a.tfevents.1").stat().st_mode & 0o777 == 0o640
    assert (saved / "a.tfevents.2").stat().st_mtime == 1000
    assert {name: contents(damaged)[name] for name in before} == before
    assert cli.main(["verify", str(saved)]) == 0
    # A second time it would overwrite.
    with pytest.raises(FileExistsError, match="empty directory"):
        tensorbolt.repair(damaged, output=saved)


def test_several_paths_get_directories_of_their_own(damaged, tmp_path):
    saved = tmp_path / "saved"
    tensorbolt.repair(damaged, damaged / "sub", output=saved)
    assert set(contents(saved)) == {
        "run/a.tfevents.1",
        "run/a.tfevents.2",
        "run/sub/a.tfevents.1",
        "sub/a.tfevents.1",
    }


def test_in_place(damaged, whole, capsys):
    before = contents(damaged)
    os.utime(damaged / "a.tfevents.1", (1000, 1000))
    assert cli.main(["repair", str(damaged), "--in-place", "--json"]) == 1
    first, second, third = json.loads(capsys.readouterr().out)["files"]
    assert first["backup"] == str(damaged / "a.tfdamaged.1")
    assert second["backup"] is third["backup"] is None
    assert contents(damaged) == {
        **before,
        "a.tfevents.1": b"".join(whole[:5] + whole[6:]),
        "a.tfdamaged.1": before["a.tfevents.1"],
    }
    assert (damaged / "a.tfevents.1").stat().st_mtime == 1000
    assert cli.main(["repair", str(damaged), "--in-place"]) == 0
    assert len(contents(damaged)) == 4
    # Another backup does not overwrite the first.
    (damaged / "a.tfevents.1").write_bytes(before["a.tfevents.1"])
    tensorbolt.repair(damaged, in_place=True)
    assert (damaged / "a.tfdamaged.1.2").exists()


def test_in_place_leaves_alone_what_is_open_for_writing(damaged, capsys):
    before = contents(damaged)
    with (damaged / "a.tfevents.1").open("ab"):
        assert cli.main(["repair", str(damaged), "--in-place"]) == 2
    assert contents(damaged) == before
    assert (
        "a program has it open for writing; end the run first"
        in capsys.readouterr().out
    )
    with (damaged / "a.tfevents.1").open("rb"):
        assert cli.main(["repair", str(damaged), "--in-place"]) == 1


def test_in_place_leaves_alone_what_changes_meanwhile(damaged):
    path = damaged / "a.tfevents.1"
    calls = []

    def grow(*_):
        calls.append(1)
        with path.open("ab") as file:
            file.write(b"x")

    (file,) = tensorbolt.repair(path, in_place=True, progress=grow).files
    assert calls
    assert "it was written to meanwhile" in file.error
    assert file.output is None
    assert sorted(os.listdir(damaged)) == ["a.tfevents.1", "a.tfevents.2", "sub"]


def test_in_place_behind_a_link(damaged, tmp_path, whole):
    link = tmp_path / "x.tfevents"
    link.symlink_to(damaged / "a.tfevents.1")
    tensorbolt.repair(link, in_place=True)
    assert link.is_symlink()
    assert link.read_bytes() == b"".join(whole[:5] + whole[6:])
    assert (damaged / "a.tfdamaged.1").exists()


def test_records_that_no_reader_takes_are_left_out(tmp_path, whole):
    path = tmp_path / "x.tfevents"
    path.write_bytes(whole[0] + encode_record(b"\x0a\xff") + whole[1])
    (file,) = tensorbolt.repair(path, output=tmp_path / "saved").files
    assert file.output.read_bytes() == whole[0] + whole[1]
    assert (file.unreadable, file.skipped) == (1, 0)


def test_nothing_to_save(tmp_path, capsys):
    path = tmp_path / "x.tfevents"
    path.write_bytes(bytes(1000))
    assert cli.main(["repair", str(path), "--output", str(tmp_path / "saved")]) == 1
    assert "there is nothing to write" in capsys.readouterr().out
    assert contents(tmp_path) == {"x.tfevents": bytes(1000)}
    assert cli.main(["repair", str(path), "--in-place"]) == 1
    assert contents(tmp_path) == {"x.tfevents": bytes(1000)}


def test_wrong_arguments(damaged, tmp_path, capsys):
    for arguments, message in (
        ([tmp_path / "none"], "there is no file or directory"),
        ([damaged, "--output", damaged / "saved"], "show every run twice"),
        ([damaged, "--output", tmp_path / "x", "--in-place"], "not allowed with"),
    ):
        with pytest.raises(SystemExit) as error:
            cli.main(["repair", *map(str, arguments)])
        assert error.value.code == 2
        assert message in capsys.readouterr().err
    with pytest.raises(ValueError, match="not both"):
        tensorbolt.repair(damaged, output=tmp_path / "x", in_place=True)
    assert not (damaged / "saved").exists()
