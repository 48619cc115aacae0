"""Try a wheel as a user would meet it, with the Python that runs this file, in an environment of its own.

    python tools/try_wheel.py WHEEL                   a wheel or a source archive, or the directory that holds just one
    python tools/try_wheel.py WHEEL --with torch      with a package of people's programs installed as well
    python tools/try_wheel.py WHEEL --no-tensorboard  where TensorBoard, or what it needs, cannot be installed

It writes a log and reads it back, runs a program that imports torch's writer, starts `tensorbolt serve`, and lets
TensorBoard and its page read the log. Needs nothing but Python's own library; ends with 1 at the first thing that fails.
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

PROGRAMS = Path(__file__).with_name("wheel_programs")
SECONDS = 120
"""A program that takes longer hangs."""


class Environment:
    """A virtual environment, and a directory for the programs that run in it."""

    def __init__(self, directory: Path) -> None:
        venv.create(directory / "venv", with_pip=True)
        self.scripts = directory / "venv" / ("Scripts" if os.name == "nt" else "bin")
        self.work = directory / "work"
        self.work.mkdir()
        # No Python file of this tree is to be found, and no setting of this shell.
        self.variables = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "TENSORBOLT_")) and name != "VIRTUAL_ENV"
        }
        # Texts are UTF-8 for the programs, as they are for this one, whatever the terminal of the machine has.
        self.variables |= {"PYTHONUTF8": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}

    def command(self, name: str, *arguments: object) -> list[str]:
        """Words that start a program of the environment."""
        return [str(self.scripts / name), *map(str, arguments)]

    def run(self, name: str, *arguments: object, seconds: float = SECONDS) -> str:
        """What a program prints; its failure is ours, with all that it printed."""
        done = subprocess.run(
            self.command(name, *arguments),
            cwd=self.work,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            timeout=seconds,
            check=False,
        )
        if done.returncode:
            raise SystemExit(
                f"{name} {' '.join(map(str, arguments))}: exit status {done.returncode}\n{done.stdout}"
            )
        return done.stdout

    def install(self, *packages: object) -> None:
        """Install packages; torch may take minutes."""
        self.run("python", "-m", "pip", "install", "--quiet", *packages, seconds=1800)

    @contextmanager
    def started(
        self, name: str, *arguments: object
    ) -> Iterator["subprocess.Popen[str]"]:
        """A program that goes on until it is ended."""
        process = subprocess.Popen(
            self.command(name, *arguments),
            cwd=self.work,
            env=self.variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        # It cannot stop this test by keeping silent.
        late = threading.Timer(SECONDS, process.kill)
        late.start()
        try:
            yield process
        finally:
            late.cancel()
            end(process)


def end(process: "subprocess.Popen[str]") -> None:
    """End a program with those that it started."""
    if process.poll() is None and os.name == "nt":
        command = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        subprocess.run(command, capture_output=True, check=False)
    elif process.poll() is None:
        # Ctrl-C, with which people end it.
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS)
    process.kill()
    process.wait()


def line_with(process: "subprocess.Popen[str]", pattern: str) -> str:
    """What `pattern` catches in the first line that has it."""
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        printed.append(line)
        if found := re.search(pattern, line):
            return found[1]
    raise SystemExit(f"nothing like {pattern!r} in:\n{''.join(printed)}")


def answer(address: str, path: str, **arguments: str) -> Any:
    """What TensorBoard's page gets for a question, once its server knows the run."""
    query = f"http://{address}/data/{path}?{urllib.parse.urlencode(arguments)}"
    # Requests to this machine go through no proxy.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(query, timeout=SECONDS) as response:
        return json.load(response)


def try_program_of_tensorboard(environment: Environment) -> None:
    """The data server that TensorBoard starts is a native program."""
    end = ".exe" if os.name == "nt" else ""
    program = environment.scripts / f"tensorbolt-data-server{end}"
    if not program.is_file() or program.read_bytes()[:2] == b"#!":
        raise SystemExit(f"the wheel has no native {program.name}")


