"""How long TensorBoard's page takes to draw the curves of a large sweep, with its own loaders and with ours; see `--help`.

Each loader is started once, and Chromium opens the page as soon as a run is listed. What the page gets is checked.
"""

import argparse
import os
import sys
import tempfile
import time
import urllib.error
import urllib.parse
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from benches.python import reading, serving_rows, tensorboard_process
from benches.python.reading import PERIOD
from playwright.sync_api import Browser, Locator, Page, Response
from tools import chromium
from tools.page import coloured

EPILOG = """
The log is D of `benches.python.serving`: 1,000 runs with 50 tags and 1,000 steps, 2.5 GB. TensorBoard starts both data servers by
itself (`--load_fast=true`); `again` is ours with the index that an earlier one left; `python` is `--load_fast=false`.

examples:
  python -m benches.python.serving_page                       all loaders
  python -m benches.python.serving_page --loader tensorbolt   one
  python -m benches.python.serving_page --scale 0.02          whether it works, on 20 runs
"""
TAG = "train/loss/00"
#: Pixels of a chart with a curve that have a colour.
DRAWN = 100


@dataclass(frozen=True)
class Loader:
    """How TensorBoard gets its data.

    Attributes:
        option: Value of `--load_fast`.
        binary: Its data server, if not its own.
        is_second: The log was read before.
    """

    option: str
    binary: str | None = None
    is_second: bool = False


class NotInTimeError(Exception):
    """A page did not show in time what it has to."""


def loaders() -> dict[str, Loader]:
    ours = serving_rows.servers()["tensorbolt"]
    return {
        "tensorbolt": Loader("true", ours),
        "tensorbolt, again": Loader("true", ours, is_second=True),
        "rustboard": Loader("true"),
        "python": Loader("false"),
    }


def main(arguments: list[str] | None = None) -> int:
    """Measure and print a table; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benches.python.serving_page",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    known = ["tensorbolt", "tensorbolt, again", "rustboard", "python"]
    parser.add_argument("--loader", action="append", choices=known, default=[])
    parser.add_argument("--scale", type=float, default=1.0, help="size of the log (1)")
    parser.add_argument(
        "--patience", type=float, default=300, help="seconds for each page (300)"
    )
    options = parser.parse_args(arguments)
    if not 0 < options.scale <= 1:
        parser.error("--scale must be in (0, 1]")
    log = reading.ROOT / "build" / "bench" / "logs" / f"{options.scale:g}" / "D"
    log.parent.mkdir(parents=True, exist_ok=True)
    serving_rows.made_wide(log)
    before = os.getloadavg()[0]
    print("| loader | TensorBoard says its address, s | a run is listed, s | its curve is drawn, s | all is listed, s | Time Series, from its opening until a chart is drawn, s | curves in the chart |")  # fmt: skip
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, loader in loaders().items():
        if name in (options.loader or known):
            cells = measured(loader, log, options.patience)
            print(f"| {name} | {' | '.join(cells)} |", flush=True)
    command = " ".join(["python -m benches.python.serving_page", *sys.argv[1:]])
    date = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M")
    print(f"\n`{command}`, {date} UTC, {os.cpu_count()} cores, load {before:.1f} before and {os.getloadavg()[0]:.1f} after.")  # fmt: skip
    return 0


def measured(loader: Loader, log: Path, patience: float) -> Iterator[str]:
    """Start a TensorBoard, and return the cells of its row."""
    series, _ = serving_rows.size(log)
    runs = series // serving_rows.WIDE_TAGS
    with ExitStack() as stack:
        cache = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if loader.is_second:
            fill(loader, log, cache)
        browser = stack.enter_context(chromium.launched())
        started = time.perf_counter()
        address = stack.enter_context(board(loader, log, cache))
        cells = [f"{time.perf_counter() - started:.2f}"]
        listed = until(lambda: names(address), patience)
        cells.append(f"{time.perf_counter() - started:.2f}")
        run = sorted(listed)[-1]
        try:
            drawn = one_curve(browser, address, run, patience)
            cells.append(f"{time.perf_counter() - started:.2f}{drawn}")
        except NotInTimeError:
            cells.append(f"not after {time.perf_counter() - started:.0f}")
        try:
            until(lambda: len(names(address)) == runs, patience)
            cells.append(f"{time.perf_counter() - started:.2f}")
        except NotInTimeError:
            cells.append(f"{len(names(address))} of {runs} runs after {time.perf_counter() - started:.0f}")  # fmt: skip
        opened = time.perf_counter()
        try:
            curves = all_curves(browser, address, patience)
            cells += [f"{time.perf_counter() - opened:.2f}", curves]
        except NotInTimeError:
            cells += [f"not after {patience:.0f}", ""]
    return iter(cells)


def fill(loader: Loader, log: Path, cache: Path) -> None:
    """Have a server read the log and leave its index."""
    assert loader.binary is not None
    with serving_rows.running(loader.binary, log, cache=cache):
        until(lambda: [*cache.rglob("*.pack")], serving_rows.PATIENCE)


def board(loader: Loader, log: Path, cache: Path) -> AbstractContextManager[str]:
    """The address of a TensorBoard."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    if loader.binary is not None:
        environment["TENSORBOARD_DATA_SERVER_BINARY"] = loader.binary
    option = f"--load_fast={loader.option}"
    return tensorboard_process.running(log, option, environment=environment)


