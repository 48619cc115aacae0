"""How tests and the gallery look at TensorBoard's page."""

import io
import re
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as NotInTime

PATIENCE = 60_000
"""Milliseconds; drawing is slow on a busy machine."""

RUNS = "Write a regex to filter runs"
TAGS = "Filter tags (regular expressions supported)"
"""Labels of fields on the older dashboards."""


def open_dashboard(page: Page, board: str, name: str) -> None:
    """Open a dashboard of the TensorBoard at a URL, and make sure that it is the one that is shown."""
    tab = page.get_by_role("tab", name=_title(name))
    # A page learns once which dashboards have something to show; some have to look for it first.
    wait_until(lambda: page.goto(board) and appears(tab))
    page.goto("about:blank")  # otherwise the first dashboard would stay, unseen
    go_to_dashboard(page, board, name, PATIENCE)


def go_to_dashboard(page: Page, board: str, name: str, patience: float) -> None:
    """Open a dashboard that has something to show; fail if it is not shown within some milliseconds."""
    place = name.lower().replace(" ", "" if name == "Time Series" else "_")
    page.goto(f"{board}/#{place}")
    selected = page.get_by_role("tab", name=_title(name), selected=True)
    expect(selected).to_be_visible(timeout=patience)


def _title(name: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*{name}\s*$", re.I)


def open_groups(page: Page, *names: str) -> None:
    """Open groups of tags on one of the older dashboards, where only the first two are."""
    headings = page.locator("tf-category-paginated-view button.heading")
    for name in names:
        heading = headings.filter(has_text=re.compile(rf"^\s*{name}\b"))
        expect(heading).to_be_visible(timeout=PATIENCE)
        if heading.get_attribute("open-button") is None:
            heading.click()


def appears(element: Locator) -> bool:
    """Return whether an element is on the page within five seconds."""
    try:
        element.wait_for(state="attached", timeout=5_000)
    except NotInTime:
        return False
    return True


def coloured(element: Locator) -> int:
    """Return how many pixels of an element have a colour: curves have, axes are grey."""
    pixels = np.array(Image.open(io.BytesIO(element.screenshot())).convert("RGB"))
    return int((np.ptp(pixels.astype(int), axis=2) > 15).sum())


def wait_until(condition: Callable[[], Any]) -> None:
    """Wait until a condition is true; fail if that takes too long."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)
