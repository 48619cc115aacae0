"""Commands that read take the addresses of object stores, ask for ranges alone, and find what is in a local copy."""

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
from tests.python.remote.objects import only_moto, open_writer
from tests.python.support.helpers import records
from tools.fault_proxy.faults import Faults

import tensorbolt
from tensorbolt import SummaryWriter, cli
from tensorbolt._core import encode_record
from tensorbolt.cli.tail_remote import RemoteLog
from tensorbolt.reading.follow import Choice


def write(directory: Path, points: int = 2000, noise: int = 0) -> Path:
    """A run with two curves, and so many bytes of text before each tenth point; its file."""
    text = random.Random(1)
    with SummaryWriter(directory) as writer:
        for step in range(points):
            if noise and step % 10 == 0:
                writer.add_text("noise", text.randbytes(noise // 2).hex(), step)
            writer.add_scalar("loss", 1 / (step + 1), step)
            writer.add_scalar(
                "lr", step / 3, step, new_style=True, double_precision=True
            )
    (file,) = directory.iterdir()
    return file


def upload(cloud: Cloud, top: Path, prefix: str) -> str:
    """Copy a directory of logs to the bucket; its address."""
    for path in sorted(path for path in top.rglob("*") if path.is_file()):
        key = f"{prefix}/{path.relative_to(top).as_posix()}"
        cloud.client.put_object(Bucket=cloud.bucket, Key=key, Body=path.read_bytes())
    return f"s3://{cloud.bucket}/{prefix}"


def split(file: Path, parts: int) -> None:
    """Put segments, as the uploads of a writer make them, in the place of an event file."""
    header, *rest = [
        encode_record(event.SerializeToString()) for event in records(file)
    ]
    size = -(-len(rest) // parts)
    for number in range(parts):
        these = rest[number * size : (number + 1) * size]
        segment = file.with_name(f"{file.name}.{number:06}")
        segment.write_bytes(b"".join([header, *these]))
    file.unlink()


@pytest.fixture
def local(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def printed(capsys, *arguments: str, status: int = 0) -> str:
    assert cli.main(arguments) == status
    return capsys.readouterr().out


def refusal(capsys, *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err.partition(": error: ")[2]


def test_the_last_points_of_a_large_object_cost_three_requests(cloud, local, capsys):
    file = write(local / "a", noise=20 << 10)
    assert file.stat().st_size > 4 << 20
    address = upload(cloud, local, "runs")
    cloud.proxy.clear()
    assert cli.main(["tail", address, "--once", "--last", "3"]) == 0
    output = capsys.readouterr()
    log = cloud.proxy.log()
    assert len(log) <= 3
    assert sum(one.answered for one in log) <= 1 << 20
    assert output.out == printed(capsys, "tail", str(local), "--once", "--last", "3")
    assert "--last all reads everything" in output.err
    # More points than the end has; the whole object is not read for them.
    cloud.proxy.clear()
    assert cli.main(["tail", address, "--once", "--last", "1500"]) == 0
    log = cloud.proxy.log()
    assert len(log) == 3
    assert sum(one.answered for one in log[1:]) == 1 << 20
    capsys.readouterr()
    assert cli.main(["tail", address, "--once", "--last", "all"]) == 0
    output = capsys.readouterr()
    assert output.err == ""
    every = ("--once", "--last", "all")
    assert output.out == printed(capsys, "tail", str(local), *every)


def test_an_end_without_points_is_not_all_that_is_read(cloud, local, capsys):
    with SummaryWriter(local) as writer:
        writer.add_scalar("loss", 0.5, 1)
        writer.add_text("long", "x" * (3 << 20), 2)
    address = upload(cloud, local, "runs")
    assert printed(capsys, "tail", address, "--once") == ".\t1\tloss\t0.5\n"


def test_segments_are_read_as_the_file_that_they_are_of(cloud, local, capsys):
    whole = tensorbolt.read(write(local / "x" / "a")).scalars.to_dict()
    write(local / "b", points=30)
    for file in list(local.rglob("*tfevents*")):
        split(file, 7)
    address = upload(cloud, local, "deep/runs")
    log = tensorbolt.read(address)
    assert [run.name for run in log.runs] == ["b", "x/a"]
    assert log.scalars.to_dict() == tensorbolt.read(local).scalars.to_dict()
    only = tensorbolt.read(address + "/x/a").scalars.to_dict()
    assert {name: only[name] for name in ("tag", "step", "value")} == {
        name: whole[name] for name in ("tag", "step", "value")
    }
    for command in (["tail", "--once"], ["ls", "-l"], ["show"]):
        name, *options = command
        remote = printed(capsys, name, address, *options)
        assert remote == printed(capsys, name, str(local), *options)


def test_one_object_and_plain_http_are_read(cloud, amazon, local, capsys):
    only_moto("has objects that all may read")
    file = write(local, points=50)
    address = upload(cloud, local, "runs")
    expected = printed(capsys, "tail", str(file), "--once")
    assert printed(capsys, "tail", f"{address}/{file.name}", "--once") == expected
    key = f"runs/{file.name}"
    cloud.client.put_object_acl(Bucket=cloud.bucket, Key=key, ACL="public-read")
    plain = f"{cloud.proxy.url}/{cloud.bucket}/{key}"
    assert printed(capsys, "tail", plain, "--once") == expected
    error = refusal(capsys, "ls", f"{cloud.proxy.url}/{cloud.bucket}/runs")
    assert "WebDAV" in error


def test_damage_is_found_where_it_is_in_a_local_copy(cloud, local, capsys):
    file = write(local / "a")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    write(local / "b", points=3)
    address = upload(cloud, local, "runs")
    found = [
        json.loads(printed(capsys, "verify", "--json", where, status=1))
        for where in (str(local), address)
    ]
    assert found[0]["ok"] is found[1]["ok"] is False
    for here, there in zip(*(report["files"] for report in found), strict=True):
        url, path = there.pop("url"), there.pop("path")
        assert here.pop("url") is None
        assert here.pop("path") == str(local / path)
        assert url == f"{address}/{path}"
        assert here == there
    text = printed(capsys, "verify", address, status=1)
    assert f"{address}/a/{file.name}: damaged in 1 place" in text
    assert "tensorbolt repair" in text


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("AccessDenied", "must allow s3:ListBucket and s3:GetObject"),
        ("NoSuchBucket", "there is no bucket s3://"),
        ("ExpiredToken", "have expired; renew them"),
    ],
)
def test_a_refusal_says_what_to_do(cloud, capsys, fault, sentence):
    cloud.proxy.set(Faults(refuse=fault))
    for command in ("tail", "verify", "ls"):
        error = refusal(capsys, command, f"s3://{cloud.bucket}/runs")
        assert error.startswith(f"reading s3://{cloud.bucket}/runs: ")
        assert sentence in error
    assert len(cloud.proxy.log()) == 3


def test_what_is_not_there_and_what_is_not_understood_is_said(cloud, local, capsys):
    address = f"s3://{cloud.bucket}/runs"
    for command in ("tail", "verify", "ls"):
        assert "there is nothing at this address" in refusal(capsys, command, address)
        wrong = (command, address, "--storage-option", "colour=red")
        assert 'has the key "colour"' in refusal(capsys, *wrong)
    with pytest.raises(FileNotFoundError, match="nothing at this address"):
        tensorbolt.verify(address)
    cloud.client.put_object(Bucket=cloud.bucket, Key="runs/a.txt", Body=b"text")
    for command in ("tail", "ls"):
        once = ["--once"] if command == "tail" else []
        assert "there are no event files" in refusal(capsys, command, address, *once)
    assert "copy the log first" in refusal(capsys, "downsample", address)


def test_lost_connections_do_not_change_what_is_read(cloud, local, capsys):
    write(local / "a", noise=20 << 10)
    address = upload(cloud, local, "runs")
    cloud.proxy.clear()
    # Drawn from a seed, and the requests have an order: each request passes at its third try or before.
    cloud.proxy.set(Faults(reset=0.2, slow_down=0.2, seed=3))
    report = tensorbolt.verify(address)
    assert report.ok
    assert report.files[0].records == tensorbolt.verify(local).files[0].records
    assert any(one.fault for one in cloud.proxy.log())


def test_what_is_added_is_followed_without_a_second_look_at_the_rest(cloud, local):
    address = f"s3://{cloud.bucket}/runs"
    with open_writer(address + "/a") as writer:
        for step in range(10):
            writer.add_scalar("loss", step, step)
        writer.flush(remote=True)
        log = RemoteLog(address, Choice(), 3, {})
        assert [point.step for point in log.advance()] == [*range(10)]
        cloud.proxy.clear()
        assert list(log.advance()) == []
        assert [one.query[:9] for one in cloud.proxy.log()] == ["list-type"]
        for step in range(10, 15):
            writer.add_scalar("loss", step, step)
        writer.flush(remote=True)
        assert [point.step for point in log.advance()] == [*range(10, 15)]
        with open_writer(address + "/b") as other:
            other.add_scalar("loss", 0.5, 1)
        assert [(point.run, point.step) for point in log.advance()] == [("b", 1)]
        assert log.files == 2
        assert log.curves["loss"]["a"].steps == [*range(15)]


def test_what_stood_before_the_end_does_not_come_later(cloud, local, capsys):
    write(local / "a", noise=20 << 10)
    for file in list(local.rglob("*tfevents*")):
        split(file, 3)
    address = upload(cloud, local, "runs")
    log = RemoteLog(address, Choice(), 1, {})
    first = [point.step for point in log.advance() if point.tag == "loss"]
    assert 0 < len(first) < 500
    assert first == [*range(2000 - len(first), 2000)]
    assert list(log.advance()) == []
    assert "left out" in capsys.readouterr().err


def test_a_store_that_fails_meanwhile_is_asked_again(cloud, local, capsys):
    write(local / "a", points=5)
    address = upload(cloud, local, "runs")
    log = RemoteLog(address, Choice(), None, {})
    assert len(list(log.advance())) == 10
    cloud.proxy.set(Faults(refuse="AccessDenied"))
    assert list(log.advance()) == list(log.advance()) == []
    assert capsys.readouterr().err.count("it is asked again") == 1
    cloud.proxy.heal()
    write(local / "b", points=1)
    upload(cloud, local, "runs")
    assert [point.run for point in log.advance()] == ["b", "b"]
    assert log.damaged() == 0


@pytest.mark.parametrize("command", ["tail", "verify", "ls"])
def test_ctrl_c_ends_a_read_of_a_store_that_never_answers(cloud, command):
    cloud.proxy.set(Faults(black_hole=True))
    program = subprocess.Popen(
        [sys.executable, "-m", "tensorbolt", command, f"s3://{cloud.bucket}/runs"],
        env={**os.environ, **cloud.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with program:
        while not cloud.proxy.held():
            assert program.poll() is None
            time.sleep(0.02)
        program.send_signal(signal.SIGINT)
        _, text = program.communicate()
    assert "Traceback" not in text
    assert program.returncode == (0 if command == "tail" else -signal.SIGINT)
