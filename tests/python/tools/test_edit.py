"""`tensorbolt edit` and `tensorbolt merge` rewrite records, and keep what they do not change."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tests.python.support.helpers import WRITERS, event_files, records

import tensorbolt
from tensorbolt import cli
from tensorbolt.record_writer import RecordWriter


def call(*arguments):
    """The exit status of the command line."""
    try:
        return cli.main([*map(str, arguments)])
    except SystemExit as ended:
        return ended.code


def log(kind, directory, steps=range(10)):
    with WRITERS[kind](str(directory)) as writer:
        for step in steps:
            writer.add_scalar("old/loss", step / 4, step)
            writer.add_histogram("weights", np.arange(9.0), step)
        writer.add_text("note", "text", 3)


def write(directory, *events):
    """An event file of these events."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "events.out.tfevents.1700000000.host"
    with RecordWriter(path) as writer:
        for event in [Event(wall_time=1.0, file_version="brain.Event:2"), *events]:
            writer.write(event.SerializeToString())
    return path


def scalar(tag, step, value=0.0, **fields):
    event = Event(wall_time=2.0, step=step)
    event.summary.value.add(tag=tag, simple_value=value, **fields)
    return event


def points(directory):
    """Tag, step and value of every point in the files."""
    table = tensorbolt.read(directory, restarts="keep", duplicates="all").scalars
    return sorted(
        zip(*(table[name].tolist() for name in ("tag", "step", "value")), strict=True)
    )


@pytest.mark.parametrize("kind", WRITERS)
def test_only_names_of_the_renamed_tags_change(kind, tmp_path):
    log(kind, tmp_path / "in")
    assert (
        call(
            "edit", tmp_path / "in", "-o", tmp_path / "out", "--rename", "s,^old/,new/,"
        )
        == 0
    )
    (before,), (after,) = event_files(tmp_path / "in"), event_files(tmp_path / "out")
    expected = records(before)
    for event in expected:
        for value in event.summary.value:
            value.tag = value.tag.replace("old/", "new/")
    assert records(after) == expected
    assert tensorbolt.verify(tmp_path / "out").ok


@pytest.mark.parametrize("kind", WRITERS)
def test_without_an_edit_files_stay_byte_for_byte(kind, tmp_path):
    log(kind, tmp_path / "in" / "run")
    assert call("edit", tmp_path / "in", "-o", tmp_path / "out") == 0
    (before,), (after,) = (
        event_files(tmp_path / "in/run"),
        event_files(tmp_path / "out/run"),
    )
    assert after.read_bytes() == before.read_bytes()


def test_fields_that_are_not_known_stay(tmp_path):
    path = write(tmp_path / "in")
    # Field 99 of the event, of the summary, and of the value; the tag is the value's last field.
    unknown = b"\x9a\x06\x03new"
    value = unknown + b"\x15\x00\x00\x80\x3f" + b"\x0a\x01a"
    summary = unknown + b"\x0a" + bytes([len(value)]) + value
    event = b"\x09" + bytes(8) + unknown + b"\x2a" + bytes([len(summary)]) + summary
    with path.open("ab") as file:
        file.write(tensorbolt._core.encode_record(event))
    assert (
        call("edit", path, "--in-place", "--rename", "s/a/b/", "--shift-step", 7) == 0
    )
    made = records(path)[-1]
    assert made.step == 7
    assert made.summary.value[0].tag == "b"
    assert made.SerializeToString().count(unknown) == 3


def test_steps_are_cut_thinned_out_and_shifted_in_this_order(tmp_path):
    write(tmp_path / "in", *(scalar("a", step, step) for step in range(20)))
    edits = ["--from-step", 5, "--to-step", 15, "--keep-every", 4, "--shift-step", -5]
    assert call("edit", tmp_path / "in", "-o", tmp_path / "out", *edits) == 0
    assert points(tmp_path / "out") == [("a", 0, 5), ("a", 4, 9), ("a", 8, 13)]


def test_the_first_point_that_stays_gets_the_metadata_of_the_first_of_all(tmp_path):
    first = scalar("a", 0)
    first.summary.value[0].metadata.summary_description = "of the curve"
    write(tmp_path / "in", first, scalar("a", 1), scalar("a", 2))
    assert call("edit", tmp_path / "in", "-o", tmp_path / "out", "--from-step", 1) == 0
    _, second, third = records(event_files(tmp_path / "out")[0])
    assert second.summary.value[0].metadata.summary_description == "of the curve"
    assert not third.summary.value[0].HasField("metadata")


