"""How long TensorBoard's page takes to draw the first curve of a large sweep, with its own loaders and with ours; see `--help`.

Each row starts one TensorBoard, and Chromium, which runs already, opens the page as soon as a run is listed. What the page
gets is checked.
"""

import argparse
import os
import shutil
import socket
import sys
import tempfile
import time
import urllib.error
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from benches.python import reading, serving_browser, serving_rows, tensorboard_process
from benches.python.serving_browser import NotInTimeError, until

EPILOG = """
The log is D of `benches.python.serving`: 1,000 runs with 50 tags and 1,000 steps, 2.5 GB. `view` is `tensorbolt view`. `program`
is TensorBoard that starts our data server by itself, as it starts `rustboard` (`--load_fast=true`); `python` is
`--load_fast=false`. With `, again` our server finds the index that an earlier one left. A fresh profile has never seen the
page; a kept one has its script, and has compiled it, as the browser of a person who uses TensorBoard.

examples:
  python -m benches.python.serving_page                                 all loaders
  python -m benches.python.serving_page --loader view --loader 'view, again'
  python -m benches.python.serving_page --time-series 120 --patience 60 Time Series as well
  python -m benches.python.serving_page --scale 0.02                    whether it works, on 20 runs
"""
PROFILES = ("fresh", "kept")
#: Seconds between two questions whether all is listed; each answer takes TensorBoard a second.
LIST_PAUSE = 1.0


@dataclass(frozen=True)
class Loader:
    """How TensorBoard gets its data.

    Attributes:
        options: Of TensorBoard, or of what starts it.
        program: What starts it.
        binary: Its data server, if not its own.
        is_second: Our server has read the log before.
        names_early: Whether it names runs before it has read any of them.
    """

    options: tuple[str, ...]
    program: tuple[str, ...] = tensorboard_process.TENSORBOARD
    binary: str | None = None
    is_second: bool = False
    names_early: bool = False

    def begun(self, address: str) -> list[str]:
        """The runs of which something can be shown."""
        if self.names_early:
            return names(address)
        # The names of all tags would keep TensorBoard busy for half a second.
        return [*serving_rows.loaded(f"{address}data/runs")]


def loaders() -> dict[str, Loader]:
    """All of them, by name."""
    ours = serving_rows.servers()["tensorbolt"]
    view, fast = ("-m", "tensorbolt", "view"), ("--load_fast=true",)
    quiet = ("--no-browser",)
    return {
        "view": Loader(quiet, view),
        "view, again": Loader(quiet, view, is_second=True),
        "program": Loader(fast, binary=ours),
        "program, again": Loader(fast, binary=ours, is_second=True),
        "rustboard": Loader(fast),
        "python": Loader(("--load_fast=false",), names_early=True),
    }


@dataclass(frozen=True)
class Case:
    """What all rows have in common.

    Attributes:
        log: The directory.
        port: Of the page; what a browser keeps of a page is kept for its port.
        kept: A profile that has seen the page.
        patience: Seconds for each thing that is waited for.
        time_series: Seconds for Time Series; 0 to leave it out.
    """

    log: Path
    port: int
    kept: Path
    patience: float
    time_series: float


