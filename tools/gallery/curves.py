"""Dashboards of numbers: Time Series, Scalars, Custom Scalars, PR Curves, HParams."""

import re
from collections.abc import Sequence

from playwright.sync_api import Locator, Page, expect
from tools.gallery.screenshot import Look
from tools.page import PATIENCE, coloured, wait_until


def drawn(charts: Locator, count: int, at_least: int = 100) -> list[Locator]:
    """Wait until there is a number of charts, and each of them has some coloured pixels."""
    expect(charts).to_have_count(count, timeout=PATIENCE)
    for chart in charts.all():
        wait_until(lambda: coloured(chart) >= at_least)  # noqa: B023 - called at once
    return list(charts.all())


def time_series(
    tags: str,
    *,
    scalars: int = 0,
    images: int = 0,
    histograms: int = 0,
    runs: str = "",
    without: str = "",
    axis: str = "",
    smoothing: str = "0",
) -> Look:
    """Show the cards whose tags match, of the runs that match.

    Args:
        tags: Regular expression of tags.
        scalars: How many charts of scalars there must be.
        images: How many.
        histograms: How many histograms.
        runs: Regular expression of runs; all if empty.
        without: Part of the name of runs that do not match.
        axis: Horizontal axis, if another than steps.
        smoothing: From 0 to 0.999.
    """

    def look(page: Page) -> Sequence[Locator]:
        knob = page.locator(".scalars-smoothing input:not([type='range'])")
        knob.fill(smoothing)
        knob.press("Enter")
        slider = page.locator(".scalars-smoothing input[type='range']")
        expect(slider).to_have_attribute("aria-valuetext", smoothing, timeout=PATIENCE)
        if axis:
            page.locator(".x-axis-type [role='combobox']").click()
            page.get_by_role("option", name=axis, exact=True).click()
        page.get_by_role("button", name="Settings").last.click()
        if runs:
            page.get_by_role("textbox", name="Filter runs (regex)").press_sequentially(
                runs
            )
            gone = page.get_by_text(without, exact=False)
            expect(gone).to_have_count(0, timeout=PATIENCE)
        field = page.locator("input[placeholder^='Filter tags']")
        field.fill(tags)
        field.press("Escape")  # the menu of tags would cover the charts
        view = page.locator("metrics-filtered-view")
        drawn(view.locator("scalar-card line-chart"), scalars)
        if not float(smoothing):
            # A column of the tables, as long as there is any.
            expect(view.get_by_text("Smoothed")).to_have_count(0, timeout=PATIENCE)
        shown = view.locator("image-card img")
        expect(shown).to_have_count(images, timeout=PATIENCE)
        for image in shown.all():
            wait_until(lambda: image.evaluate("image => image.naturalWidth"))  # noqa: B023
        drawn(view.locator("histogram-card tb-histogram"), histograms)
        return list(view.locator("scalar-card, image-card, histogram-card").all())

    return look


def scalars(charts: int) -> Look:
    """Show charts of the older dashboard, of which the first groups are open."""

    def look(page: Page) -> Sequence[Locator]:
        return drawn(page.locator("tf-scalar-card vz-line-chart2"), charts)

    return look


def custom_scalars(lines: int, bands: int) -> Look:
    """Show charts that were laid out."""

    def look(page: Page) -> Sequence[Locator]:
        kinds = ("multi-line", lines), ("margin", bands)
        return [
            chart
            for kind, count in kinds
            for chart in drawn(
                page.locator(f"tf-custom-scalar-{kind}-chart-card vz-line-chart2"),
                count,
            )
        ]

    return look


def pr_curves(charts: int) -> Look:
    """Show precision-recall curves."""

    def look(page: Page) -> Sequence[Locator]:
        return drawn(page.locator("tf-pr-curve-card vz-line-chart2"), charts)

    return look


def hparams(view: str, rows: int) -> Look:
    """Show one view of all rows of hyperparameters."""

    def look(page: Page) -> Sequence[Locator]:
        if view == "Table":
            table = page.locator("tf-hparams-table-view")
            names = table.get_by_text(re.compile(r"rate=.*activation="))
            expect(names).to_have_count(rows, timeout=PATIENCE)
            return [names.last]
        page.get_by_text(f"{view} View").click()
        plot = page.locator("tf-hparams-parallel-coords-plot")
        # A line for the foreground and one for the background of each row.
        wait_until(lambda: plot.locator("path").count() >= 2 * rows)
        return [plot]

    return look
