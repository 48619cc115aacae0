"""The dashboards of more than numbers and images show what the demo logged."""

import pytest
from playwright.sync_api import expect
from tests.python.dashboards.browser.page import (
    assert_drawn,
    assert_runs_listed,
    save_screenshot,
)
from tests.python.support.demo import CURVES, END, MESHES, RUNS, SOUNDS
from tools.page import PATIENCE, coloured, open_dashboard, wait_until

pytestmark = pytest.mark.timeout(600)


def test_custom_scalars(page):
    open_dashboard(page, page.board, "Custom Scalars")
    assert_runs_listed(page)
    lines = page.locator("tf-custom-scalar-multi-line-chart-card")
    bands = page.locator("tf-custom-scalar-margin-chart-card")
    expect(lines).to_have_count(2, timeout=PATIENCE)
    expect(bands).to_have_count(1, timeout=PATIENCE)
    assert_drawn(lines.locator("vz-line-chart2"), at_least=300)
    assert_drawn(bands.locator("vz-line-chart2"), at_least=300)
    for card in lines.all():  # two tags in two runs
        expect(card.get_by_text("Matches (4)")).to_be_visible(timeout=PATIENCE)
    expect(bands.get_by_text("Matches (2)")).to_be_visible(timeout=PATIENCE)
    save_screenshot(page, "custom-scalars")


def test_audio(page):
    open_dashboard(page, page.board, "Audio")
    assert_runs_listed(page)
    players = page.locator("tf-audio-loader audio")
    expect(players).to_have_count(len(SOUNDS) * len(RUNS), timeout=PATIENCE)
    for player in players.all():
        seconds = "player => player.readyState > 0 ? player.duration : 0"
        wait_until(lambda: player.evaluate(seconds) > 0)  # noqa: B023
        # Ten digits of eight columns.
        assert player.evaluate(seconds) == pytest.approx(10 * 8 * 0.06, abs=0.01)
    save_screenshot(page, "audio")


def test_graphs(page):
    open_dashboard(page, page.board, "Graphs")
    scene = page.locator("tf-graph-scene")
    for name in "input", "output", "Sequential":
        expect(scene.locator(f"g.node[data-name='{name}']")).to_be_visible(
            timeout=PATIENCE
        )
    scene.locator("g.node[data-name='Sequential']").dblclick()
    layers = scene.locator("g.node[data-name^='Sequential/']")
    expect(layers).to_have_count(10, timeout=PATIENCE)
    names = {layer.get_attribute("data-name") for layer in layers.all()}
    assert {"Sequential/Conv2d[conv1]", "Sequential/Linear[linear2]"} <= names
    page.get_by_text("Fit to screen").click()
    page.wait_for_timeout(1500)  # the image moves there
    save_screenshot(page, "graphs")


def test_pr_curves(page):
    open_dashboard(page, page.board, "PR Curves")
    assert_runs_listed(page)
    cards = page.locator("tf-pr-curve-card")
    expect(cards).to_have_count(len(CURVES), timeout=PATIENCE)
    assert_drawn(cards.locator("vz-line-chart2"), at_least=300)
    for card in cards.all():
        step = card.get_by_text(f"step {END[0]}")
        expect(step).to_have_count(len(RUNS), timeout=PATIENCE)
    save_screenshot(page, "pr-curves")


def test_projector(page):
    open_dashboard(page, page.board, "Projector")
    projector = page.frame_locator("iframe").frame_locator("iframe")
    expect(projector.locator(".numDataPoints")).to_have_text("450", timeout=PATIENCE)
    expect(projector.locator(".dim")).to_have_text("64", timeout=PATIENCE)
    scatter = projector.locator("#scatter canvas").first
    wait_until(lambda: coloured(scatter) > 10_000)
    save_screenshot(page, "projector")


def test_hparams(page):
    open_dashboard(page, page.board, "HParams")
    table = page.locator("tf-hparams-table-view")
    for run in RUNS:
        expect(table.get_by_text(run).first).to_be_visible(timeout=PATIENCE)
    for column in "learning_rate", "dropout", "batch_size", "final/accuracy":
        expect(table.get_by_text(column).first).to_be_visible(timeout=PATIENCE)
    save_screenshot(page, "hparams")

    page.get_by_text("Parallel Coordinates View").click()
    lines = page.locator("tf-hparams-parallel-coords-plot path")
    wait_until(lambda: lines.count() >= len(RUNS))
    save_screenshot(page, "hparams-parallel-coordinates")


def test_mesh(page):
    open_dashboard(page, page.board, "Mesh")
    assert_runs_listed(page)
    scenes = page.locator("tf-mesh-loader canvas")
    # Once under all tags, once under its own.
    expect(scenes).to_have_count(2 * len(MESHES) * len(RUNS), timeout=PATIENCE)
    wait_until(lambda: coloured(scenes.first) > 5_000)
    save_screenshot(page, "mesh")
