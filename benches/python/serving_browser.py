"""The page in Chromium: profiles, what it waits for until a curve is drawn, and whether the curve is whole."""

import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benches.python import tensorboard_process
from benches.python.reading import PERIOD
from playwright.sync_api import BrowserContext, Page, Response
from playwright.sync_api import TimeoutError as NotInTime
from tools import chromium
from tools.page import coloured

#: Pixels of a chart with a curve that have a colour.
DRAWN = 100
#: Times that a kept profile has seen the page. Chromium keeps the compiled script of a page that is opened for the second time.
VISITS = 3
#: Milliseconds that it has for that after the page is there.
SETTLE = 3000
VIEWPORT = {"width": 1400, "height": 900}

#: What the page has asked for, and when it was answered, in milliseconds of the epoch; `script` is when that has run.
PARTS = """() => {
  const start = performance.timeOrigin;
  const answered = path => Math.min(...performance.getEntriesByType("resource")
    .filter(one => one.name.includes(path) && one.responseEnd).map(one => start + one.responseEnd));
  const [page] = performance.getEntriesByType("navigation");
  return {opened: start, script: start + page.domContentLoadedEventEnd, tags: answered("scalars/tags"), points: answered("scalars_multirun")};
}"""
#: Two frames later, what was there is on the screen.
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


class NotInTimeError(Exception):
    """A page did not show in time what it has to."""


@dataclass(frozen=True)
class Drawn:
    """When a page had what it needs for a curve, on the clock of `time.time`.

    Attributes:
        opened: It began.
        script: Its script has run.
        tags: It had all names of tags.
        points: It had points.
        curve: The first curve was drawn.
        computed: Seconds of processor time that its thread took until then.
        is_whole: Whether curves were what was written.
    """

    opened: float
    script: float
    tags: float
    points: float
    curve: float
    computed: float
    is_whole: bool


@contextmanager
def browser(profile: Path) -> Iterator[BrowserContext]:
    """Start Chromium with a profile in a directory."""
    with chromium.with_profile(profile, viewport=VIEWPORT) as context:
        yield context


def keep(profile: Path, port: int) -> None:
    """Make a profile that has seen TensorBoard's page at a port, with another log, each time in another Chromium."""
    from tensorbolt import SummaryWriter

    with tempfile.TemporaryDirectory() as directory:
        with SummaryWriter(directory) as writer:
            writer.add_scalar_series("loss", [1.0, 2.0, 1.0], range(3))
        board = tensorboard_process.running(
            Path(directory), "--load_fast=false", port=port
        )
        with board as address:
            for _ in range(VISITS):
                with browser(profile) as context:
                    page = context.new_page()
                    page.goto(f"{address}#scalars", wait_until="load")
                    page.wait_for_timeout(SETTLE)


def one_curve(context: BrowserContext, address: str, run: str, patience: float) -> Drawn:  # fmt: skip
    """Open the Scalars dashboard with one run, and wait for its first curve."""
    query = urllib.parse.quote(f"^{run}$")
    with _opened(context, "scalars_multirun") as (page, answers):
        meter = context.new_cdp_session(page)
        meter.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(f"{address}#scalars&regexInput={query}", wait_until="commit")
        # Looking at pixels takes the time that TensorBoard needs, so that is left for afterwards.
        line = page.locator('tf-scalar-card vz-line-chart2 path.line[d*="L"]').first
        try:
            line.wait_for(state="visible", timeout=patience * 1000)
        except NotInTime:
            raise NotInTimeError from None
        page.evaluate(PAINTED)
        curve = time.time()
        metrics = meter.send("Performance.getMetrics")["metrics"]
        (computed,) = (one["value"] for one in metrics if one["name"] == "TaskDuration")
        chart = page.locator("tf-scalar-card vz-line-chart2").first
        until(lambda: coloured(chart) >= DRAWN, patience)
        parts = {name: value / 1000 for name, value in page.evaluate(PARTS).items()}
        got = [points for one in answers for points in one.json().values()]
    is_whole = bool(got) and all(map(_is_whole, got))
    return Drawn(**parts, curve=curve, computed=computed, is_whole=is_whole)


def all_curves(context: BrowserContext, address: str, patience: float) -> str:
    """Open Time Series, wait for its first chart, and return how many curves it has, and how many of them are a part."""
    with _opened(context, "timeSeries") as (page, answers):
        page.goto(f"{address}#timeseries", wait_until="commit")
        chart = page.locator("scalar-card line-chart").first
        deadline = time.monotonic() + patience
        while not answers or not chart.count() or coloured(chart) < DRAWN:
            if time.monotonic() > deadline:
                raise NotInTimeError
            page.wait_for_timeout(50)
        (card,) = answers[0].json()
    found = [
        [(point["wallTime"], point["step"], point["value"]) for point in points]
        for points in card["runToSeries"].values()
    ]
    parts = sum(not _is_whole(curve) for curve in found)
    return f"{len(found)}, {parts} of them in part" if parts else str(len(found))


def until(condition: Any, patience: float, pause: float = 0.02) -> Any:
    """Wait until a condition is true, and return what it returned.

    Raises:
        NotInTimeError: It was not, for so many seconds.
    """
    deadline = time.monotonic() + patience
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise NotInTimeError
        time.sleep(pause)
    return found


@contextmanager
def _opened(context: BrowserContext, path: str) -> Iterator[tuple[Page, list[Response]]]:  # fmt: skip
    """A page, and the answers from one path."""
    page = context.new_page()
    answers: list[Response] = []
    page.on(
        "response",
        lambda answer: answers.append(answer) if path in answer.url else None,
    )
    try:
        yield page, answers
    finally:
        page.close()


def _is_whole(curve: Any) -> bool:
    """Whether a curve is what was written."""
    steps = [step for _, step, _ in curve]
    values = [value for _, _, value in curve]
    return steps == [*range(1000)] and values == [step % PERIOD / 8 for step in steps]
