"""Measures logs in an object store against their bars, through a proxy that counts requests and bytes; see `--help`.

The store is moto's server on this machine. Programs that log are processes of their own. What a local file takes is
measured in the same run.
"""

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from benches.python import remote_programs
from tools.fault_proxy.faults import Faults
from tools.fault_proxy.proxy import FaultProxy

ROOT = Path(__file__).resolve().parents[2]
ROTATIONS = 8
"""Of credentials, at least."""
EPILOG = """
At a scale below 1 a line says nothing about its bar, only whether the program works. Two bars are tests instead: `cargo test -p
tensorbolt-upload day -- --nocapture` counts the objects of a day with a clock that it turns itself, and `make chaos` kills processes.
Latency says little on a machine that does other things.

examples:
  python -m benches.python.remote                          everything, forty minutes
  python -m benches.python.remote --only bytes
  python -m benches.python.remote --scale 0.05             whether all of it works
"""


@dataclass(frozen=True)
class Finding:
    """What was measured for one bar."""

    text: str
    kept: bool


@dataclass(frozen=True)
class Place:
    """A bucket, the proxy before it, and a directory for local logs."""

    proxy: FaultProxy
    client: Any
    bucket: str
    directory: Path
    scale: float

    def start(self, program: str, *arguments: object) -> "subprocess.Popen[str]":
        """Start a program that logs; its spool is below the directory."""
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "python"), str(ROOT)]),
            "S3_ENDPOINT": self.proxy.url,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "TENSORBOLT_SPOOL": str(self.directory / "spool"),
        }
        module = remote_programs.__name__
        return subprocess.Popen(
            [sys.executable, "-m", module, program, *map(str, arguments)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def url(self, run: str) -> str:
        """Address of a run in the bucket."""
        return f"s3://{self.bucket}/{run}"

    def local(self, run: str) -> Path:
        """Directory of a run on this machine."""
        return self.directory / run

    def sent(self) -> tuple[int, int]:
        """Requests that put something, and their bytes, so far."""
        log = self.proxy.log("PUT", "POST")
        return len(log), sum(request.size for request in log)

    def events(self, run: str) -> int:
        """Events below a prefix of the bucket, versions of files not counted, as TensorBoard's reader finds them."""
        from tensorboard.backend.event_processing.event_file_loader import (
            RawEventFileLoader,
        )

        count = 0
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=f"{run}/"
        )
        path = self.directory / "object"
        for page in pages:
            for one in page.get("Contents", ()):
                got = self.client.get_object(Bucket=self.bucket, Key=one["Key"])
                path.write_bytes(got["Body"].read())
                count += sum(1 for _ in RawEventFileLoader(str(path)).Load()) - 1
        return count


def finished(process: "subprocess.Popen[str]", seconds: float) -> dict[str, Any] | None:
    """Have a program begin and wait for what it prints; None if it takes longer.

    Raises:
        RuntimeError: It failed.
    """
    try:
        output, _ = process.communicate("begin\n", timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None
    if process.returncode:
        raise RuntimeError(f"exit status {process.returncode}: {output}")
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def ready(process: "subprocess.Popen[str]") -> None:
    """Wait until a program has its writers."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if line != "ready\n":
        raise RuntimeError(f"the program ended: {line}")


def bytes_of_flushes(place: Place) -> Finding:
    """Bytes uploaded for bytes logged, with a flush after each few scalars."""
    flushes = max(round(1000 * place.scale), 10)
    for target in (place.local("flushes"), place.url("flushes")):
        process = place.start("flushes", target, flushes)
        ready(process)
        if finished(process, 600) is None:
            return Finding("not done in 600 s", False)
    requests, sent = place.sent()
    logged = sum(path.stat().st_size for path in place.local("flushes").iterdir())
    events = place.events("flushes")
    text = f"{sent:,} / {logged:,} = {sent / logged:.2f}, {requests} puts"
    if events != flushes * remote_programs.SCALARS:
        return Finding(f"{text}; {events} events arrived", False)
    return Finding(text, sent <= 2 * logged)


def latency_of_a_dead_store(place: Place) -> Finding:
    """A call's time while the store takes connections and never answers, and for a local file."""
    seconds = max(180 * place.scale, 5)
    process = place.start("latency", place.local("latency"), place.url("latency"), seconds)  # fmt: skip
    ready(process)
    place.proxy.set(Faults(black_hole=True))
    found = finished(process, seconds + 120)
    place.proxy.heal()
    if found is None:
        return Finding(f"the program stood still for {seconds + 120:.0f} s", False)
    local, remote, most = (found[name] for name in ("local", "remote", "most"))
    text = f"p99.9 {remote * 1e6:.1f} µs, local {local * 1e6:.1f} µs; longest {most * 1e3:.2f} ms"
    return Finding(text, remote <= 2 * local and most <= 5e-3)


def memory_of_a_long_log(place: Place) -> Finding:
    """Resident memory while a long log is written."""
    mebibytes = max(round(6144 * place.scale), 32)
    process = place.start("memory", place.url("memory"), mebibytes)
    ready(process)
    found = finished(process, 3600)
    if found is None:
        return Finding("not done in an hour", False)
    text = f"{found['grown'] / 2**20:.1f} MiB more after {mebibytes} MiB of log"
    return Finding(text, found["grown"] <= 32 << 20)


def requests_in_trouble(place: Place) -> Finding:
    """Requests and events of a run with an outage, 30 % of 503 and keys that expire, and of one without."""
    seconds = max(120 * place.scale, 9)
    counts = []
    for run, trouble in [("calm", False), ("trouble", True)]:
        place.proxy.clear()
        # Keys are renewed when a quarter of their life is left. Those that come and go in the outage are not used.
        life = seconds / (2 * ROTATIONS) / 0.75 if trouble else 0
        process = place.start("steady", place.url(run), seconds, life)
        ready(process)
        assert process.stdin is not None
        process.stdin.write("begin\n")
        process.stdin.flush()
        if trouble:
            for faults in (Faults(slow_down=0.3), Faults(refuse="SlowDown"), Faults(slow_down=0.3)):  # fmt: skip
                place.proxy.set(faults)
                time.sleep(seconds / 3)
        found = finished(process, seconds + 300)
        place.proxy.heal()
        if found is None:
            return Finding(f"{run}: not done in {seconds + 300:.0f} s", False)
        counts.append((place.sent()[0], place.events(run), found["logged"]))
    (calm, _, _), (trouble_requests, events, logged) = counts
    keys = len({one.access_key for one in place.proxy.log("PUT") if one.done})
    text = f"{trouble_requests} / {calm} = {trouble_requests / calm:.2f} with {keys} keys; {events:,} of {logged:,} events"
    few = trouble_requests <= 1.5 * calm
    return Finding(text, events == logged and few and keys > ROTATIONS)


def many_writers(place: Place) -> Finding:
    """Threads of a process with 1,024 writers of one job, and its requests in a minute when it is ten minutes old."""
    writers = max(round(1024 * place.scale), 16)
    seconds = max(900 * place.scale, 30)
    process = place.start("writers", place.url("writers"), writers, seconds)
    ready(process)
    found = finished(process, seconds + 900)
    if found is None:
        return Finding(f"not done in {seconds + 900:.0f} s", False)
    begin, end = found["begin"], found["end"]
    late = begin + (end - begin) * 2 / 3
    times: dict[str, list[float]] = {}
    for one in place.proxy.log("PUT"):
        if late <= one.begin < end:
            times.setdefault(one.key.rpartition(".")[0], []).append(one.begin)
    # From one to the next, so that it does not matter where in a pause the count begins and ends.
    pauses = [(len(at) - 1, max(at) - min(at)) for at in times.values() if len(at) > 1]
    rate = sum(60 * count / span for count, span in pauses)
    asked = sum(late <= one.begin < end for one in place.proxy.log("GET"))
    text = (
        f"{found['threads']} threads; {rate:.2f} puts and {60 * asked / (end - late):.2f} gets and lists in a minute in the last third of"
        f" {seconds:.0f} s, to {len(times)} files, of {writers} writers"
    )
    return Finding(text, found["threads"] <= 40 and 0 < rate <= 2)


BARS: dict[str, tuple[str, Callable[[Place], Finding]]] = {
    "bytes": ("bytes uploaded ≤ 2 × logged, 1,000 flushes", bytes_of_flushes),
    "latency": (
        "store dead: p99.9 ≤ 2 × a local file's, no call above 5 ms",
        latency_of_a_dead_store,
    ),
    "memory": ("log of 6 GiB: memory grows ≤ 32 MiB", memory_of_a_long_log),
    "trouble": (
        "outage, 30 % of 503, eight rotations of keys: nothing lost, ≤ 1.5 × the requests",
        requests_in_trouble,
    ),
    "writers": (
        "1,024 writers of a job in a process: ≤ 40 threads, ≤ 2 puts a minute after ten minutes",
        many_writers,
    ),
}


@contextmanager
def place_of(scale: float) -> Iterator[Place]:
    """An empty bucket behind a proxy."""
    import boto3
    from moto.server import ThreadedMotoServer

    # Larger objects are kept in files: logs have gigabytes.
    os.environ.setdefault("MOTO_S3_DEFAULT_KEY_BUFFER_SIZE", str(1 << 16))
    # It would print a line for each request.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        client = boto3.client(
            "s3",
            endpoint_url=f"http://{host}:{port}",
            region_name="us-east-1",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
        )
        bucket = f"bench-{time.time_ns()}"
        client.create_bucket(Bucket=bucket)
        with (
            tempfile.TemporaryDirectory() as directory,
            FaultProxy(f"http://{host}:{port}") as proxy,
        ):
            yield Place(proxy, client, bucket, Path(directory), scale)
    finally:
        server.stop()


def main(arguments: list[str] | None = None) -> int:
    """Measure and print a line for each bar; return 1 if one is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benches.python.remote",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", default="*", help=f"one of {', '.join(BARS)}")
    parser.add_argument("--scale", type=float, default=1.0, help="of all sizes (1)")
    options = parser.parse_args(arguments)
    chosen = [name for name in BARS if fnmatch(name, options.only)]
    if not chosen:
        parser.error(f"no bar matches {options.only!r}")
    if not 0 < options.scale <= 1:
        parser.error("--scale must be in (0, 1]")
    missed = 0
    for name in chosen:
        what, measure = BARS[name]
        with place_of(options.scale) as place:
            finding = measure(place)
        missed += not finding.kept
        mark = "kept  " if finding.kept else "MISSED"
        if options.scale < 1:
            mark = f"scale {options.scale:g}, {mark.strip()}:"
        print(f"{mark} {what}: {finding.text}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