def test_hyperparameters_and_layouts_stay_when_steps_are_cut(tmp_path):
    with tensorbolt.SummaryWriter(tmp_path / "in") as writer:
        writer.add_hparams({"lr": 0.1}, {"metric": 1.0}, run_name=".")
        writer.add_custom_scalars({"chart": {"curves": ["Multiline", ["a"]]}})
        writer.add_scalar("a", 1.0, 5)
    assert (
        call(
            "edit",
            tmp_path / "in",
            "-o",
            tmp_path / "out",
            "--from-step",
            5,
            "--shift-step",
            3,
        )
        == 0
    )
    tags = tensorbolt.read(tmp_path / "out").tags
    kinds = dict(zip(tags["tag"].tolist(), tags["kind"].tolist(), strict=True))
    assert "layout" in kinds.values()
    assert "hparams" in kinds.values()
    assert points(tmp_path / "out") == [("a", 8, 1.0)]


def test_purge_leaves_what_readers_show(tmp_path):
    random = np.random.default_rng(5)
    events = []
    for _ in range(300):
        step = int(random.integers(20))
        if random.random() < 0.05:
            events.append(
                Event(step=step, session_log=SessionLog(status=SessionLog.START))
            )
        events.append(scalar(f"tag{random.integers(3)}", step, float(random.random())))
    write(tmp_path / "in", *events)
    assert call("edit", tmp_path / "in", "-o", tmp_path / "out", "--purge") == 0
    shown = tensorbolt.read(tmp_path / "in").scalars
    expected = zip(
        *(shown[name].tolist() for name in ("tag", "step", "value")), strict=True
    )
    assert points(tmp_path / "out") == sorted(expected)


def test_dropped_tags_and_runs_are_gone_and_runs_get_new_names(tmp_path):
    for run in ("exp_a", "exp_b", "debug"):
        log("torch", tmp_path / "in" / run)
    edits = [
        "--drop-tags",
        "^weights",
        "--drop-runs",
        "^debug$",
        "--rename-run",
        "s/^exp_/seed-/",
    ]
    assert call("edit", tmp_path / "in", "-o", tmp_path / "out", *edits) == 0
    tags = tensorbolt.read(tmp_path / "out").tags
    assert set(tags["run"]) == {"seed-a", "seed-b"}
    assert set(tags["tag"]) == {"old/loss", "note/text_summary"}


def test_what_would_be_ambiguous_or_outside_is_an_error_and_nothing_is_written(
    tmp_path, capsys
):
    log("ours", tmp_path / "in" / "a")
    log("ours", tmp_path / "in" / "b")
    out = ["edit", tmp_path / "in", "-o", tmp_path / "out"]
    for edits, message in [
        (["--rename", "s/.*/same/"], "would both be 'same'"),
        (["--rename-run", "s/.*/same/"], "two runs would be named 'same'"),
        (["--rename-run", "s,^,../,"], "outside of the log directory"),
        (["--shift-step", 2**63 - 2], "beyond 64 bits"),
        (["--rename", "old"], "is not of the form"),
        (["--rename", r"s/a/\2/"], "invalid group reference"),
    ]:
        assert call(*out, *edits) == 2
        assert message in capsys.readouterr().err
    assert call("edit", tmp_path / "in", "-o", tmp_path / "in" / "out") == 2
    assert call("edit", tmp_path / "nothing", "-o", tmp_path / "out") == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_an_output_that_exists_is_replaced_only_if_that_is_asked_for(tmp_path, capsys):
    log("ours", tmp_path / "in")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").touch()
    assert call("edit", tmp_path / "in", "-o", tmp_path / "out") == 2
    assert "--overwrite replaces it" in capsys.readouterr().err
    assert (tmp_path / "out" / "old").exists()
    assert call("edit", tmp_path / "in", "-o", tmp_path / "out", "--overwrite") == 0
    assert not (tmp_path / "out" / "old").exists()
    assert event_files(tmp_path / "out")


def test_without_a_place_nothing_is_written_and_the_counts_say_what_would_change(
    tmp_path, capsys
):
    log("ours", tmp_path / "in")
    (path,) = event_files(tmp_path / "in")
    before = path.read_bytes()
    assert (
        call("edit", tmp_path / "in", "--dry-run", "--drop-tags", "old", "--json") == 0
    )
    result = json.loads(capsys.readouterr().out)
    assert result["output"] is None
    assert (result["values"], result["values_left_out"], result["files_changed"]) == (
        21,
        10,
        1,
    )
    assert path.read_bytes() == before
    assert len([*tmp_path.rglob("*")]) == 2


