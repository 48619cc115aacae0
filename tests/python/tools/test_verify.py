"""`verify` finds what is wrong with event files, and nothing where nothing is."""

import gzip
import json
import os
import re
import struct
import textwrap

import pytest
import torch
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tests.python.support.helpers import TIME, WRITERS, event_files

import tensorbolt
from tensorbolt import cli
from tensorbolt._core import encode_record, masked_crc32c

VERSION = Event(wall_time=TIME, file_version="brain.Event:2")


def scalar(step, tag="loss", time=TIME):
    value = Summary.Value(tag=tag, simple_value=0.5)
    return Event(wall_time=time, step=step, summary=Summary(value=[value]))


def framed(*messages):
    payloads = [
        getattr(message, "SerializeToString", lambda m=message: m)()
        for message in messages
    ]
    return b"".join(encode_record(payload) for payload in payloads)


@pytest.fixture
def write(tmp_path):
    """A function that makes a file of events, or of bytes."""

    def write(*parts, name="run/events.out.tfevents.1"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            b"".join(
                part if isinstance(part, bytes) else framed(part) for part in parts
            )
        )
        return path

    return write


def check(path):
    """The report of one file, and its kinds of findings."""
    (file,) = tensorbolt.verify(path).files
    return file, [finding.kind for finding in file.findings]


@pytest.mark.parametrize("kind", WRITERS)
def test_files_of_all_writers_are_whole(kind, tmp_path):
    for purge in (None, 2):
        with WRITERS[kind](str(tmp_path), purge_step=purge) as writer:
            for step in range(3):
                writer.add_scalar("loss", 0.5, step)
                writer.add_scalars("group", {"a": 1.0, "b": 2.0}, step)
                writer.add_histogram("weights", torch.arange(100.0), step)
                writer.add_image("image", torch.rand(3, 8, 8), step)
                writer.add_text("note", "hello", step)
            writer.add_pr_curve("curve", torch.ones(4), torch.rand(4), 1)
            writer.add_hparams({"lr": 0.1}, {"accuracy": 0.5})
    report = tensorbolt.verify(tmp_path)
    assert report.ok
    assert len(report.files) >= 4
    kinds = {finding.kind for file in report.files for finding in file.findings}
    # torch ends its file names with a count of this process: files of one second sort wrongly from 9 to 10.
    assert kinds <= ({"steps", "order"} if kind == "torch" else {"steps"})
    assert all(file.records and not file.skipped for file in report.files)
    assert cli.main(["verify", str(tmp_path)]) == 0


def test_a_file_that_is_being_written(tmp_path):
    with tensorbolt.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 0.5, 7)
        writer.flush()
        (file,) = tensorbolt.verify(tmp_path).files
    assert (file.ok, file.records, file.steps, file.findings) == (True, 2, (7, 7), ())
    assert file.path == event_files(tmp_path)[0]


def test_a_torn_end_is_a_note(write):
    whole = framed(VERSION, scalar(1))
    for length in range(len(framed(VERSION)) + 1, len(whole)):
        file, kinds = check(write(whole[:length]))
        assert (file.ok, kinds, file.records) == (True, ["torn"], 1)
        (torn,) = file.findings
        assert torn.offset == len(framed(VERSION))
        assert torn.length == length - torn.offset == file.skipped
        assert re.match(
            rf"ends in the middle of a record: {torn.length} bytes?; normal for a run that is being written or was killed",
            torn.message,
        )


def test_a_hole_of_zeros(write):
    hole = bytes(1000)
    path = write(VERSION, scalar(1), scalar(2), hole, scalar(5, "acc"), scalar(6))
    file, kinds = check(path)
    assert kinds == ["zeros"]
    (found,) = file.findings
    assert found.damage
    assert not file.ok
    assert path.read_bytes()[found.offset :][: found.length] == hole
    assert (found.before.step, found.before.tags) == (2, ("loss",))
    assert (found.after.step, found.after.tags) == (5, ("acc",))
    assert found.after.offset == found.offset + found.length
    assert file.records == 5


def test_zeros_at_the_end_are_damage(write):
    file, kinds = check(write(VERSION, scalar(1), bytes(4096)))
    assert kinds == ["zeros"]
    assert file.findings[0].after is None


