"""Taking one screenshot."""

import json
import math
import time
from pathlib import Path

from playwright.sync_api import Browser, Error, Page
from tools.board import Board
from tools.gallery import shrink
from tools.gallery.screenshot import Screenshot
from tools.page import PATIENCE, go_to_dashboard, open_dashboard

MARGIN = 40
"""Pixels below the lowest thing that must be in a screenshot."""

PLUGINS = ["scalars", "images", "audio", "histograms", "text", "pr_curves", "mesh"]

SHORT = 15_000
"""Milliseconds in which a dashboard opens, if TensorBoard knows already that it has something to show."""

TRIES = 3
"""A page that was opened while TensorBoard was still reading is opened again."""


TO_TOP = """() => {
    const scroll = element => {
        element.scrollTop = 0;
        for (const child of element.children) scroll(child);
        if (element.shadowRoot) for (const child of element.shadowRoot.children) scroll(child);
    };
    scroll(document.documentElement);
}"""
"""Scrolls back what was scrolled to look at all charts."""


def wait_for_data(board: Board) -> None:
    """Wait until TensorBoard has read the log: it finds no more than a moment ago."""
    found, before = "", None
    while found != before or found == before == "[]":
        time.sleep(0.5)
        before = found
        tags = [board.json(f"plugin/{plugin}/tags") for plugin in PLUGINS]
        found = json.dumps([board.json("runs"), *tags])


def shoot(browser: Browser, board: Board, screenshot: Screenshot, path: Path) -> int:
    """Open the dashboard, wait for what it must show, save the screenshot; return its size in bytes.

    Raises:
        RuntimeError: It did not show that, or the page had an error.
    """
    problem: BaseException | None = None
    for attempt in range(TRIES):
        size = {"width": screenshot.width, "height": screenshot.height}
        page = browser.new_page(viewport=size)
        page.set_default_timeout(PATIENCE)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))  # noqa: B023
        page.on(
            "response",
            lambda answer: (
                errors.append(answer.url)  # noqa: B023
                if answer.status >= 400
                else None
            ),
        )
        try:
            # The short way mostly does; the long one waits for dashboards that look for their data.
            if attempt == 0:
                go_to_dashboard(page, board.url, screenshot.dashboard, SHORT)
            else:
                open_dashboard(page, board.url, screenshot.dashboard)
            png = taken(page, screenshot)
        except (AssertionError, Error) as error:
            page.screenshot(path=path.with_suffix(".failed.png"))
            problem = error
            continue
        finally:
            page.close()
        if errors:
            raise RuntimeError(f"{screenshot.name}: the page has errors: {errors}")
        path.with_suffix(".failed.png").unlink(missing_ok=True)
        return shrink.save(png, path)
    raise RuntimeError(
        f"{screenshot.name}: {screenshot.dashboard} does not show what it must"
    ) from problem


def taken(page: Page, screenshot: Screenshot) -> bytes:
    """Return a PNG file, from the top of the page to below what must be on it."""
    elements = screenshot.look(page)
    page.evaluate(TO_TOP)
    # Hints that follow the mouse would cover something.
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)
    boxes = [box for element in elements if (box := element.bounding_box())]
    ends = [box["y"] + box["height"] for box in boxes if box["y"] < screenshot.height]
    height = min(math.ceil(max(ends)) + MARGIN, screenshot.height)
    part = {"x": 0, "y": 0, "width": screenshot.width, "height": height}
    png: bytes = page.screenshot(clip=part)
    return png
