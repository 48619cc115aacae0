"""How the tests in this folder look at a page."""

import io
import re
import time
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import TimeoutError as NotInTime
from playwright.sync_api import expect
from tests.python.demo import RUNS, SUB_RUNS

SCREENSHOTS = Path(__file__).parents[3] / "build" / "screenshots"
PATIENCE = 60_000
"""Milliseconds; drawing is slow on a busy machine."""


def open_dashboard(page, name):
    """Open a dashboard, and make sure that it is the one that is shown."""
    title = re.compile(rf"^\s*{name}\s*$", re.I)
    tab = page.get_by_role("tab", name=title)
    # A page is told once which dashboards have something to show; some have to look for it first.
    wait_until(lambda: page.goto(page.board) and appears(tab))
    place = name.lower().replace(" ", "" if name == "Time Series" else "_")
    page.goto("about:blank")  # otherwise the first dashboard would stay, unseen
    page.goto(f"{page.board}/#{place}")
    expect(page.get_by_role("tab", name=title, selected=True)).to_be_visible(
        timeout=PATIENCE
    )


def appears(element):
    try:
        element.wait_for(state="attached", timeout=5_000)
    except NotInTime:
        return False
    return True


def save_screenshot(page, name):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def coloured(element):
    """Return how many pixels of an element have a colour: curves have, axes are grey."""
    pixels = np.array(Image.open(io.BytesIO(element.screenshot())).convert("RGB"))
    return int((np.ptp(pixels.astype(int), axis=2) > 15).sum())


def wait_until(condition):
    """Wait until a condition is true; fail if that takes too long."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def assert_drawn(charts, at_least):
    """Every one of some charts shows curves, sooner or later."""
    expect(charts).not_to_have_count(0, timeout=PATIENCE)
    deadline = time.monotonic() + PATIENCE / 1000
    for chart in charts.all():
        while (found := coloured(chart)) < at_least and time.monotonic() < deadline:
            time.sleep(0.2)
        assert found >= at_least


def assert_loaded(images, count):
    """A number of pictures have arrived and been decoded."""
    expect(images).to_have_count(count, timeout=PATIENCE)
    for image in images.all():
        image.scroll_into_view_if_needed()
        loaded = "image => image.decode().then(() => image.naturalWidth)"
        assert image.evaluate(loaded) >= 350


def assert_titles(cards, tags, runs):
    """There is a card for each tag and run, and no other."""
    expect(cards).to_have_count(len(tags) * runs, timeout=PATIENCE)
    titles = [title.strip() for title in cards.locator(".name").all_text_contents()]
    assert sorted(titles) == sorted(list(tags) * runs)


def assert_runs_listed(page):
    for run in [run + part for run in RUNS for part in ["", *SUB_RUNS]]:
        expect(page.get_by_text(run, exact=True).first).to_be_visible(timeout=PATIENCE)
