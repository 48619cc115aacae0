"""How the tests in this directory look at a page."""

import time
from pathlib import Path

from playwright.sync_api import expect
from tests.python.support.demo import RUNS, SUB_RUNS
from tools.page import PATIENCE, coloured

SCREENSHOTS = Path(__file__).parents[4] / "build" / "screenshots"


def save_screenshot(page, name):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def assert_drawn(charts, at_least):
    """Every one of some charts shows curves, sooner or later."""
    expect(charts).not_to_have_count(0, timeout=PATIENCE)
    deadline = time.monotonic() + PATIENCE / 1000
    for chart in charts.all():
        while (found := coloured(chart)) < at_least and time.monotonic() < deadline:
            time.sleep(0.2)
        assert found >= at_least


def assert_loaded(images, count):
    """A number of images have arrived and been decoded."""
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
