"""TensorBoard's page, in a real browser, shows what the demo logged.

Screenshots are left in build/screenshots for people to look at.
"""

import re

import pytest
from playwright.sync_api import expect
from tests.python.dashboards.browser.page import (
    assert_drawn,
    assert_loaded,
    assert_runs_listed,
    assert_titles,
    save_screenshot,
)
from tests.python.support import demo
from tests.python.support.demo import PARAMETERS, RUNS
from tools.page import PATIENCE, open_dashboard

pytestmark = pytest.mark.timeout(600)

SCALARS = {tag for _, tag in demo.SCALARS}
IMAGES = {tag for _, tag in demo.IMAGES}


def test_scalars(page):
    open_dashboard(page, page.board, "Scalars")
    assert_runs_listed(page)
    for group in "learning_rate", "loss", "train", "validation":  # The first are open.
        heading = page.locator("tf-category-paginated-view button.heading")
        heading.filter(has_text=re.compile(rf"^\s*{group}")).click()
    cards = page.locator("tf-scalar-card")
    assert_titles(cards, SCALARS, runs=1)
    curves = cards.filter(has_not_text="final/").locator("vz-line-chart2")
    assert_drawn(curves, at_least=150)
    for chart in curves.all():  # two runs or four sub-runs, smoothed
        assert chart.locator("path.line[d]").count() >= 2
    assert_drawn(cards.filter(has_text="final/").locator("vz-line-chart2"), at_least=20)
    save_screenshot(page, "scalars")


def test_time_series(page):
    open_dashboard(page, page.board, "Time Series")
    assert_runs_listed(page)
    tags = page.locator("input[placeholder^='Filter tags']")
    tags.fill("kernels|conv1.weight")
    tags.press("Escape")  # the menu of tags would cover the charts
    assert_loaded(page.locator("image-card img"), len(RUNS))
    assert_drawn(page.locator("histogram-card tb-histogram"), at_least=300)
    save_screenshot(page, "time-series")

    shown = {tag for tag in SCALARS if not tag.startswith(("confidence", "final"))}
    tags.fill("^(train|validation)/|learning_rate|^loss$")
    tags.press("Escape")
    cards = page.locator("metrics-filtered-view scalar-card")
    expect(cards).to_have_count(len(shown), timeout=PATIENCE)
    titles = {title.strip() for title in cards.locator(".tag").all_text_contents()}
    assert titles == shown
    assert_drawn(cards.locator("line-chart"), at_least=150)
    page.mouse.move(0, 0)
    cards.first.scroll_into_view_if_needed()
    save_screenshot(page, "time-series-scalars")


def test_images(page):
    open_dashboard(page, page.board, "Images")
    assert_runs_listed(page)
    assert_titles(page.locator("tf-image-loader"), IMAGES, runs=len(RUNS))
    assert_loaded(page.locator("tf-image-loader img"), len(IMAGES) * len(RUNS))
    page.set_viewport_size({"width": 1500, "height": 1700})
    save_screenshot(page, "images")


@pytest.mark.parametrize(
    ("name", "card", "chart"),
    [
        ("Histograms", "tf-histogram-loader", "vz-histogram-timeseries"),
        ("Distributions", "tf-distribution-loader", "vz-distribution-chart"),
    ],
)
def test_histograms_and_distributions(page, name, card, chart):
    open_dashboard(page, page.board, name)
    assert_runs_listed(page)
    first_page = sorted(PARAMETERS)[:6]  # of twelve cards, two for each tag
    tags = [f"{kind}/{p}" for kind in ("gradients", "parameters") for p in first_page]
    assert_titles(page.locator(card), tags, runs=len(RUNS))
    assert_drawn(page.locator(f"{card} {chart}"), at_least=100)
    page.locator(card).first.scroll_into_view_if_needed()
    save_screenshot(page, name.lower())


def test_text(page):
    open_dashboard(page, page.board, "Text")
    assert_runs_listed(page)
    loaders = page.locator("tf-text-loader")
    assert_titles(loaders, {"configuration/text_summary"}, runs=len(RUNS))
    for run in RUNS:
        row = loaders.locator("table table tr").filter(has_text="learning_rate")
        rate = run.partition("=")[2].partition(",")[0]
        expect(row.get_by_text(rate, exact=True)).to_be_visible(timeout=PATIENCE)
    save_screenshot(page, "text")