def length_only(length):
    head = struct.pack("<Q", length)
    return head + struct.pack("<I", masked_crc32c(head))


@pytest.mark.parametrize(
    ("between", "kind"),
    [
        (b"\x01" * 50, "garbage"),
        (length_only(1 << 62), "garbage"),
        (b"x".join([framed(scalar(2))[:20], framed(scalar(2))[21:]]), "payload"),
        (framed(scalar(2))[:-6], "payload"),
        (length_only(1 << 20), "cut-short"),
        (framed(b"\x0a\xff"), "message"),
        (framed(b"\x2a\x05\x0a\x03\x0a\x01\xff"), "message"),
        (framed(scalar(2, time=float("nan"))), "time"),
    ],
)
def test_damage(write, between, kind):
    file, kinds = check(write(VERSION, scalar(1), between, scalar(3)))
    assert kinds == [kind]
    (found,) = file.findings
    assert found.damage
    assert (found.offset, found.length) == (
        len(framed(VERSION, scalar(1))),
        len(between),
    )
    assert (found.before.step, found.after.step) == (1, 3)
    assert file.records == 3
    lost = (1, 0) if kind in ("message", "time") else (0, len(between))
    assert (file.unreadable, file.skipped) == lost


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ([], "empty"),
        ([scalar(1)], "version"),
        ([Event(wall_time=TIME, file_version="brain.Event:9")], "version"),
        ([VERSION, b"".join(framed(b"") for _ in "x"), scalar(1)], "odd-time"),
        ([VERSION, scalar(1, time=float("inf"))], "odd-time"),
        ([VERSION, scalar(5), scalar(4)], "steps"),
    ],
)
def test_notes(write, parts, kind):
    file, kinds = check(write(*parts))
    assert kinds == [kind]
    assert file.ok
    assert (file.damage, file.notes) == (0, 1)


def test_steps(write):
    start = Event(
        wall_time=TIME, step=1, session_log=SessionLog(status=SessionLog.START)
    )
    back = [scalar(step, tag) for step in (5, 5, 3, 9, 2) for tag in "ab"]
    file, kinds = check(write(VERSION, *back, start, scalar(1, "a"), scalar(0, "a")))
    assert kinds == ["steps", "steps"]
    messages = [finding.message for finding in file.findings]
    assert 'steps of "a" go back from 5 to 3, the first of 3 times' in messages[0]
    assert 'steps of "b" go back from 5 to 3, the first of 2 times' in messages[1]


def test_steps_are_followed_over_the_files_of_a_run(write):
    first = write(VERSION, scalar(5))
    write(VERSION, scalar(3), name="run/events.out.tfevents.2")
    write(VERSION, scalar(3), name="run/sub/events.out.tfevents.2")
    notes = [file.notes for file in tensorbolt.verify(first.parent).files]
    assert notes == [0, 1, 0]


def test_names(write, tmp_path):
    write(VERSION, name="a.tfevents.9")
    write(Event(wall_time=TIME - 5, file_version="brain.Event:2"), name="a.tfevents.91")
    write(VERSION, name="copy.bin")
    write(VERSION, name="a.tfdamaged.1")
    write(b"nothing", name="notes.txt")
    (tmp_path / "x.tfevents.dir").mkdir()
    report = tensorbolt.verify(tmp_path)
    counts = {
        file.path.name: [finding.kind for finding in file.findings]
        for file in report.files
    }
    assert counts == {
        "a.tfevents.9": [],
        "a.tfevents.91": ["order"],
        "copy.bin": ["name"],
        "x.tfevents.dir": ["name"],
    }
    assert report.ok


def test_gzip(write):
    file, kinds = check(write(gzip.compress(framed(VERSION))))
    assert kinds[0] == "compressed"
    assert not file.ok


def test_links_are_followed_but_not_in_circles(write, tmp_path):
    path = write(VERSION, name="there/run/events.tfevents")
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "link").symlink_to(path.parent)
    (path.parent / "up").symlink_to(logs)
    assert [file.path for file in tensorbolt.verify(logs).files] == [
        logs / "link" / path.name
    ]


