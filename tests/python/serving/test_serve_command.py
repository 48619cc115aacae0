"""`tensorbolt serve`, and the program that TensorBoard starts in the place of its own server."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.python.serving import providers
from tests.python.serving.answers import CONTEXT
from tests.python.support.helpers import wait_until
from tools.board import Board

import tensorbolt
from tensorbolt import SummaryWriter, cli

ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1]),
}


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for run in ("runs/first", "runs/second", "old/third"):
        with SummaryWriter(run) as writer:
            writer.add_scalar_series("loss", [0.5] * 3000, range(3000))
    return tmp_path / "runs"


@contextmanager
def command(*words: str, **options: Any) -> Iterator[Any]:
    with subprocess.Popen(
        [sys.executable, "-m", "tensorbolt", "serve", *words],
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def shows(address: str, runs: list[str]) -> None:
    """Wait until a server has just these runs."""
    with providers.stub_of(int(address.rpartition(":")[2])) as stub:
        provider = providers.from_stub(stub)

        def found() -> list[str]:
            listed = provider.list_runs(CONTEXT, experiment_id="")
            return sorted(run.run_name for run in listed)

        wait_until(lambda: found() == runs)


def test_it_says_how_to_look_and_ends_with_ctrl_c(log: Path) -> None:
    with command() as process:
        said = [process.stdout.readline() for _ in range(3)]
        address = re.fullmatch(rf"Serving {log} at (localhost:\d+)\. .*\n", said[0])
        assert address, said
        words = shlex.split(said[1])
        assert words[:3] == [
            "tensorboard",
            f"--logdir={log}",
            f"--grpc_data_provider={address[1]}",
        ]
        shows(address[1], ["first", "second"])
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert process.stderr.read() == ""


def test_programs_get_json_and_end_it_with_standard_input(log: Path) -> None:
    with command("new=runs", "old", "--json", "--until-eof") as process:
        said = json.loads(process.stdout.readline())
        assert [one["name"] for one in said["logs"]] == ["new", "old"]
        shows(said["address"], ["new/first", "new/second", "old/third"])
        process.stdin.close()
        assert process.wait(60) == 0


def test_sigterm_ends_it(log: Path) -> None:
    with command("--json") as process:
        process.stdout.readline()
        process.terminate()
        assert process.wait(60) == 128 + signal.SIGTERM


@pytest.mark.parametrize(
    ("words", "fewest", "most"),
    [(["--all"], 3000, 3000), (["--samples", "scalars=100"], 100, 1000)],
    ids=["all", "samples"],
)
def test_it_keeps_as_many_points_as_it_is_asked_to(
    words: list[str], fewest: int, most: int, log: Path
) -> None:
    with command("runs", "--json", "--reload=once", *words) as process:
        said = json.loads(process.stdout.readline())
        with providers.stub_of(int(said["address"].rpartition(":")[2])) as stub:
            provider = providers.from_stub(stub)

            def steps() -> list[int]:
                read = {"experiment_id": "", "plugin_name": "scalars"}
                found = provider.read_scalars(CONTEXT, **read, downsample=10**6)
                tags = found.get("first", {})
                return [point.step for point in tags.get("loss", ())]

            wait_until(lambda: steps()[-1:] == [2999])
            assert steps()[0] == 0
            assert fewest <= len(steps()) <= most


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing"], "there is no 'nothing'; did you mean"),
        (["runs", "--port", "70000"], "from 0 to 65535"),
        (["runs", "--reload", "0"], "above 0, or once"),
        (["runs", "--samples", "scalars"], "is not PLUGIN=N, such as scalars=5000"),
        (["runs", "--all", "--samples", "scalars=1"], "not allowed with"),
        (["hdfs://bucket/runs"], "nor in a store that tensorbolt knows"),
        (["runs", "--memory", "much"], "is no size, such as 500MiB"),
        (["runs", "--memory", "0"], "is no size, such as 500MiB"),
        (["runs", "runs"], "two logs have the name 'runs': pass NAME=runs"),
        (["a=runs", "a=old"], "two logs have the name 'a'"),
        (["a="], "names no directory"),
    ],
)
def test_wrong_arguments_say_what_to_pass(
    words: list[str], message: str, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["serve", *words])
    assert message in capsys.readouterr().err


def test_a_port_that_is_in_use_is_a_sentence(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("localhost", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit, match="2"):
            cli.main(["serve", "runs", "--port", str(port)])
    said = capsys.readouterr().err
    assert f"error: cannot serve on localhost:{port}: " in said
    # The reason is said once.
    assert "Errno" not in said


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The program as pip installs it."""
    path = tmp_path / "tensorbolt-data-server"
    path.write_text(
        f'#!/bin/sh\nexec {sys.executable} -m tensorbolt.cli.data_server "$@"\n'
    )
    path.chmod(0o755)
    return path


def test_tensorboard_starts_it_in_the_place_of_its_own(
    log: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENSORBOARD_DATA_SERVER_BINARY", str(program))
    monkeypatch.setenv("PYTHONPATH", ENVIRONMENT["PYTHONPATH"])
    options = ["--samples_per_plugin=scalars=5000", "--reload_interval=1"]
    with Board(log, log.parent / "output", "true", options=options) as board:
        assert board.provider() == "GrpcDataProvider"
        expected = {(run, "loss"): [*range(3000)] for run in ("first", "second")}
        board.wait_until(lambda: board.steps("scalars", "scalars") == expected)
        assert board.steps("scalars", "scalars") == expected
        assert board.json("environment")["data_location"] == str(log)


def test_what_the_program_cannot_do_it_says_in_a_file(log: Path, program: Path) -> None:
    error = log.parent / "error"
    with socket.create_server(("localhost", 0)) as taken:
        for words, status in [
            (["--logdir=nothing://runs"], 8),
            ([f"--logdir={log}", f"--port={taken.getsockname()[1]}"], 9),
            ([f"--logdir={log}", "--nonsense"], 2),
            ([], 2),
        ]:
            error.unlink(missing_ok=True)
            done = subprocess.run(
                [program, *words, f"--error-file={error}"],
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.returncode == status, (words, done.stderr)
            assert (error.read_text() if error.exists() else done.stderr).strip()
