"""Headless Chromium, Debian's, not a download, for tests and for the gallery."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

PATH = shutil.which("chromium") or shutil.which("chromium-browser")
MISSING = "Chromium is not installed: make browser (as root)"


@contextmanager
def launched() -> Iterator[Browser]:
    """Start Chromium for the length of a `with` block."""
    with _playwright() as (playwright, options):
        browser = playwright.chromium.launch(**options)
        yield browser
        browser.close()


@contextmanager
def with_profile(directory: Path, **options: Any) -> Iterator[BrowserContext]:
    """Start Chromium with a profile, which it keeps in a directory: what it has cached of pages, and what it has compiled.

    Args:
        directory: Of the profile; it may be empty.
        options: Of the context, such as its `viewport`.
    """
    with _playwright() as (playwright, all_options):
        start = playwright.chromium.launch_persistent_context
        context = start(directory, **all_options, **options)
        yield context
        context.close()


@contextmanager
def _playwright() -> Iterator[tuple[Playwright, dict[str, Any]]]:
    if PATH is None:
        raise FileNotFoundError(MISSING)
    # Containers give little shared memory, and their root needs no sandbox: the pages are our own.
    arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
    # Three-dimensional pages, drawn without a graphics card.
    arguments.append("--enable-unsafe-swiftshader")
    with sync_playwright() as playwright:
        yield playwright, {"executable_path": PATH, "args": arguments}
