"""The rows of the comparison of servers: what each starts, asks and checks."""

import fnmatch
import json
import os
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import grpc
import numpy as np
import tensorboard_data_server
from benches.python import tensorboard_process
from benches.python.reading import PERIOD, shape
from tensorboard.data.grpc_provider import make_stub
from tensorboard.data.proto import data_provider_pb2 as messages
from tools.wheels import data_server


def servers() -> dict[str, str]:
    """Programs that take the arguments of TensorBoard's data server; ours is built, as wheels have it."""
    return {
        "tensorbolt": str(data_server.build()),
        "rustboard": tensorboard_data_server.server_binary(),
    }


#: Calls of which the median is taken.
CALLS = 40
FILES = 10_000
WIDE_TAGS = 50
PATIENCE = 300.0


class Server:
    """A server that has just been started.

    Args:
        program: Its words.
        log: The directory.
        options: More arguments.
        files: Descriptors that it may have.
        cache: Where it may find what an earlier one has left; without it, in an empty directory.

    Attributes:
        started: When, on the clock of `perf_counter`.
        port_seconds: Until the file with its port was there.
    """

    def __init__(
        self,
        program: str,
        log: Path,
        *options: str,
        files: int | None = None,
        cache: Path | None = None,
    ) -> None:
        self._directory = tempfile.TemporaryDirectory()
        port_file = Path(self._directory.name, "port")
        command = [*program.split(), f"--logdir={log}", "--reload=5", "--port=0"]
        command += [f"--port-file={port_file}", "--die-after-stdin", *options]
        if files is not None:
            command = ["prlimit", f"--nofile={files}", *command]
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "XDG_CACHE_HOME": str(cache or self._directory.name)},
        )
        text = ""
        while not text.endswith("\n"):
            if self.process.poll() is not None or self.seconds() > PATIENCE:
                raise RuntimeError(f"{program} did not start")
            time.sleep(0.0005)
            text = port_file.read_text() if port_file.exists() else ""
        self.port_seconds = self.seconds()
        self.port = int(text)
        options_of_channel = [
            ("grpc.max_receive_message_length", 256 << 20),
            ("grpc.enable_http_proxy", 0),
        ]
        self._channel = grpc.secure_channel(
            f"localhost:{self.port}",
            grpc.local_channel_credentials(),
            options_of_channel,
        )
        self._stub = make_stub(self._channel)

    def seconds(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.started

    def ask(self, call: str, plugin: str | None = None, **fields: Any) -> Any:
        """The answer of one call."""
        if plugin is not None:
            fields["plugin_filter"] = {"plugin_name": plugin}
        request = getattr(messages, f"{call}Request")(**fields)
        return getattr(self._stub, call)(request, timeout=PATIENCE)

    def memory(self) -> dict[str, int]:
        """Bytes that it has, and the most that it had."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        fields = dict(line.split(":", 1) for line in status.splitlines())
        return {name: int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM")}  # fmt: skip

    def listed(self, series: int, step: int) -> tuple[float, float]:
        """Seconds from the start until the first scalar was listed, and until all were, with their last step."""
        first = None
        while self.seconds() < PATIENCE:
            answer = self.ask("ListScalars", "scalars")
            tags = [tag for run in answer.runs for tag in run.tags]
            if tags and first is None:
                first = self.seconds()
            if len(tags) == series and all(tag.metadata.max_step == step for tag in tags):  # fmt: skip
                assert first is not None
                return first, self.seconds()
            time.sleep(0.002)
        raise RuntimeError(f"{len(tags)} series of {series} are listed")

    def close(self) -> None:
        """End it."""
        self._channel.close()
        self.process.kill()
        self.process.communicate()
        self._directory.cleanup()


@contextmanager
def running(*arguments: Any, **options: Any) -> Iterator[Server]:
    server = Server(*arguments, **options)
    try:
        yield server
    finally:
        server.close()


def size(log: Path) -> tuple[int, int]:
    """Series of scalars of a log, and the last step of each."""
    if log.name == "D":
        return max(round(1000 * float(log.parent.name)), 1) * WIDE_TAGS, 999
    runs, tags, steps = shape(log.name, float(log.parent.name))
    return runs * tags, steps - 1


def opened(program: str, log: Path) -> dict[str, float]:
    """From the start until all is listed."""
    with running(program, log) as server:
        first, every = server.listed(*size(log))
        check(server, log)
        return {
            "port file, ms": server.port_seconds * 1000,
            "first tags, ms": first * 1000,
            "all listed, s": every,
            "memory, MiB": server.memory()["VmRSS"] / 2**20,
        }


def check(server: Server, log: Path) -> None:
    """Compare the newest point of each series with what was written.

    Raises:
        RuntimeError: They differ.
    """
    series, step = size(log)
    answer = server.ask("ReadScalars", "scalars", downsample={"num_points": 1})
    points = [tag.data for run in answer.runs for tag in run.tags]
    expected = ([step], [step % PERIOD / 8])
    if len(points) != series or any((list(one.step), list(one.value)) != expected for one in points):  # fmt: skip
        raise RuntimeError("the newest points are wrong")


def asked(program: str, log: Path) -> dict[str, float]:
    """Single calls, when everything has been read."""
    with running(program, log) as server:
        series, step = size(log)
        server.listed(series, step)
        run = server.ask("ListRuns").runs[0].name
        tag = "train/metrics/layer00/loss"
        one = {"runs": {"names": [run]}, "tags": {"names": [tag]}}
        steps = min(step + 1, 1000)
        calls: dict[str, Callable[[], Any]] = {
            f"ReadScalars of one series, {steps} points, ms": lambda: server.ask(
                "ReadScalars",
                "scalars",
                run_tag_filter=one,
                downsample={"num_points": 1000},
            ),
            f"ListScalars of {series} series, ms": lambda: server.ask(
                "ListScalars", "scalars"
            ),
            "ReadScalars, newest point of all, ms": lambda: server.ask(
                "ReadScalars", "scalars", downsample={"num_points": 1}
            ),
            "ListRuns, ms": lambda: server.ask("ListRuns"),
        }
        found = {name: timed(call) for name, call in calls.items()}
        (read,) = next(iter(calls.values()))().runs
        found["points of it"] = float(len(read.tags[0].data.step))
        # The lowest and the highest point of a part of the curve may be one.
        if found["points of it"] < steps / 4 or read.tags[0].data.step[-1] != step:
            raise RuntimeError("the curve has too few points, or not the newest one")
        with page(server.port, log) as address:
            query = urllib.parse.urlencode({"run": run, "tag": tag})
            url = f"{address}data/plugin/scalars/scalars?{query}"
            found["a chart through TensorBoard, ms"] = timed(lambda: loaded(url))
        return found


def timed(call: Callable[[], Any]) -> float:
    """Milliseconds of a call, the median of many."""
    call()
    seconds = []
    for _ in range(CALLS):
        before = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - before)
    return median(seconds) * 1000


def loaded(url: str) -> Any:
    """The answer at an address."""
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return json.load(answer)


def page(port: int, log: Path) -> AbstractContextManager[str]:
    """The address of a TensorBoard that asks a server."""
    return tensorboard_process.running(log, f"--grpc_data_provider=localhost:{port}")


def pictures(program: str, log: Path) -> dict[str, float]:
    """All pictures of a log, and one of them."""
    with running(program, log, "--samples-per-plugin=images=all") as server:
        server.listed(*size(log))
        steps = -(-(size(log)[1] + 1) // 5)
        key = ""
        while not key:
            answer = server.ask("ReadBlobSequences", "images", downsample={"num_points": steps})  # fmt: skip
            values = [value for run in answer.runs for tag in run.tags for value in tag.data.values]  # fmt: skip
            if len(values) == steps:
                key = values[steps // 2].blob_refs[-1].blob_key
        request = messages.ReadBlobRequest(blob_key=key)
        data = b"".join(part.data for part in server._stub.ReadBlob(request))
        if not data.startswith(b"\x89PNG"):
            raise RuntimeError("a picture is none")
        return {
            "with all pictures, memory, MiB": server.memory()["VmRSS"] / 2**20,
            "a picture, ms": timed(lambda: [*server._stub.ReadBlob(request)]),
        }


def first_curve(program: str, log: Path, cache: Path | None = None) -> dict[str, float]:
    """A large sweep: from the start of both programs until TensorBoard has a whole curve, and until all is there."""
    made_wide(log)
    series, step = size(log)
    with (
        running(program, log, cache=cache) as server,
        page(server.port, log) as address,
    ):
        query = urllib.parse.urlencode({"run": "run000", "tag": "train/loss/00"})
        url = f"{address}data/plugin/scalars/scalars?{query}"
        points: list[list[float]] = []
        while not points and server.seconds() < PATIENCE:
            with suppress(urllib.error.HTTPError):
                points = loaded(url)
        first = server.seconds()
        written = [[at, at % PERIOD / 8] for at in range(step + 1)]
        if [point[1:] for point in points] != written:
            raise RuntimeError("the first curve is not what was written")
        _, every = server.listed(series, step)
        check(server, log)
        memory = server.memory()["VmHWM"] / 2**20
        return {
            "first curve through TensorBoard, s": first,
            "all listed, s": every,
            "memory at most, MiB": memory,
            "memory for each series, kB": server.memory()["VmRSS"] / series / 1000,
            f"ListScalars of {series} series, ms": timed(
                lambda: server.ask("ListScalars", "scalars")
            ),
        }


def first_curve_again(program: str, log: Path) -> dict[str, float]:
    """The same when an earlier server has read the log."""
    made_wide(log)
    with tempfile.TemporaryDirectory() as directory:
        cache = Path(directory)
        with running(program, log, cache=cache) as server:
            server.listed(*size(log))
            # The index is written when all has been read; rustboard has none.
            waits = program != tensorboard_data_server.server_binary()
            while waits and not [*cache.rglob("*.pack")]:
                time.sleep(0.1)
        found = first_curve(program, log, cache)
        return {f"again, {name}": value for name, value in found.items()}


def made_wide(log: Path) -> None:
    """Write the log of a large sweep, if it is not there."""
    from tensorbolt import SummaryWriter

    done = log.with_suffix(".done")
    if done.exists():
        return
    series, step = size(log)
    steps = np.arange(step + 1)
    for run in range(series // WIDE_TAGS):
        with SummaryWriter(log / f"run{run:03}") as writer:
            for tag in range(WIDE_TAGS):
                writer.add_scalar_series(f"train/loss/{tag:02}", steps % PERIOD / 8, steps)  # fmt: skip
    done.touch()


def many(program: str, log: Path) -> dict[str, float]:
    """Ten thousand files, of which 256 may be open."""
    files = max(round(FILES * float(log.parent.name)), 10)
    if not log.with_suffix(".done").exists():
        from tensorbolt import SummaryWriter

        for number in range(files):
            with SummaryWriter(log / f"run{number:05}") as writer:
                writer.add_scalar_series("loss", [0.5] * 9 + [9 % PERIOD / 8], range(10))  # fmt: skip
        log.with_suffix(".done").touch()
    with running(program, log, files=256) as server:
        deadline, runs = 60.0, 0
        while server.seconds() < deadline and runs < files:
            try:
                runs = sum(len(run.tags) for run in server.ask("ListScalars", "scalars").runs)  # fmt: skip
            except grpc.RpcError:
                # A server without a descriptor left takes no connection.
                break
            time.sleep(0.01)
        found = {f"runs of {files} listed with 256 descriptors": float(runs)}
        if runs == files:
            found["all listed, s"] = server.seconds()
        return found


@dataclass(frozen=True)
class Row:
    """What is measured with one start of a server.

    Attributes:
        name: Begins with the log.
        measure: Starts it, and returns numbers by their names.
    """

    name: str
    measure: Callable[[str, Path], dict[str, float]]

    @property
    def log(self) -> str:
        """The log's name."""
        return self.name.split()[0]


ROWS = [
    *(Row(f"{log} opened", opened) for log in "ABC"),
    Row("A asked", asked),
    Row("B asked", asked),
    Row("C pictures", pictures),
    Row("many listed", many),
    Row("D opened", first_curve),
    Row("D opened again", first_curve_again),
]


def chosen(pattern: str) -> list[Row]:
    """The rows whose names a pattern fits."""
    return [row for row in ROWS if fnmatch.fnmatch(row.name, pattern)]
