"""Headless Chromium, Debian's, not a download, for tests and for the gallery."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

PATH = shutil.which("chromium") or shutil.which("chromium-browser")
MISSING = "Chromium is not installed: make browser (as root)"


@contextmanager
def launched() -> Iterator[Browser]:
    """Start Chromium for the length of a `with` block."""
    if PATH is None:
        raise FileNotFoundError(MISSING)
    with sync_playwright() as playwright:
        # Containers give little shared memory, and their root needs no sandbox: the pages are our own.
        browser = playwright.chromium.launch(
            executable_path=PATH,
            args=[
                "--no-sandbox",
                "--disable-dev-shm-usage",
                # Three-dimensional pages, drawn without a graphics card.
                "--enable-unsafe-swiftshader",
            ],
        )
        yield browser
        browser.close()