def test_damage_is_reported_and_all_whole_records_stay(tmp_path, capsys):
    path = write(tmp_path / "in", *(scalar("a", step, step) for step in range(20)))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert (
        call("edit", tmp_path / "in", "-o", tmp_path / "out", "--rename", "s/a/b/") == 1
    )
    assert "damaged in 1 place" in capsys.readouterr().err
    assert len(points(tmp_path / "out")) == 19
    assert tensorbolt.verify(tmp_path / "out").ok


def test_in_place_keeps_all_other_files_and_names(tmp_path):
    for run in ("a", "b"):
        log("torch", tmp_path / "in" / run)
    (tmp_path / "in" / "a" / "model.pt").write_bytes(b"weights")
    (tmp_path / "in" / "empty").mkdir()
    (tmp_path / "in" / "link").symlink_to("a/model.pt")
    names = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    assert call("edit", tmp_path / "in", "--in-place", "--rename", "s/old/new/") == 0
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == names
    assert (tmp_path / "in" / "link").read_bytes() == b"weights"
    assert {tag for tag, _, _ in points(tmp_path / "in")} == {"new/loss"}


def test_in_place_leaves_a_log_that_is_being_written_alone(tmp_path, capsys):
    with tensorbolt.SummaryWriter(tmp_path / "in") as writer:
        writer.add_scalar("a", 1.0, 1)
        writer.flush()
        assert call("edit", tmp_path / "in", "--in-place", "--rename", "s/a/b/") == 2
    assert "open for writing" in capsys.readouterr().err
    assert points(tmp_path / "in") == [("a", 1, 1.0)]


KILLED = """
import os, signal, sys
from tensorbolt import cli

log, number, edits = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
WORK = {"open", "os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir", "os.symlink", "shutil.rmtree"}
done = 0

def count(event, arguments):
    global done
    if event in WORK:
        done += 1
        if done == number:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(count)
sys.exit(cli.main(["edit", log, "--in-place", *edits]))
"""


@pytest.mark.parametrize("runs", [("a",), ("a", "b")])
def test_killed_at_any_moment_in_place_leaves_the_old_or_the_new(runs, tmp_path):
    """The process dies before its n-th change or opening of a file, for n in steps up to the last."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1]),
    }
    killed, seen = True, set()
    number = 1
    while killed:
        top = tmp_path / str(number) / "log"
        for run in runs:
            write(top / run, *(scalar("a", step, step) for step in range(5)))
        old = points(top)
        new = [("b", step, value) for _, step, value in old]
        command = [sys.executable, "-c", KILLED, top, str(number), "--rename", "s/a/b/"]
        ended = subprocess.run(
            command, env=environment, check=False, stdout=subprocess.DEVNULL
        )
        killed = ended.returncode == -9
        assert killed or ended.returncode == 0
        assert points(top) in (old, new)
        assert {path.name for path in top.iterdir()} == set(runs)
        seen.add(points(top) == new)
        number += 3
    assert seen == {False, True}


def test_merge_puts_a_job_and_its_restart_into_one_file(tmp_path):
    with tensorbolt.SummaryWriter(tmp_path / "first") as writer:
        for step in range(10):
            writer.add_scalar("a", step, step)
    with tensorbolt.SummaryWriter(tmp_path / "second", purge_step=5) as writer:
        for step in range(5, 15):
            writer.add_scalar("a", step * 10, step)
    sources = [tmp_path / "second", tmp_path / "first"]
    assert call("merge", *sources, "-o", tmp_path / "one") == 0
    expected = [("a", step, step * 10.0 if step >= 5 else step) for step in range(15)]
    assert points(tmp_path / "one") == expected
    assert len(event_files(tmp_path / "one")) == 1
    assert tensorbolt.verify(tmp_path / "one").ok
    assert call("merge", *sources, "-o", tmp_path / "all", "--keep-restarts") == 0
    assert len(points(tmp_path / "all")) == 20


def test_merge_as_runs_copies_files_byte_for_byte(tmp_path, capsys):
    for kind in WRITERS:
        log(kind, tmp_path / kind)
    sources = [tmp_path / kind for kind in WRITERS]
    assert call("merge", *sources, "-o", tmp_path / "out", "--as-runs") == 0
    for kind in WRITERS:
        (before,), (after,) = (
            event_files(tmp_path / kind),
            event_files(tmp_path / "out" / kind),
        )
        assert after.read_bytes() == before.read_bytes()
    assert (
        call("merge", *sources, tmp_path / "ours", "-o", tmp_path / "two", "--as-runs")
        == 2
    )
    assert "two of the logs would be the run 'ours'" in capsys.readouterr().err
    assert not (tmp_path / "two").exists()
