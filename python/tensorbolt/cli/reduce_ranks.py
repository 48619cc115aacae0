"""`tensorbolt reduce` of a job: its ranks' streams become curves."""

import argparse
import math
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import Any

from tensorbolt import _core
from tensorbolt._addresses import is_store, without_login
from tensorbolt._options import Options
from tensorbolt._wording import counted, plain
from tensorbolt.cli.json_output import json_path, print_json
from tensorbolt.cli.output import check_free, replacing
from tensorbolt.cli.progress import progress
from tensorbolt.event_file_writer import EventFileWriter
from tensorbolt.interception import event_hooks
from tensorbolt.reading.inputs import File, Finder, size_of
from tensorbolt.reading.rank_streams import StreamFinder, named_streams
from tensorbolt.reading.stores import Stores
from tensorbolt.reading.work_directory import work_directory

#: Seconds that values wait for those of other ranks.
WINDOW = 30.0
#: Seconds between two looks at streams that grow, of files and of objects.
_INTERVAL, _STORE_INTERVAL = 0.2, 5.0
#: Seconds between two lists of local streams.
_LIST_INTERVAL = 1.0
#: Ranks that a line names.
_NAMED = 8
#: Options that are for runs such as seeds.
_FOR_RUNS = {
    "ops": "-r",
    "group": "--group",
    "align": "--align",
    "lax_tags": "--lax-tags",
    "min_runs_per_step": "--min-runs-per-step",
    "handle_dup_steps": "--handle-dup-steps",
    "runs": "--runs",
    "tags": "--tags",
    "steps": "--steps",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments for the ranks of a job."""
    ranks = parser.add_argument_group("ranks of a job")
    ranks.add_argument(
        "--follow",
        action="store_true",
        help="go on while the job runs, until all ranks have closed their writers; needs -o, for rank 0 writes the curves of a running job into LOGDIR itself",
    )
    ranks.add_argument(
        "--window",
        type=_seconds,
        metavar="SECONDS",
        help=f"with --follow: how long a step waits for ranks that are late [{WINDOW:g}]; otherwise all values count",
    )
    ranks.add_argument(
        "--double-precision",
        action="store_true",
        help="write float64, which TensorBoard shows with --load_fast=false only",
    )


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(
            f"must be a number of seconds above 0, not {text}"
        )
    return seconds


class Job:
    """The log of a job, in a local directory or in a store."""

    def __init__(self, source: str, storage_options: Mapping[str, Any]) -> None:
        self.source = source
        self._stores = Stores(storage_options)

    def streams(self) -> list[File]:
        """Its streams as they are now; none for anything but a directory or an address."""
        found = _listed(StreamFinder(self._stores, 1), self.source)
        return [file for file in found if file.run == "."]

    def event_files(self) -> list[tuple[str, Any]]:
        """Name and place of its event files."""
        found = _listed(Finder(self._stores, 1), self.source)
        files = sorted(file for file in found if file.run == ".")
        return [(file.name, file.place) for file in files]


def _listed(finder: Finder, source: str) -> list[File]:
    if is_store(source):
        return finder.at_address(source)
    path = Path(source).expanduser()
    return finder.in_directory(path) if path.is_dir() else []


def job_of(arguments: argparse.Namespace) -> Job | None:
    """The job whose log is the one source, if that has streams of ranks."""
    if len(arguments.logdirs) != 1:
        return None
    job = Job(arguments.logdirs[0], dict(arguments.storage_option))
    try:
        return job if job.streams() else None
    except FileNotFoundError:
        return None


def run(job: Job, arguments: argparse.Namespace) -> int:
    """Write the curves, say what is in them, and return the exit status."""
    for name, option in _FOR_RUNS.items():
        if getattr(arguments, name) != arguments.parser.get_default(name):
            arguments.parser.error(
                f"{option} is for runs such as seeds, and {plain(without_login(job.source))} has the streams of a job's ranks; "
                "writer.reduce_by() says how these become curves"
            )
    output: Path | None = arguments.output
    if output is None and arguments.follow:
        arguments.parser.error("--follow needs -o, the directory for the curves")
    if arguments.window is not None and not arguments.follow:
        arguments.parser.error("--window needs --follow; without it all values count")
    if output is None:
        made: AbstractContextManager[str | Path] = nullcontext(job.source)
        written = job.event_files()
    else:
        check_free(output, arguments)
        made = nullcontext(output) if arguments.follow else replacing(output)
        if arguments.follow and output.exists():
            with work_directory(output.parent) as work:
                output.rename(work / "before")
        written = []
    window = WINDOW if arguments.window is None else arguments.window
    reduction = _core.RankReduction(written, window, arguments.double_precision)
    options = Options(on_error="raise", storage_options=dict(arguments.storage_option))
    with made as directory, closing(_Output(directory, options)) as curves:
        if output is not None:
            curves.begin()
        _reduce(job, reduction, curves, follows=arguments.follow)
        options.wait_for_store()
    _report(job, output, reduction.counts(), arguments)
    return int(reduction.counts()["damage"] > 0)


class _Output:
    """An event file that is made when there is something to write."""

    def __init__(self, directory: "str | Path", options: Options) -> None:
        self._make: Callable[[], EventFileWriter] = lambda: EventFileWriter(
            directory, options=options
        )
        self._writer: EventFileWriter | None = None
        self._options = options

    def begin(self) -> EventFileWriter:
        """The writer of the file."""
        if self._writer is None:
            self._writer = self._make()
        return self._writer

    def append(self, found: tuple[bool, bytes, int]) -> bool:
        """Write records; whether there is more to read."""
        has_more, records, count = found
        if records:
            writer = self.begin()
            event_hooks.emit(
                writer._events, lambda events: events.append_records(records, count)
            )
            self._options.report_problems()
        return has_more

    def flush(self) -> None:
        """Have what was written in the file."""
        if self._writer is not None:
            self._writer.flush()

    def close(self) -> None:
        """Close the file."""
        if self._writer is not None:
            self._writer.close()


def _reduce(
    job: Job, reduction: _core.RankReduction, curves: _Output, *, follows: bool
) -> None:
    files = job.streams()
    reduction.set_streams(named_streams(files))

    def total() -> int | None:
        sizes = [size_of(file) for file in files]
        known = [size for size in sizes if size is not None]
        return sum(known) if len(known) == len(sizes) else None

    what = f"reducing {counted(len(files), 'stream')}"
    with progress(what, total) as update:
        while curves.append(reduction.catch_up()):
            update(reduction.bytes)
    if follows:
        _follow(job, reduction, curves)
    else:
        curves.append(reduction.look(ends=True))


def _follow(job: Job, reduction: _core.RankReduction, curves: _Output) -> None:
    interval = _STORE_INTERVAL if is_store(job.source) else _INTERVAL
    listed = time.monotonic()
    try:
        while not reduction.is_over:
            curves.append(reduction.look(ends=False))
            for what, effect in reduction.notices():
                print(f"{plain(what)}: {plain(effect)}", file=sys.stderr)
            _print_remarks(reduction)
            time.sleep(interval)
            if time.monotonic() - listed >= _LIST_INTERVAL:
                reduction.set_streams(named_streams(job.streams()))
                listed = time.monotonic()
    finally:
        curves.append(reduction.look(ends=True))
        _print_remarks(reduction)
        curves.flush()


def _print_remarks(reduction: _core.RankReduction) -> None:
    for remark in reduction.remarks():
        print(plain(remark), file=sys.stderr)


def _slow(slow: dict[str, Any]) -> str:
    until = "" if slow["until"] is None else f" until step {slow['until']:,}"
    than = "the median of the others" if slow["than"] == "others" else "before"
    return (
        f"rank {slow['rank']} on {plain(slow['host'])} took {slow['percent']:.1f} % longer in {plain(repr(slow['section']))} "
        f"than {than}, from about step {slow['since']:,} on{until}"
    )


def _report(
    job: Job,
    output: Path | None,
    counts: dict[str, Any],
    arguments: argparse.Namespace,
) -> None:
    where = str(output) if output is not None else without_login(job.source)
    missing, late = counts.pop("missing"), counts.pop("late_ranks")
    slow = counts.pop("slow")
    if arguments.json:
        behind = [
            {"rank": rank, "missing": missing.get(rank, 0), "late": late.get(rank, 0)}
            for rank in sorted({*missing, *late})
        ]
        print_json(
            {"output": json_path(where), **counts, "behind": behind, "slow": slow}
        )
        return
    print(
        f"{plain(where)}: {counted(counts['values'], 'value')} of {counted(counts['ranks'], 'rank')} "
        f"became {counted(counts['points'], 'point')}"
        + (f", {counts['present']:,} were there" if counts["present"] else "")
    )
    for what, by_rank in (("missing", missing), ("late", late)):
        ranks = list(by_rank.items())
        if ranks:
            named = ", ".join(f"{rank} ({count:,})" for rank, count in ranks[:_NAMED])
            more = f" and {len(ranks) - _NAMED:,} others" if len(ranks) > _NAMED else ""
            print(f"ranks that were {what}, with how often: {named}{more}")
    for one in slow[:_NAMED]:
        print(_slow(one))
    if len(slow) > _NAMED:
        print(f"{len(slow) - _NAMED:,} more ranks were slow; --json names them")
    if counts["damage"]:
        print(
            f"{counted(counts['damage'], 'place')} of the streams are damaged, which were left out; `tensorbolt verify` says where",
            file=sys.stderr,
        )
