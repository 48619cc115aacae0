"""`tensorbolt repair` of addresses: it loses nothing, whenever it ends, and whatever else writes to the store."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.python.remote.conftest import Cloud
from tests.python.remote.objects import download, objects, only_moto
from tests.python.remote.test_reading import printed, refusal, split, upload, write
from tools.fault_proxy.faults import Faults

import tensorbolt
from tensorbolt import SummaryWriter, cli
from tensorbolt.reading import repair_objects

CHANGES = frozenset({"PUT", "POST"})


def damage(file: Path) -> None:
    """Change a byte in the middle of a file."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """A log of a run in segments, of which the second is damaged, and of a run that is whole."""
    top = tmp_path / "runs"
    split(write(top / "a", 200), 3)
    write(top / "b", 5)
    damage(sorted((top / "a").iterdir())[1])
    return top


def contents(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def stored(cloud: Cloud, prefix: str = "runs") -> dict[str, bytes]:
    found = objects(cloud.client, cloud.bucket, f"{prefix}/")
    return {key.removeprefix(f"{prefix}/"): data for key, data in found.items()}


@pytest.fixture
def repaired(local: Path, tmp_path: Path) -> dict[str, bytes]:
    """What a repair of the local log makes of it."""
    tensorbolt.repair(local, output=tmp_path / "expected")
    return contents(tmp_path / "expected")


@pytest.fixture
def address(cloud: Cloud, local: Path) -> str:
    found = upload(cloud, local, "runs")
    cloud.proxy.clear()
    return found


def the_damaged(local: Path) -> str:
    return f"a/{sorted((local / 'a').iterdir())[1].name}"


def with_backup(local: Path, repaired: dict[str, bytes]) -> dict[str, bytes]:
    """What a repair in place leaves."""
    name = the_damaged(local)
    backup = name.replace("tfevents", "tfdamaged")
    return {**repaired, backup: contents(local)[name]}


def test_without_a_place_only_ranges_are_read(cloud, local, address, capsys):
    before = stored(cloud)
    text = printed(capsys, "repair", address, status=1)
    assert f"{address}/{the_damaged(local)}: damaged in 1 place" in text
    assert "Nothing was written: pass --output OUT or --in-place." in text
    assert stored(cloud) == before
    assert {one.method for one in cloud.proxy.log()} == {"GET"}
    gets = [one for one in cloud.proxy.log() if one.key]
    assert {one.status for one in gets} == {206}


def test_output_is_a_tree_of_all_event_files(
    cloud, local, address, repaired, tmp_path, capsys
):
    before = stored(cloud)
    saved = f"s3://{cloud.bucket}/saved"
    for source, output in (
        (address, tmp_path / "saved"),
        (address, saved),
        (local, f"{saved}/too"),
    ):
        text = printed(capsys, "repair", str(source), "--output", str(output), status=1)
        assert f"4 event files in {output}" in text
    assert contents(tmp_path / "saved") == repaired
    assert stored(cloud, "saved/too") == repaired
    assert stored(cloud) == before
    # What an earlier call has put is not put again; another object is not written over.
    assert cli.main(["repair", address, "--output", f"{saved}/too"]) == 1
    cloud.client.put_object(
        Bucket=cloud.bucket, Key=f"saved/{the_damaged(local)}", Body=b"x"
    )
    assert "exists already" in refusal(capsys, "repair", address, "--output", saved)
    assert stored(cloud, "saved")[the_damaged(local)] == b"x"
    for inside in (address, f"{address}/a", address.replace("s3:", "s3a:")):
        error = refusal(capsys, "repair", address, "--output", inside)
        assert "show every run twice" in error


def test_in_place(cloud, local, address, repaired, capsys):
    name = the_damaged(local)
    text = printed(capsys, "repair", address, "--in-place", "--json", status=1)
    (file,) = (file for file in json.loads(text)["files"] if file["damage"])
    backup = name.replace("tfevents", "tfdamaged")
    assert (file["path"], file["url"]) == (name, f"{address}/{name}")
    assert (file["output"], file["backup"]) == (file["url"], f"{address}/{backup}")
    expected = with_backup(local, repaired)
    assert stored(cloud) == expected
    assert cli.main(["repair", address, "--in-place"]) == 0
    assert cli.main(["verify", address]) == 0
    assert stored(cloud) == expected
    # Other damage has a backup of its own.
    worse = expected[name][:-30] + b"x" + expected[name][-29:]
    cloud.client.put_object(Bucket=cloud.bucket, Key=f"runs/{name}", Body=worse)
    text = printed(capsys, "repair", f"{address}/{name}", "--in-place", status=1)
    assert f"the damaged file is now {Path(backup).name}.2" in text
    assert stored(cloud)[f"{backup}.2"] == worse
    assert stored(cloud)[backup] == expected[backup]


def test_ended_at_any_request_nothing_is_lost(cloud, local, address, repaired, capsys):
    before, expected = stored(cloud), with_backup(local, repaired)
    name = the_damaged(local)
    for faults in (
        # So many changes pass. Then all are refused, or are carried out and their answers are lost.
        Faults(refuse="AccessDenied", methods=CHANGES),
        Faults(refuse="AccessDenied", methods=CHANGES, after=1),
        Faults(lost=1.0, methods=CHANGES, after=1),
        Faults(lost=0.3, reset=0.2, seed=3),
    ):
        for key in stored(cloud):
            cloud.client.delete_object(Bucket=cloud.bucket, Key=f"runs/{key}")
        upload(cloud, local, "runs")
        cloud.proxy.set(faults)
        cli.main(["repair", address, "--in-place"])
        cloud.proxy.heal()
        now = stored(cloud)
        # The damaged bytes are there under one name or the other, and nothing half.
        assert before[name] in now.values()
        assert now[name] in (before[name], expected[name])
        assert set(now) <= set(expected)
        assert cli.main(["repair", address, "--in-place"]) in (0, 1)
        assert stored(cloud) == expected
    assert "s3:PutObject" in capsys.readouterr().out


def test_a_killed_process_leaves_what_the_next_one_finishes(
    cloud, local, address, repaired, tmp_path
):
    # It hangs when it replaces the object, and is killed there.
    cloud.proxy.set(Faults(black_hole=True, methods=CHANGES, after=1))
    program = subprocess.Popen(
        [sys.executable, "-m", "tensorbolt", "repair", "--in-place", address],
        env={**os.environ, **cloud.environment, "TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
    )
    with program:
        while not cloud.proxy.held():
            assert program.poll() is None
            time.sleep(0.02)
        program.send_signal(signal.SIGKILL)
    cloud.proxy.heal()
    assert cli.main(["repair", address, "--in-place"]) == 1
    assert stored(cloud) == with_backup(local, repaired)


@pytest.mark.parametrize("moment", ["is read", "has a backup"])
def test_what_changes_meanwhile_is_left_alone(
    cloud, local, address, monkeypatch, capsys, moment
):
    key = f"runs/{the_damaged(local)}"
    newer = contents(local)[the_damaged(local)] + b"newer"

    def change() -> None:
        cloud.client.put_object(Bucket=cloud.bucket, Key=key, Body=newer)

    name = "_download" if moment == "is read" else "_put_backup"
    original = getattr(repair_objects, name)

    def changing(*arguments):
        try:
            return original(*arguments)
        finally:
            change()

    monkeypatch.setattr(repair_objects, name, changing)
    text = printed(capsys, "repair", address, "--in-place", status=2)
    assert "it was written to meanwhile; end the run first" in text
    assert objects(cloud.client, cloud.bucket)[key] == newer


@pytest.mark.parametrize("changed", [False, True])
def test_a_large_object_is_put_in_parts(cloud, tmp_path, monkeypatch, capsys, changed):
    if not changed:
        only_moto("has no checksum of an earlier object of that name")
    with SummaryWriter(tmp_path / "runs") as writer:
        for step in range(10):
            writer.add_scalar("loss", step, step)
            text = random.Random(step).randbytes(1 << 19).hex()
            writer.add_text("text", text, step)
    (file,) = (tmp_path / "runs").iterdir()
    damage(file)
    address = upload(cloud, tmp_path / "runs", "runs")
    if changed:
        original = repair_objects._put_backup

        def changing(*arguments):
            backup = original(*arguments)
            cloud.client.put_object(
                Bucket=cloud.bucket, Key=f"runs/{file.name}", Body=b"newer"
            )
            return backup

        monkeypatch.setattr(repair_objects, "_put_backup", changing)
    else:
        # Nothing that has arrived is sent again.
        cloud.proxy.set(Faults(slow_down=0.2, methods=CHANGES, seed=4))
    status = cli.main(["repair", address, "--in-place"])
    assert status == (2 if changed else 1), capsys.readouterr()
    cloud.proxy.heal()
    puts = [one for one in cloud.proxy.log("PUT") if "partNumber" in one.query]
    assert len({one.query for one in puts if one.done}) == 4
    assert sum(one.done for one in puts) == 4
    now = stored(cloud)
    assert now.pop(file.name.replace("tfevents", "tfdamaged")) == file.read_bytes()
    if changed:
        assert now == {file.name: b"newer"}
    else:
        copy = download(cloud.client, cloud.bucket, "runs", tmp_path / "copy")
        assert tensorbolt.verify(copy / file.name).ok
        tensorbolt.repair(file, output=tmp_path / "expected")
        assert now == contents(tmp_path / "expected")


def test_streams_of_ranks_are_repaired(cloud, tmp_path, capsys):
    top = tmp_path / "runs"
    writers = [
        SummaryWriter(top, ranks="reduce", rank=rank, world_size=2) for rank in (0, 1)
    ]
    for writer in reversed(writers):
        for step in range(100):
            writer.add_scalar("loss", step, step)
        writer.close()
    (stream, *_) = (top / "ranks").glob("*.stream*")
    damage(stream)
    address = upload(cloud, top, "runs")
    assert "at byte" in printed(capsys, "verify", address, status=1)
    name = f"ranks/{stream.name}"
    text = printed(capsys, "repair", address, "--in-place", "--json", status=1)
    (file,) = (file for file in json.loads(text)["files"] if file["damage"])
    assert file["path"] == name
    tensorbolt.repair(top, output=tmp_path / "expected")
    assert stored(cloud)[name] == contents(tmp_path / "expected")[name]
    assert cli.main(["verify", address]) == 0


def test_plain_http_replaces_nothing(cloud, local, address, tmp_path, capsys):
    only_moto("has objects that all may read")
    name = the_damaged(local)
    key = f"runs/{name}"
    cloud.client.put_object_acl(Bucket=cloud.bucket, Key=key, ACL="public-read")
    plain = f"{cloud.proxy.url}/{cloud.bucket}/{key}"
    before = stored(cloud)
    text = printed(capsys, "repair", plain, "--in-place", status=2)
    assert "cannot tell whether an object is still the same" in text
    assert stored(cloud) == before
    output = tmp_path / "saved"
    assert cli.main(["repair", plain, "--output", str(output)]) == 1
    assert [*contents(output)] == [Path(name).name]
