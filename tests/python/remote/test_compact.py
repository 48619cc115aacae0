"""`tensorbolt compact`: ended at any request, it leaves a log that TensorBoard and tensorbolt read right."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.util.tensor_util import make_ndarray
from tests.python.remote.conftest import Cloud
from tests.python.remote.objects import download, objects
from tests.python.remote.test_reading import split, upload, write
from tools.fault_proxy.faults import Faults

import tensorbolt
from tensorbolt import SummaryWriter, _core, cli

CHANGES = frozenset({"PUT", "POST", "DELETE"})
POINTS, SEGMENTS = 40, 6


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """A directory with the segments of one event file, in the run `a`."""
    split(write(tmp_path / "runs" / "a", POINTS), SEGMENTS)
    return tmp_path / "runs"


def in_tensorboard(directory: Path) -> dict[str, list[tuple[int, float]]]:
    """The points of each tag as TensorBoard's server has them."""
    events = plugin_event_accumulator.EventAccumulator(
        str(directory), size_guidance={plugin_event_accumulator.TENSORS: 0}
    )
    events.Reload()
    return {
        tag: [
            (point.step, float(make_ndarray(point.tensor_proto)))
            for point in events.Tensors(tag)
        ]
        for tag in events.Tags()["tensors"]
    }


def lines(capsys, source: object) -> list[str]:
    """All points, as `tail` prints them."""
    capsys.readouterr()
    assert cli.main(["tail", str(source), "--once", "--last", "all"]) == 0
    return sorted(capsys.readouterr().out.splitlines())


def read(source: object) -> dict[str, list[object]]:
    return tensorbolt.read(source).scalars.to_dict()


def keys(cloud: Cloud) -> list[str]:
    return [key.rpartition("/")[2] for key in objects(cloud.client, cloud.bucket)]


@pytest.mark.parametrize("suffix", ["", ".rank0", "_rank0", "-x.000"])
def test_names_of_segments_are_taken_apart_and_put_together(suffix):
    stem = "events.out.tfevents.1700000000.10.0.0.1.77.000000"
    first = f"{stem}.000000{suffix}"
    assert _core.segment_of(first) == (stem, 0, 0, False, suffix)
    merged = _core.merged_name(first, 41)
    assert merged is not None
    assert _core.segment_of(merged) == (stem, 0, 41, True, suffix)
    assert f"{stem}.000041{suffix}" < merged < f"{stem}.000042{suffix}"
    assert _core.segment_of("events.out.tfevents.1700000000.host") is None
    assert _core.segment_of("") is None