def try_server(environment: Environment) -> None:
    """`tensorbolt serve` listens, and ends when its standard input does."""
    with environment.started(
        "tensorbolt", "serve", "runs", "--until-eof", "--json"
    ) as server:
        assert server.stdin is not None
        host, _, port = line_with(server, r'"address": "([^"]+)"').rpartition(":")
        socket.create_connection((host, int(port)), timeout=SECONDS).close()
        server.stdin.close()
        if status := server.wait(SECONDS):
            raise SystemExit(f"tensorbolt serve: exit status {status}")


def try_program(environment: Environment, module: str) -> None:
    """A program that imports a reference writer gets the wheel's, and no other copy's."""
    program = ("run", PROGRAMS / "switched.py", module, f"runs/{module}")
    printed = environment.run("tensorbolt", *program)
    file = Path(printed.splitlines()[-1]).resolve()
    if not file.is_relative_to(environment.scripts.parent.resolve()):
        raise SystemExit(f"not the wheel, but {file}")


def try_board(environment: Environment) -> None:
    """The page of `tensorbolt view` has every point that the native server read."""
    with environment.started(
        "tensorbolt", "view", "runs", "--port", 0, "--no-browser"
    ) as board:
        address = line_with(board, r"Look at http://([^/]+)/")
        end = time.monotonic() + SECONDS
        while "first" not in (runs := answer(address, "runs")):
            if time.monotonic() > end:
                raise SystemExit(f"TensorBoard's page does not get the run, but {runs}")
            time.sleep(0.2)
        points = answer(address, "plugin/scalars/scalars", run="first", tag="loss")
    if [step for _, step, _ in points] != list(range(100)):
        raise SystemExit(f"TensorBoard's page gets other points: {points}")


def the_wheel(where: Path) -> Path:
    """The one wheel of a directory, or else its one source archive."""
    if where.is_file():
        return where.resolve()
    found = sorted(where.glob("*.whl")) or sorted(where.glob("*.tar.gz"))
    if len(found) != 1:
        raise SystemExit(
            f"{where} holds {len(found)} wheels, not one: {list(map(str, found))}"
        )
    return found[0].resolve()


def main() -> None:
    """Do it."""
    parser = argparse.ArgumentParser(
        description="Try a wheel in an environment of its own."
    )
    parser.add_argument(
        "wheel", type=Path, help="a wheel or a source archive, or a directory with one"
    )
    parser.add_argument(
        "--with",
        dest="packages",
        action="append",
        default=[],
        metavar="PACKAGE",
        help="a package to install as well, such as torch; may be given again",
    )
    parser.add_argument(
        "--no-tensorboard", action="store_true", help="without TensorBoard and its page"
    )
    options = parser.parse_args()
    wheel = the_wheel(options.wheel)
    directory = Path(tempfile.mkdtemp(prefix="tensorbolt-wheel-"))
    try:
        environment = Environment(directory)
        print(f"{wheel.name} with Python {sys.version.split()[0]}", flush=True)
        environment.install(wheel)
        print(
            environment.run("python", PROGRAMS / "write_and_read.py", "runs/first"),
            end="",
            flush=True,
        )
        environment.run("tensorbolt", "verify", "runs")
        try_program_of_tensorboard(environment)
        try_server(environment)
        print("tensorbolt serve answers", flush=True)
        if options.packages:
            environment.install(*options.packages)
        for module in ("torch.utils.tensorboard", "tensorboardX"):
            try_program(environment, module)
            print(
                f"tensorbolt run: a program that imports {module} logs through tensorbolt",
                flush=True,
            )
        if not options.no_tensorboard:
            environment.install("tensorboard>=2.18")
            environment.run(
                "python", PROGRAMS / "read_with_tensorboard.py", "runs/first"
            )
            try_board(environment)
            print(
                "TensorBoard reads the log, and shows it through tensorbolt's server",
                flush=True,
            )
        environment.run("python", "-m", "pip", "check")
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print("The wheel works.")


if __name__ == "__main__":
    main()
