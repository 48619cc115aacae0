"""Headless Chromium for the tests in this directory.

Debian's Chromium is used, not a download. Where it is missing the tests are skipped and
say how to get it; in CI they fail, so that a skipped test is not taken for a passed one.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from tests.python.support.demo import END, RUNS
from tests.python.support.machine import needs
from tools import chromium
from tools.page import PATIENCE

LAST = (RUNS[-1], "predictions/confusion")
"""What the demo logs last."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    needs(chromium.PATH, "the browser tests need Chromium", "chromium")
    with chromium.launched() as browser:
        yield browser


@pytest.fixture
def page(browser, serve, demo_log):
    """A fresh page of TensorBoard with our data; what it or TensorBoard calls an error fails the test."""
    board = serve(demo_log, "tensorbolt")
    board.wait_until(lambda: board.steps("images", "images").get(LAST) == END)
    page = browser.new_page(viewport={"width": 1500, "height": 1300})
    page.set_default_timeout(PATIENCE)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "response",
        lambda answer: errors.append(answer.url) if answer.status >= 400 else None,
    )
    page.board = board.url
    yield page
    page.close()
    assert errors == []
    assert board.complaints() == []