def until(condition: Any, patience: float) -> Any:
    """Wait until a condition is true, and return what it returned."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise NotInTimeError
        time.sleep(0.02)
    return found


def names(address: str) -> list[str]:
    """The runs whose scalars are listed."""
    # The loader in Python fails now and then while it reads.
    with suppress(urllib.error.HTTPError):
        return [*serving_rows.loaded(f"{address}data/plugin/scalars/tags")]
    return []


def one_curve(browser: Browser, address: str, run: str, patience: float) -> str:
    """Open the Scalars dashboard with one run, and wait for its first curve; return a remark if it is a part."""
    query = urllib.parse.quote(f"^{run}$")
    with opened(browser, "scalars_multirun") as (page, answers):
        page.goto(f"{address}#scalars&regexInput={query}", wait_until="commit")
        wait(
            page, answers, page.locator("tf-scalar-card vz-line-chart2").first, patience
        )
        got = [points for answer in answers for points in answer.json().values()]
    return "" if got and all(map(is_whole, got)) else ", in part"


def all_curves(browser: Browser, address: str, patience: float) -> str:
    """Open Time Series, wait for its first chart, and return how many curves it has, and how many of them are a part."""
    with opened(browser, "timeSeries") as (page, answers):
        page.goto(f"{address}#timeseries", wait_until="commit")
        wait(page, answers, page.locator("scalar-card line-chart").first, patience)
        (card,) = answers[0].json()
    found = [
        [(point["wallTime"], point["step"], point["value"]) for point in points]
        for points in card["runToSeries"].values()
    ]
    parts = sum(not is_whole(curve) for curve in found)
    return f"{len(found)}, {parts} of them in part" if parts else str(len(found))


@contextmanager
def opened(browser: Browser, path: str) -> Iterator[tuple[Page, list[Response]]]:
    """A page, and the answers from one path."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    answers: list[Response] = []
    page.on(
        "response",
        lambda answer: answers.append(answer) if path in answer.url else None,
    )
    try:
        yield page, answers
    finally:
        page.close()


def wait(page: Page, answers: list[Response], chart: Locator, patience: float) -> None:
    deadline = time.monotonic() + patience
    # Looking for colours takes the time that TensorBoard needs for its answers.
    while not answers or not chart.count() or coloured(chart) < DRAWN:
        if time.monotonic() > deadline:
            raise NotInTimeError
        page.wait_for_timeout(50)


def is_whole(curve: Any) -> bool:
    """Whether a curve is what was written."""
    steps = [step for _, step, _ in curve]
    values = [value for _, _, value in curve]
    return steps == [*range(1000)] and values == [step % PERIOD / 8 for step in steps]


if __name__ == "__main__":
    sys.exit(main())