def test_all_but_the_last_segment_become_one(cloud, local, capsys, tmp_path):
    address = upload(cloud, local, "runs")
    before = read(address), in_tensorboard(local / "a"), lines(capsys, address)
    names = keys(cloud)
    assert cli.main(["compact", address, "--dry-run"]) == 0
    assert "5 segments would be merged" in capsys.readouterr().out
    assert keys(cloud) == names
    assert cli.main(["compact", address, "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["files"]
    assert row["done"]
    assert (row["run"], row["segments"], row["refused"]) == ("a", 5, None)
    assert keys(cloud) == [names[4] + "z000000", names[5]]
    copy = download(cloud.client, cloud.bucket, "runs/a", tmp_path / "copy")
    assert (read(address), in_tensorboard(copy), lines(capsys, address)) == before
    assert cli.main(["verify", address]) == 0
    capsys.readouterr()
    assert cli.main(["compact", address]) == 0
    assert "nothing to merge" in capsys.readouterr().out


def test_more_segments_are_merged_with_what_was_merged(cloud, local, capsys):
    address = upload(cloud, local, "runs")
    before = read(address), lines(capsys, address)
    later = keys(cloud)[3:]
    kept = {key: objects(cloud.client, cloud.bucket)[f"runs/a/{key}"] for key in later}
    for key in later:
        cloud.client.delete_object(Bucket=cloud.bucket, Key=f"runs/a/{key}")
    assert cli.main(["compact", address]) == 0
    assert len(keys(cloud)) == 2
    for key, data in kept.items():
        cloud.client.put_object(Bucket=cloud.bucket, Key=f"runs/a/{key}", Body=data)
    assert cli.main(["compact", address]) == 0
    assert keys(cloud) == [later[1] + "z000000", later[2]]
    assert (read(address), lines(capsys, address)) == before


def test_ended_at_any_request_it_leaves_a_log_that_reads_right(
    cloud, local, capsys, tmp_path
):
    address = upload(cloud, local, "runs")
    before = read(address), in_tensorboard(local / "a"), lines(capsys, address)
    for at in range(SEGMENTS + 1):
        # So many changes pass; then one is carried out whose answer is lost, as all after it are refused.
        for key in keys(cloud):
            cloud.client.delete_object(Bucket=cloud.bucket, Key=f"runs/a/{key}")
        upload(cloud, local, "runs")
        cloud.proxy.set(Faults(refuse="AccessDenied", methods=CHANGES, after=at))
        if at < SEGMENTS:
            with pytest.raises(SystemExit):
                cli.main(["compact", address])
            assert "s3:PutObject and s3:DeleteObject" in capsys.readouterr().err
        else:
            assert cli.main(["compact", address]) == 0
        cloud.proxy.heal()
        copy = download(cloud.client, cloud.bucket, "runs/a", tmp_path / f"copy{at}")
        assert in_tensorboard(copy) == before[1]
        for where in (address, copy.parent / copy.name):
            assert len(lines(capsys, where)) == len(before[2])
        assert (read(address), lines(capsys, address)) == (before[0], before[2])
        assert cli.main(["compact", address]) == 0
        assert len(keys(cloud)) == 2
        assert (read(address), lines(capsys, address)) == (before[0], before[2])
        # The same for a copy in a local directory.
        assert cli.main(["compact", str(copy)]) == 0
        assert len(list(copy.iterdir())) == 2
        assert in_tensorboard(copy) == before[1]


def test_a_killed_process_leaves_a_log_that_reads_right(cloud, local, tmp_path):
    address = upload(cloud, local, "runs")
    before = read(address)
    # It hangs at the third change, and is killed there.
    cloud.proxy.set(Faults(black_hole=True, methods=CHANGES, after=2))
    program = subprocess.Popen(
        [sys.executable, "-m", "tensorbolt", "compact", address],
        env={**os.environ, **cloud.environment, "TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
    )
    with program:
        while not cloud.proxy.held():
            assert program.poll() is None
            time.sleep(0.02)
        program.send_signal(signal.SIGKILL)
    cloud.proxy.heal()
    assert read(address) == before
    assert cli.main(["compact", address]) == 0
    assert len(keys(cloud)) == 2
    assert read(address) == before


def test_lost_answers_and_lost_connections_change_nothing(cloud, local, capsys):
    address = upload(cloud, local, "runs")
    before = read(address)
    cloud.proxy.set(Faults(lost=0.2, reset=0.2, seed=5))
    assert cli.main(["compact", address]) == 0
    cloud.proxy.heal()
    assert len(keys(cloud)) == 2
    assert read(address) == before


def test_a_large_log_is_put_in_parts(cloud, tmp_path):
    with SummaryWriter(tmp_path / "runs") as writer:
        for step in range(21):
            writer.add_scalar("loss", step, step)
            text = random.Random(step).randbytes(1 << 19).hex()
            writer.add_text("text", text, step)
    (file,) = (tmp_path / "runs").iterdir()
    split(file, 20)
    address = upload(cloud, tmp_path / "runs", "runs")
    before = read(address)
    assert cli.main(["compact", address]) == 0
    assert any("partNumber" in one.query for one in cloud.proxy.log("PUT"))
    assert len(keys(cloud)) == 2
    assert read(address) == before
    assert tensorbolt.verify(address).ok


def test_what_cannot_be_merged_is_left_alone(cloud, local, capsys):
    def refusal(directory: Path) -> str:
        names = sorted(path.name for path in directory.rglob("*") if path.is_file())
        assert cli.main(["compact", str(directory)]) == 1
        assert names == sorted(
            path.name for path in directory.rglob("*") if path.is_file()
        )
        return capsys.readouterr().err

    first, second, third, *_ = sorted((local / "a").iterdir())
    data = second.read_bytes()
    second.write_bytes(data[:-20] + b"x" + data[-19:])
    assert f"{second.name} is damaged" in refusal(local)
    second.write_bytes(data[:-3])
    assert f"{second.name} is damaged, or not whole" in refusal(local)
    second.unlink()
    assert "segment 1 is missing" in refusal(local)
    with SummaryWriter(local / "other") as writer:
        writer.add_scalar("x", 1, 1)
    (other,) = (local / "other").iterdir()
    second.write_bytes(other.read_bytes())
    assert "of another file" in refusal(local)
    second.write_bytes(data)
    # TensorBoard would drop the points of a file that is read before it.
    earlier = first.with_name("events.out.tfevents.1000000000.a")
    earlier.write_bytes(other.read_bytes())
    assert f"{earlier.name}, which is read before it, has points" in refusal(local)
    for file in (earlier, first, third):
        file.unlink()
    assert cli.main(["compact", str(local)]) == 0
    with pytest.raises(SystemExit):
        cli.main(["compact", str(local / "missing")])
