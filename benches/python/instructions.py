"""Compares the instructions of the hot paths, counted by callgrind, with the committed numbers; see `--help`.

A count does not depend on how busy or how fast the machine is: valgrind shows every program the same processor. It does
depend on the compiler, so the numbers name theirs. Needs no package but the standard library.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT / "benches" / "instructions" / "expected.json"
PACKAGE = "tensorbolt-instructions"
TOLERANCE = 0.03
"""Counts may be this share off: the I/O thread and the C library leave traces of less than one per cent."""
LEFT_OUT = re.compile(r"RUSTFLAGS|^CARGO_PROFILE_|^CARGO_BUILD_TARGET$")
"""Variables that would change what is built: `-C target-cpu=native`, less optimisation."""
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_ARENA_MAX": "1"}
"""Large blocks come from the system, which has zeroed them, and not now and then from what the I/O thread gave back a
moment before: clearing those counts too."""
LINE = re.compile(r"^\s*([\d,]+) .*:instructions::hot::(\w+) \[")

Counts = dict[str, int]


def main(arguments: list[str] | None = None) -> int:
    """Count and compare, or record; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benches.python.instructions", description=__doc__
    )
    parser.add_argument(
        "--record",
        action="store_true",
        help="make the counts of now the committed ones",
    )
    options = parser.parse_args(arguments)
    if platform.machine() != "x86_64" or platform.system() != "Linux":
        print("instructions: not counted, the committed numbers are of x86-64 Linux")
        return 0
    if shutil.which("valgrind") is None:
        print(
            "instructions: not counted, valgrind is missing; on Debian: apt-get install valgrind"
        )
        # As with the browser: what CI may not leave out, others may.
        return 1 if os.environ.get("CI") else 0
    counts, compiler = count(_build()), _compiler()
    if options.record:
        recorded = {"compiler": compiler, "counts": counts}
        text = json.dumps(recorded, indent=2) + "\n"
        RECORDED.write_text(text, encoding="utf-8")
        print(
            f"instructions: recorded {len(counts)} counts in {RECORDED.relative_to(ROOT)}"
        )
        return 0
    expected = json.loads(RECORDED.read_text(encoding="utf-8"))
    lines, off = compare(counts, expected["counts"])
    print("\n".join(lines))
    if not off:
        return 0
    print(
        f"instructions: {', '.join(off)}: off by more than {TOLERANCE:.0%}. Fewer are good news, more need a reason;"
        " `make instructions-record` makes them the committed numbers."
    )
    if compiler != expected["compiler"]:
        print(f"The numbers are of {expected['compiler']}, this is {compiler}.")
    return 1


def compare(counts: Counts, expected: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """Return a line for each count, and the names of those that are off, new or gone."""
    lines, off = [], []
    for name in sorted({*counts, *expected}):
        found, wanted = counts.get(name), expected.get(name)
        if found is None or wanted is None:
            lines.append(f"{name:28} {'gone' if found is None else 'new'}")
            off.append(name)
            continue
        change = found / wanted - 1
        wrong = abs(change) > TOLERANCE
        mark = "  <<<" if wrong else ""
        lines.append(f"{name:28} {found:>12,} {change:>+8.2%}{mark}")
        off += [name] if wrong else []
    return lines, off


def count(program: Path) -> Counts:
    """Return the instructions that each function of the program took, with all that it called."""
    with tempfile.TemporaryDirectory() as directory:
        profile = f"{directory}/callgrind.out"
        _output(
            "valgrind",
            "--tool=callgrind",
            f"--callgrind-out-file={profile}",
            str(program),
            environment=ALLOCATOR,
        )
        report = _output(
            "callgrind_annotate", "--inclusive=yes", "--threshold=100", profile
        )
    found = (LINE.match(line) for line in report.splitlines())
    return {line[2]: int(line[1].replace(",", "")) for line in found if line}


def _build() -> Path:
    environment = {
        name: value for name, value in os.environ.items() if not LEFT_OUT.search(name)
    }
    command = ["cargo", "build", "--quiet", "--locked", "--release", "-p", PACKAGE]
    messages = subprocess.run(
        [*command, "--message-format=json"],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    built = [json.loads(line).get("executable") for line in messages.splitlines()]
    return Path(next(path for path in built if path))


def _compiler() -> str:
    return _output("rustc", "--version").strip()


def _output(*command: str, environment: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