def test_a_file_that_cannot_be_read(write, tmp_path, capsys):
    write(VERSION)
    # Reading the memory of a process at 0 is an I/O error, for root as well.
    (tmp_path / "run" / "tfevents.mem").symlink_to("/proc/self/mem")
    good, bad = tensorbolt.verify(tmp_path).files
    assert good.ok
    assert not bad.ok
    assert "cannot read beyond byte 0 of" in bad.error
    assert cli.main(["verify", str(tmp_path)]) == 2
    assert bad.error in capsys.readouterr().out


def test_many_findings_are_counted(write):
    noise = b"".join(framed(scalar(step)) + b"\x01" for step in range(1500))
    file, _ = check(write(VERSION, noise, scalar(2000)))
    assert file.damage == 1500
    assert len(file.findings) == 1000


def test_exit_status_and_json(write, tmp_path, capsys):
    good = write(VERSION, scalar(1), name="good.tfevents")
    bad = write(VERSION, bytes(40), scalar(1), name="bad.tfevents")
    assert cli.main(["verify", "--json", str(good), str(bad)]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["schema"], report["ok"]) == (1, False)
    first, second = report["files"]
    assert first == {
        "path": str(good),
        "ok": True,
        "bytes": good.stat().st_size,
        "records": 2,
        "unreadable": 0,
        "skipped": 0,
        "steps": [1, 1],
        "first_time": TIME,
        "damage": 0,
        "notes": 0,
        "findings": [],
        "error": None,
        "output": None,
        "backup": None,
        "header_restored": False,
        "url": None,
    }
    head = len(framed(VERSION))
    assert second["findings"] == [
        {
            "kind": "zeros",
            "damage": True,
            "offset": head,
            "length": 40,
            "message": "40 bytes, all zero: a hole, as network file systems leave them",
            "before": {"offset": 0, "step": 0, "tags": []},
            "after": {"offset": head + 40, "step": 1, "tags": ["loss"]},
        }
    ]
    for wrong in (["nothing"], [], ["--lost", "x"]):
        with pytest.raises(SystemExit) as error:
            cli.main(
                [
                    "verify",
                    *(
                        str(tmp_path / arg) if arg == "nothing" else arg
                        for arg in wrong
                    ),
                ]
            )
        assert error.value.code == 2
    (tmp_path / "none").mkdir()
    assert cli.main(["verify", str(tmp_path / "none")]) == 2
    assert "no event files in" in capsys.readouterr().err


def test_what_a_person_reads(write, tmp_path, capsys, monkeypatch):
    write(
        VERSION,
        scalar(1),
        bytes(1500),
        scalar(9, "a\x1b[2J"),
        b"torn",
        name="run/a.tfevents",
    )
    write(VERSION, name="run/b.tfevents")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["verify", "run"]) == 1
    assert capsys.readouterr().out == textwrap.dedent(
        """\
        run/a.tfevents: damaged in 1 place; 3 events, steps 1 to 9, 1,629 bytes
          at byte 82: 1500 bytes, all zero: a hole, as network file systems leave them (after step 1 of 'loss', before step 9 of 'a\\x1b[2J')
          note: at byte 1625: ends in the middle of a record: 4 bytes; normal for a run that is being written or was killed (after step 9 of 'a\\x1b[2J')
        run/b.tfevents: whole; 1 event, 40 bytes
        `tensorbolt repair` saves the whole records.
        """
    )


def test_odd_paths(write, tmp_path, capsys):
    name = os.fsdecode(b"run-\xff\n/x.tfevents")
    write(VERSION, name=name)
    assert cli.main(["verify", str(tmp_path)]) == 0
    assert "run-\\udcff\\n/x.tfevents: whole" in capsys.readouterr().out
    assert cli.main(["verify", "--json", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out)["ok"]


def test_progress_is_told(write):
    path = write(VERSION, b"\x01" * (20 << 20))
    calls = []
    tensorbolt.verify(path, progress=lambda *args: calls.append(args))
    assert [args[0] for args in calls] == [path] * len(calls)
    assert [args[1] for args in calls] == sorted(args[1] for args in calls)
    assert calls[0][1] == 0 < calls[-1][1] <= calls[-1][2] == path.stat().st_size
