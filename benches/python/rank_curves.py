"""How many values a second `tensorbolt reduce` takes, on one core, and that the curves are numpy's.

    python -m benches.python.rank_curves [RANKS TAGS STEPS RANKS_OF_A_NODE TAGS_OF_A_CALL [timed]]

Without numbers it measures the cases that docs/performance/ranks.md lists. With `timed` the tags are those of sections, as
`writer.timed` logs them, of which the reduction also makes scores and names slow ranks. Streams are made first, as ranks on several nodes would
have written them; they are in the page cache when they are read.
"""

import os
import resource
import struct
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tensorbolt import _core

# Ranks, tags, steps, ranks of a node, tags that one call logs.
CASES = [(1024, 100, 30, 8, 100), (8, 10, 20_000, 8, 10), (8, 1, 100_000, 8, 1)]
# The same for sections of a step, next to what the same values take as other tags.
TIMED = (1024, 10, 300, 8, 10)
REPEATS = 5


def _varint(number: int) -> bytes:
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def _sized(key: int, content: bytes) -> bytes:
    return bytes([key]) + _varint(len(content)) + content


def _event(rank: int, step: int, tags: list[bytes], values: "np.ndarray") -> bytes:
    made = [
        _sized(0x0A, _sized(0x0A, tag) + b"\x42\x0c\x08\x02\x32\x08" + value.tobytes())
        for tag, value in zip(tags, values, strict=True)
    ]
    head = b"\x09" + struct.pack("<d", 1.7e9 + step) + b"\x10" + _varint(step)
    last = _varint(1001 << 3) + _varint(rank)
    return _core.encode_record(head + _sized(0x2A, b"".join(made)) + last)


def _session(rank: int, world_size: int, status: int) -> bytes:
    fields = _varint(1001 << 3) + _varint(rank)
    if status == 1:
        fields += _varint(1002 << 3) + _varint(world_size)
    return _core.encode_record(_sized(0x3A, bytes([8, status])) + fields)


def write_streams(
    directory: Path, values: "np.ndarray", node: int, call: int, prefix: str
) -> list[tuple[str, str]]:
    """Streams of values of shape `[steps, ranks, tags]`; returns their names and paths."""
    steps, ranks, tags = values.shape
    names = [f"{prefix}{tag:03}".encode() for tag in range(tags)]
    files = []
    for first in range(0, ranks, node):
        path = directory / f"{100 + first:020}.node.1.stream"
        mine = range(first, min(first + node, ranks))
        with path.open("wb") as file:
            for rank in mine:
                file.write(_session(rank, ranks, 1))
            for step in range(steps):
                for rank in mine:
                    for at in range(0, tags, call):
                        part = slice(at, at + call)
                        record = _event(
                            rank, step, names[part], values[step, rank, part]
                        )
                        file.write(record)
            for rank in mine:
                file.write(_session(rank, ranks, 2))
        files.append((path.name, str(path)))
    return files


def reduce_once(files: list[tuple[str, str]]) -> tuple[float, float, bytes]:
    """Seconds of the clock and of the processor, and the records of the curves."""
    begin, used = time.perf_counter(), time.process_time()
    reduction = _core.RankReduction([], 30.0, False)
    reduction.set_streams(files)
    found = []
    has_more = True
    while has_more:
        has_more, records, _ = reduction.catch_up()
        found.append(records)
    found.append(reduction.look(ends=True)[1])
    return time.perf_counter() - begin, time.process_time() - used, b"".join(found)


def check(records: bytes, values: "np.ndarray", prefix: str) -> None:
    """Compare the mean of each tag and step with numpy's."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "events.out.tfevents.1.h.1.000001").write_bytes(records)
        import tensorbolt

        log = tensorbolt.read(directory, tags=f"{prefix}*", threads=1)
        table = log.scalars.wide()
        for tag in range(values.shape[2]):
            found = table[f"{prefix}{tag:03}"]
            means = values[:, :, tag].mean(1).astype(np.float32)
            assert np.array_equal(found, means.astype(np.float64))


def main() -> None:
    """Measure, and print a row for each case."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    words = sys.argv[1:]
    is_timed = words[-1:] == ["timed"]
    given = tuple(map(int, words[:-1] if is_timed else words))
    cases = [(case, False) for case in [*CASES, TIMED]] + [(TIMED, True)]
    random = np.random.default_rng(0)
    print("| ranks × tags | tags of a call | values | values/s, best | worst |")
    print("|---|---|---|---|---|")
    for (ranks, tags, steps, node, call), timed in (
        [(given, is_timed)] if given else cases
    ):
        values = random.normal(size=(steps, ranks, tags))
        prefix = "train/metric_"
        if timed:
            values, prefix = 0.1 * (1 + 0.02 * values), "seconds/part_"
        with tempfile.TemporaryDirectory() as directory:
            files = write_streams(Path(directory), values, node, call, prefix)
            rounds = [reduce_once(files) for _ in range(REPEATS)]
        check(rounds[0][2], values, prefix)
        rates = sorted(values.size / used for _, used, _ in rounds)
        print(
            f"| {ranks:,} × {tags}{' sections' * timed} | {call} | {values.size:,} | {rates[-1]:,.0f} | {rates[0]:,.0f} |",
            flush=True,
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"\npeak memory of the program, streams' values included: {peak >> 10} MiB")


if __name__ == "__main__":
    main()