def main(arguments: list[str] | None = None) -> int:
    """Measure and print a table; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benches.python.serving_page",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    known = loaders()
    parser.add_argument("--loader", action="append", choices=[*known], default=[])
    parser.add_argument("--profile", choices=PROFILES, help="one of them alone")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the log (1)")
    parser.add_argument(
        "--patience",
        type=float,
        default=120,
        help="seconds for the first curve, and for the list of all (120)",
    )
    parser.add_argument(
        "--time-series",
        type=float,
        default=0,
        metavar="SECONDS",
        help="for a chart of all runs on Time Series, after the first curve (0: left out)",
    )
    options = parser.parse_args(arguments)
    if not 0 < options.scale <= 1:
        parser.error("--scale must be in (0, 1]")
    log = reading.ROOT / "build" / "bench" / "logs" / f"{options.scale:g}" / "D"
    log.parent.mkdir(parents=True, exist_ok=True)
    serving_rows.made_wide(log)
    before = os.getloadavg()[0]
    print("| loader | profile | TensorBoard says its address, s | the page is opened, s | its script has run, s | it has the tags, s | it has points, s | a curve is drawn, s | the page's thread has computed, s | all is listed, s | Time Series, from its opening, s | curves in its chart |")  # fmt: skip
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as directory:
        port, kept = free_port(), Path(directory, "profile")
        case = Case(log, port, kept, options.patience, options.time_series)
        profiles = [one for one in PROFILES if options.profile in (None, one)]
        if "kept" in profiles:
            serving_browser.keep(kept, port)
        for name in options.loader or known:
            for profile in profiles:
                cells = measured(known[name], case, profile)
                print(f"| {name} | {profile} | {' | '.join(cells)} |", flush=True)
    command = " ".join(["python -m benches.python.serving_page", *sys.argv[1:]])
    date = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M")
    print(f"\n`{command}`, {date} UTC, {os.cpu_count()} cores, load {before:.1f} before and {os.getloadavg()[0]:.1f} after.")  # fmt: skip
    return 0


def measured(loader: Loader, case: Case, profile: str) -> Iterator[str]:
    """Start a TensorBoard, and return the cells of its row; seconds since its start, but for Time Series."""
    series, _ = serving_rows.size(case.log)
    runs = series // serving_rows.WIDE_TAGS
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cache, own = directory / "cache", directory / "profile"
        cache.mkdir()
        if loader.is_second:
            fill(loader, case, cache)
        if profile == "kept":
            shutil.copytree(case.kept, own, symlinks=True)
        context = stack.enter_context(serving_browser.browser(own))
        started = time.time()
        address = stack.enter_context(board(loader, case, cache))
        yield f"{time.time() - started:.2f}"
        try:
            listed = until(lambda: loader.begun(address), case.patience)
        except NotInTimeError:
            yield from [f"not within {case.patience:.0f}", *[""] * 8]
            return
        try:
            drawn = serving_browser.one_curve(context, address, sorted(listed)[-1], case.patience)  # fmt: skip
            for at in (drawn.opened, drawn.script, drawn.tags, drawn.points):
                yield f"{at - started:.2f}"
            remark = "" if drawn.is_whole else ", in part"
            yield f"{drawn.curve - started:.2f}{remark}"
            yield f"{drawn.computed:.2f}"
        except NotInTimeError:
            yield from [*[""] * 4, f"not within {case.patience:.0f}", ""]
        # It is the same with each profile.
        yield "" if profile != PROFILES[0] else all_listed(address, runs, started, case.patience)  # fmt: skip
        if not case.time_series:
            yield from ["", ""]
            return
        opened = time.time()
        try:
            curves = serving_browser.all_curves(context, address, case.time_series)
            yield from [f"{time.time() - opened:.2f}", curves]
        except NotInTimeError:
            yield from [f"not within {case.time_series:.0f}", ""]


def all_listed(address: str, runs: int, started: float, patience: float) -> str:
    """When all runs are listed, or how many are."""
    try:
        until(lambda: len(names(address)) == runs, patience, LIST_PAUSE)
    except NotInTimeError:
        return f"{len(names(address)):,} of {runs:,} runs after {time.time() - started:.0f}"  # fmt: skip
    return f"{time.time() - started:.2f}"


def fill(loader: Loader, case: Case, cache: Path) -> None:
    """Have our server read the log and leave its index, which is one for the same options."""
    with board(loader, case, cache):
        until(lambda: [*cache.rglob("*.pack")], serving_rows.PATIENCE)


def board(loader: Loader, case: Case, cache: Path) -> AbstractContextManager[str]:
    """The address of a TensorBoard."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    if loader.binary is not None:
        environment["TENSORBOARD_DATA_SERVER_BINARY"] = loader.binary
    return tensorboard_process.running(
        case.log,
        *loader.options,
        port=case.port,
        environment=environment,
        program=loader.program,
    )


def free_port() -> int:
    """A port that nothing listens at."""
    with socket.create_server(("localhost", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def names(address: str) -> list[str]:
    """The runs whose scalars are listed."""
    # The loader in Python fails now and then while it reads.
    with suppress(urllib.error.HTTPError):
        return [*serving_rows.loaded(f"{address}data/plugin/scalars/tags")]
    return []


if __name__ == "__main__":
    sys.exit(main())
