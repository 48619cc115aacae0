"""Dashboards of images, audio and text."""

from collections.abc import Sequence

from playwright.sync_api import Locator, Page, expect
from tools.gallery.screenshot import Look
from tools.page import PATIENCE, RUNS, TAGS, open_groups, wait_until


def images(
    count: int, *, real_size: bool = False, tags: str = "", runs: str = ""
) -> Look:
    """Show images, also animated ones.

    Args:
        count: How many there must be.
        real_size: Whether in their real size.
        tags: Regular expression of tags; the first two groups if empty.
        runs: Regular expression of runs; all if empty.
    """

    def look(page: Page) -> Sequence[Locator]:
        if real_size:
            page.get_by_text("Show actual image size").click()
        if runs:
            page.get_by_label(RUNS).fill(runs)
        view = page.locator("body")
        if tags:
            page.get_by_label(TAGS).fill(tags)
            # What matches comes first; the groups stay below.
            view = page.locator("tf-category-paginated-view").first
            expect(view.get_by_text("Tags matching")).to_be_visible(timeout=PATIENCE)
        shown = view.locator("tf-image-loader img")
        expect(shown).to_have_count(count, timeout=PATIENCE)
        for image in shown.all():
            image.scroll_into_view_if_needed()
            loaded = "image => image.decode().then(() => image.naturalWidth)"
            assert image.evaluate(loaded) > 0
        return list(view.locator("tf-image-loader").all())

    return look


def audio(count: int) -> Look:
    """Show players, each of which has loaded its audio."""

    def look(page: Page) -> Sequence[Locator]:
        players = page.locator("tf-audio-loader audio")
        expect(players).to_have_count(count, timeout=PATIENCE)
        for player in players.all():
            seconds = "player => player.readyState > 0 ? player.duration : 0"
            wait_until(lambda: player.evaluate(seconds) > 0)  # noqa: B023
        return list(page.locator("tf-audio-loader").all())

    return look


def texts(groups: Sequence[str], *words: str, runs: str = "") -> Look:
    """Show a text of each group, among them some words, of the one run that matches."""

    def look(page: Page) -> Sequence[Locator]:
        if runs:
            page.get_by_label(RUNS).fill(runs)
        open_groups(page, *groups)
        loaders = page.locator("tf-text-loader")
        expect(loaders).to_have_count(len(groups), timeout=PATIENCE)
        for word in words:
            found = loaders.get_by_text(word).first
            expect(found).to_be_visible(timeout=PATIENCE)
        return list(loaders.all())

    return look
