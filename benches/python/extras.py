"""What a mean cannot show: the slowest call while the disk stalls, memory, threads.

Each is measured in a fresh process, because it is about the whole process.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from benches.python.contenders import OURS, REFERENCE_WRITERS, Contender

STALL = 3
"""Seconds for which no write returns."""
HERE = Path(__file__).parent

Numbers = dict[str, float]


class Extra(NamedTuple):
    """One measure of a whole process."""

    name: str
    what: str
    measure: Callable[[Contender], Numbers]
    """Numbers by what they are, in the unit that the name ends with: `s`, `MB`, or none."""
    limits: Mapping[str, float]
    """What tensorbolt's numbers must stay below."""
    references_in_full_only: bool = False
    """The reference writers take minutes, so they take part in `--full` only."""

    def run(self, full: bool) -> dict[str, Numbers]:
        """Return the numbers of each contender."""
        references = (
            [] if self.references_in_full_only and not full else list(REFERENCE_WRITERS)
        )
        return {one.name: self.measure(one) for one in (OURS, *references)}


def extras() -> list[Extra]:
    """Return all of them, in the order of the report."""
    return [
        Extra(
            "stall",
            f"`add_scalar` every 100 µs while the disk stalls for {STALL} seconds in the middle",
            _stall,
            {"p99.9 s": 50e-6, "max s": 50e-3},
        ),
        Extra(
            "memory",
            "growth of resident memory over 10 million scalars",
            _memory,
            {"growth MB": 100},
            references_in_full_only=True,
        ),
        Extra(
            "open writers",
            "threads of a process with 1,000 open writers",
            _open_writers,
            {"threads": 10},
        ),
    ]


def _stall(contender: Contender) -> Numbers:
    script = f"""
        # The file is open and its threads have begun before the disk stalls.
        for step in range(2_000):
            writer.add_scalar("warm-up", 0.5, step)
        writer.flush()
        began, taken, stalled = time.perf_counter(), [], None
        while (now := time.perf_counter()) < began + {STALL} + 2:
            if stalled is None and now > began + 1:
                Path(os.environ["STALL_SWITCH"]).touch()
                stalled = now
            before = time.perf_counter()
            writer.add_scalar("loss/train", 0.5, len(taken))
            taken.append(time.perf_counter() - before)
            time.sleep(100e-6)
        taken.sort()
        answer = {{
            "p50 s": taken[len(taken) // 2],
            "p99.9 s": taken[int(len(taken) * 0.999)],
            "max s": taken[-1],
            "calls": len(taken),
        }}
        """
    with tempfile.TemporaryDirectory() as directory:
        library = _stalling_library(Path(directory))
        changes = {
            "LD_PRELOAD": str(library),
            "STALL_SWITCH": f"{directory}/switch",
            "STALL_SECONDS": str(STALL),
        }
        return _answer(contender, script, changes)


def _stalling_library(directory: Path) -> Path:
    """Compile what makes writes to event files wait, as those to a disk that does not answer."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise RuntimeError("no C compiler; on Debian: apt-get install gcc")
    library = directory / "stall.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library)]
    subprocess.run([*command, str(HERE / "stall.c"), "-ldl"], check=True)
    return library


def _memory(contender: Contender) -> Numbers:
    script = """
        def resident():
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

        for step in range(10_000):
            writer.add_scalar("loss/train", 0.5, step)
        writer.flush()
        before = most = resident()
        for step in range(10_000_000):
            writer.add_scalar("loss/train", 0.5, step)
            if step % 100_000 == 0:
                most = max(most, resident())
        answer = {"growth MB": max(most, resident()) - before}
        """
    return _answer(contender, script, {})


def _open_writers(contender: Contender) -> Numbers:
    script = """
        writers = [SummaryWriter(f"{directory}/{index}") for index in range(1000)]
        for writer in writers:
            writer.add_scalar("loss/train", 0.5, 0)
        answer = {"threads": len(os.listdir("/proc/self/task"))}
        for writer in writers:
            writer.close()
        """
    return _answer(contender, script, {})


def _answer(contender: Contender, script: str, changes: Mapping[str, str]) -> Numbers:
    """Run a script that finds `SummaryWriter`, a `writer` and its `directory`, and leaves an `answer`."""
    before = f"""
        import json, os, sys, time, warnings
        from pathlib import Path
        warnings.simplefilter("ignore")
        from {contender.module} import SummaryWriter
        directory = sys.argv[1]
        writer = SummaryWriter(directory)
        """
    after = """
        writer.close()
        print(json.dumps(answer))
        """
    program = "\n".join(textwrap.dedent(part) for part in (before, script, after))
    with tempfile.TemporaryDirectory(prefix="tensorbolt-bench-") as directory:
        done = subprocess.run(
            [sys.executable, "-c", program, directory],
            env={**os.environ, **contender.environment, **changes},
            check=True,
            capture_output=True,
            text=True,
        )
    answer: dict[str, Any] = json.loads(done.stdout)
    return {name: float(number) for name, number in answer.items()}
