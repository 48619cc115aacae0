"""Taking one picture."""

import json
import math
import time
from pathlib import Path

from playwright.sync_api import Browser, Error, Page
from tools.board import Board
from tools.gallery import shrink
from tools.gallery.picture import Picture
from tools.page import PATIENCE, go_to_dashboard, open_dashboard

MARGIN = 40
"""Pixels below the lowest thing that must be in a picture."""

PLUGINS = ["scalars", "images", "audio", "histograms", "text", "pr_curves", "mesh"]

SHORT = 15_000
"""Milliseconds in which a dashboard opens, if TensorBoard knows already that it has something to show."""

TRIES = 3
"""A page that was opened while TensorBoard was still reading is opened anew."""


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


def shoot(browser: Browser, board: Board, picture: Picture, path: Path) -> int:
    """Open the dashboard, wait for what it must show, save the picture; return its bytes.

    Raises:
        RuntimeError: It did not show that, or the page had an error.
    """
    problem: BaseException | None = None
    for attempt in range(TRIES):
        size = {"width": picture.width, "height": picture.height}
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
                go_to_dashboard(page, board.url, picture.dashboard, SHORT)
            else:
                open_dashboard(page, board.url, picture.dashboard)
            screenshot = taken(page, picture)
        except (AssertionError, Error) as error:
            page.screenshot(path=path.with_suffix(".failed.png"))
            problem = error
            continue
        finally:
            page.close()
        if errors:
            raise RuntimeError(f"{picture.name}: the page has errors: {errors}")
        path.with_suffix(".failed.png").unlink(missing_ok=True)
        return shrink.save(screenshot, path)
    raise RuntimeError(
        f"{picture.name}: {picture.dashboard} does not show what it must"
    ) from problem


def taken(page: Page, picture: Picture) -> bytes:
    """Return a screenshot from the top of the page to below what must be on it."""
    parts = picture.look(page)
    page.evaluate(TO_TOP)
    # Hints that follow the mouse would cover something.
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)
    boxes = [box for part in parts if (box := part.bounding_box())]
    ends = [box["y"] + box["height"] for box in boxes if box["y"] < picture.height]
    height = min(math.ceil(max(ends)) + MARGIN, picture.height)
    clip = {"x": 0, "y": 0, "width": picture.width, "height": height}
    screenshot: bytes = page.screenshot(clip=clip)
    return screenshot
