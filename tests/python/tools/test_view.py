"""`tensorbolt view` starts TensorBoard with what a log needs."""

import getpass
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tests.python.support.helpers import event_files, said_until, wait_until

import tensorbolt
from tensorbolt import SummaryWriter, cli
from tensorbolt._core import encode_record
from tensorbolt.cli import view
from tensorbolt.reading import discover, tensorboard_flags, tensorboard_process

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != "DISPLAY"},
    "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1]),
    "SSH_CONNECTION": "192.0.2.7 50022 192.0.2.9 2222",
}


def flags(directory):
    """The flags that a log needs, by name."""
    needs = tensorboard_flags.scan(Path(directory)).needs
    assert all(need.reason for need in needs)
    return dict(need.flag.split("=", 1) for need in needs)


def age(directory):
    """Have all files been written two days ago."""
    then = time.time() - 2 * 24 * 3600
    for path in directory.rglob("*tfevents*"):
        os.utime(path, (then, then))


def ask(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)


def images(url):
    """The images of a tag, as far as TensorBoard has read them; it knows no tag at first."""
    path = "data/plugin/images/images?run=first&tag=image&sample=0"
    try:
        return ask(url + path)
    except urllib.error.HTTPError as error:
        with error:
            return []


def test_tensorboard_shows_all_images_of_a_log(tmp_path):
    log = tmp_path / "my runs"
    with SummaryWriter(log / "first") as writer:
        for step in range(25):
            writer.add_image("image", np.zeros((3, 4, 4), np.uint8), step)
    (log / "second").mkdir()
    command = [sys.executable, "-m", "tensorbolt", "view", str(log), "--port", "0"]
    with subprocess.Popen(
        [*command, "--path_prefix=/board", "--no-browser"],
        env=ENVIRONMENT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            said = said_until(process.stderr, "Ctrl-C ends it.")
            url = re.search(r"Look at (http://localhost:(\d+)/board/)", said)
            assert "1 event file in 1 run" in said
            assert (
                f"ssh -N -L {url[2]}:localhost:{url[2]} -p 2222 {getpass.getuser()}@192.0.2.9"
                in said
            )
            assert f"http://localhost:{url[2]}/board/" in said
            wait_until(lambda: ask(f"{url[1]}data/runs") == ["first"])
            # TensorBoard lists a run before it has read all of it.
            wait_until(lambda: len(images(url[1])) == 25)
            # As a terminal does; then TensorBoard must be gone as well.
            os.killpg(process.pid, signal.SIGINT)
            process.stderr.read()
            assert process.wait(60) == 0
            # Another program may have the port by now; it has no page below /board.
            with pytest.raises(OSError):  # noqa: PT011
                ask(f"{url[1]}data/runs")
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def test_its_failure_is_told_and_is_ours(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 1, 1)
    command = [sys.executable, "-m", "tensorbolt", "view", str(tmp_path)]
    done = subprocess.run(
        [*command, "--reuse_port=soon"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "argument --reuse_port: invalid" in done.stderr


def test_a_signal_to_us_ends_tensorboard_too(tmp_path):
    code = "import signal, time; print('up', flush=True); time.sleep(600)"
    ours = "import sys; from tensorbolt.reading import tensorboard_process; sys.exit(tensorboard_process.serve(sys.argv[1:], print))"
    with subprocess.Popen(
        [sys.executable, "-c", ours, sys.executable, "-c", code],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "up\n"
        process.terminate()
        # The other end of the pipe is closed once both are gone.
        assert process.stdout.read() == ""
    assert process.returncode == 128 + signal.SIGTERM


def test_a_small_finished_log_needs_nothing(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 1, 1)
        writer.add_image("image", np.zeros((3, 4, 4), np.uint8), 1)
    age(tmp_path)
    assert flags(tmp_path) == {}


def test_long_tags_need_samples_and_growing_ones_may(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar_series("loss", [0.5] * 1001, range(1001))
        writer.add_text("note", "once", 1)
    assert flags(tmp_path) == {"--samples_per_plugin": "scalars=10000,text=10000"}
    age(tmp_path)
    assert flags(tmp_path) == {"--samples_per_plugin": "scalars=10000"}


def test_samples_fit_into_memory(tmp_path, monkeypatch):
    with SummaryWriter(tmp_path) as writer:
        for step in range(40):
            writer.add_text("note", "a" * 1000, step)
            writer.add_text("other", "a" * 1000, step)
            for image in ("one", "two"):
                noise = np.random.default_rng(step).integers(0, 255, (3, 32, 32))
                writer.add_image(image, noise.astype(np.uint8), step)
    age(tmp_path)
    sizes = {}
    (path,) = event_files(tmp_path)
    for event in map(Event.FromString, _payloads(path)):
        for value in event.summary.value:
            sizes.setdefault(value.tag, []).append(value.ByteSize())
    step = sum(sum(sizes[tag]) // len(sizes[tag]) for tag in ("one", "two"))
    monkeypatch.setattr(tensorboard_flags, "SAMPLES_BYTES", 30 * step)
    assert flags(tmp_path) == {"--samples_per_plugin": "images=30"}
    monkeypatch.setattr(tensorboard_flags, "SAMPLES_BYTES", 9 * step)
    assert flags(tmp_path) == {}


def _payloads(path):
    data = path.read_bytes()
    while data:
        length = int.from_bytes(data[:8], "little")
        yield data[12 : 12 + length]
        data = data[16 + length :]


def test_several_growing_files_of_one_run_are_all_polled(tmp_path):
    for run in ("a", "a", "b"):
        with SummaryWriter(tmp_path / run, filename_suffix=run) as writer:
            writer.log({}, 1)
    assert flags(tmp_path) == {"--reload_multifile": "true"}
    age(tmp_path)
    assert flags(tmp_path) == {}


def test_times_that_are_no_numbers_need_the_slow_loader(tmp_path):
    event = Event(wall_time=float("nan"), step=1)
    (tmp_path / "events.out.tfevents.1").write_bytes(
        encode_record(event.SerializeToString())
    )
    assert flags(tmp_path) == {"--load_fast": "false"}


def test_damage_is_remarked(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 1, 1)
    (path,) = event_files(tmp_path)
    path.write_bytes(bytes(64) + path.read_bytes())
    (remark,) = tensorboard_flags.scan(tmp_path).remarks
    assert "tensorbolt verify" in remark


def test_a_dry_run_prints_the_command_with_ours_first(tmp_path, capsys):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 1, 1)
    (path,) = event_files(tmp_path)
    theirs = ["--samples_per_plugin=scalars=5", "--port", "7007", "--bind_all"]
    chosen = ["--data", "tensorboard", "--dry-run"]
    for place in ([str(tmp_path)], ["--logdir", str(tmp_path)], [str(path)]):
        assert cli.main(["view", *chosen, *place, *theirs]) == 0
        command = shlex.split(capsys.readouterr().out)
        assert command == [
            *tensorboard_process.command(),
            f"--logdir={tmp_path}",
            "--samples_per_plugin=scalars=10000",
            "--port=7007",
            "--bind_all",
            "--samples_per_plugin=scalars=5",
        ]
    assert cli.main(["view", *chosen, "hdfs://bucket/run"]) == 0
    assert "--logdir=hdfs://bucket/run" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "70000"], "from 0 to 65535"),
        (["--reload_interval", "5"], "as --name=value"),
        (["runs", "--reload_interval", "5"], "as --name=value"),
        (["a", "--logdir", "b"], "pass the directory once"),
        (["--host", "::1", "--bind-all"], "not allowed with"),
        (["nothing-here"], "there is no 'nothing-here'; did you mean 'runs'"),
        (["runs/nothing-here"], "did you mean 'runs/first' or 'runs/second'"),
        (["empty"], "no event files in 'empty'; did you mean 'runs'"),
        (["--data", "tensorboard", "empty"], "no event files in 'empty'"),
        (["--data", "tensorbolt", "--load_fast=true"], "pass --data tensorboard"),
        (["--data", "tensorboard", "a", "b"], "takes one directory here"),
        (["--data", "tensorboard", "--samples=scalars=1"], "--samples is for --data"),
        (["--data", "tensorboard", "--all"], "--all is for --data tensorbolt"),
        (["runs", "--logdir_spec=a:b"], "pass the directories once"),
        (["--samples_per_plugin=scalars"], "is not PLUGIN=N"),
        (["--reload_interval=soon"], "is no number of seconds"),
    ],
)
def test_wrong_arguments_say_what_to_pass(
    arguments, words, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    for run in ("first", "second"):
        with SummaryWriter(f"runs/{run}") as writer:
            writer.add_scalar("loss", 1, 1)
    with pytest.raises(SystemExit) as error:
        cli.main(["view", "--dry-run", *arguments])
    assert error.value.code == 2
    assert words in capsys.readouterr().err


def test_other_commands_take_no_unknown_options(capsys):
    with pytest.raises(SystemExit) as error:
        cli.main(["verify", "runs", "--nonsense"])
    assert error.value.code == 2
    assert "unrecognized arguments: --nonsense" in capsys.readouterr().err


def test_a_large_log_is_looked_at_in_part(tmp_path):
    for run in range(3):
        with SummaryWriter(tmp_path / str(run)) as writer:
            writer.add_scalar_series("loss", [0.5] * 5000, range(5000))
    age(tmp_path)
    log = tensorboard_flags.scan(tmp_path, seconds=0)
    assert (log.files, log.runs, log.needs) == (3, 3, ())
    assert flags(tmp_path) == {"--samples_per_plugin": "scalars=10000"}


@pytest.mark.parametrize("found", ["None", "Directory()"])
def test_without_tensorboard_it_says_what_to_install(found, tmp_path):
    code = f"""
        import importlib.util, sys

        class Directory:
            origin = None  # as a directory of that name in the working directory has

        find = importlib.util.find_spec
        importlib.util.find_spec = lambda name, *more: {found} if name == "tensorboard" else find(name, *more)
        from tensorbolt.cli import main
        main(["view", sys.argv[1]])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)],
        env={**ENVIRONMENT, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "pip install tensorboard" in done.stderr


def test_nothing_near_says_what_to_look_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(discover, "MAX_DIRECTORIES", 1)
    assert discover.no_log(Path("runs")).startswith(
        "there is no 'runs'; pass the directory"
    )


@pytest.mark.parametrize(
    ("url", "connection", "command"),
    [
        (
            "http://localhost:6006/",
            "10.0.0.1 1 10.0.0.2 22",
            "-L 6006:localhost:6006 me@10.0.0.2",
        ),
        (
            "http://[::1]:6006/",
            "10.0.0.1 1 10.0.0.2 22",
            "-L 6006:[::1]:6006 me@10.0.0.2",
        ),
        (
            "http://10.0.0.2:80/p/",
            "fe80::1 1 fe80::2 23",
            "-L 80:10.0.0.2:80 -p 23 me@fe80::2",
        ),
    ],
)
def test_the_tunnel_ends_where_the_server_is(url, connection, command, monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "me")
    lines = view.ssh_lines(url, connection)
    assert f"  ssh -N {command}" in lines
