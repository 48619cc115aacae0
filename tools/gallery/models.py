"""Dashboards of models and of what is in them: graphs, weights, embeddings, meshes."""

from collections.abc import Sequence

from playwright.sync_api import Locator, Page, expect
from tools.gallery.curves import drawn
from tools.gallery.screenshot import Look
from tools.page import PATIENCE, TAGS, coloured, open_groups, wait_until


def histograms(charts: int, *groups: str) -> Look:
    """Show slices, one behind the other; of the first two groups, and of others if named."""

    def look(page: Page) -> Sequence[Locator]:
        open_groups(page, *groups)
        slices = page.locator("tf-histogram-loader vz-histogram-timeseries")
        return drawn(slices, charts)

    return look


def distributions(charts: int) -> Look:
    """Show bands of percentiles."""

    def look(page: Page) -> Sequence[Locator]:
        bands = page.locator("tf-distribution-loader vz-distribution-chart")
        return drawn(bands, charts)

    return look


def graph(run: str, *opened: str, nodes: Sequence[str]) -> Look:
    """Show the graph of a run with some boxes opened, in which some nodes must be."""

    def look(page: Page) -> Sequence[Locator]:
        if run:
            page.locator(
                "tf-graph-controls tf-dropdown, tf-graph-controls paper-dropdown-menu"
            ).first.click()
            page.get_by_role("option", name=run, exact=True).click()
        scene = page.locator("tf-graph-scene")
        for name in opened:
            box = scene.locator(f"g.node[data-name='{name}']")
            expect(box).to_be_visible(timeout=PATIENCE)
            box.dblclick()
        for name in nodes:
            box = scene.locator(f"g.node[data-name='{name}']")
            expect(box).to_be_visible(timeout=PATIENCE)
        page.get_by_text("Fit to screen").click()
        page.wait_for_timeout(2000)  # the graph moves there
        return [scene]

    return look


def projector(tensor: str, points: int, dimensions: int) -> Look:
    """Show an embedding in three dimensions, each point as its image."""

    def look(page: Page) -> Sequence[Locator]:
        inside = page.frame_locator("iframe").frame_locator("iframe")
        known = inside.locator(".numDataPoints")
        expect(known).to_have_text(str(points), timeout=PATIENCE)
        panel = inside.locator("vz-projector-data-panel")
        panel.locator("paper-dropdown-menu").filter(has_text="tensor").first.click()
        panel.get_by_role("option").filter(has_text=tensor).click()
        expect(inside.locator(".dim")).to_have_text(str(dimensions), timeout=PATIENCE)
        expect(known).to_have_text(str(points), timeout=PATIENCE)
        scatter = inside.locator("#scatter canvas").first
        wait_until(lambda: coloured(scatter) > 10_000)
        return [scatter]

    return look


def mesh(tag: str, of: int) -> Look:
    """Show one of some meshes, which each stand under their own tag and once more under what matches."""

    def look(page: Page) -> Sequence[Locator]:
        canvases = page.locator("tf-mesh-loader canvas")
        expect(canvases).to_have_count(2 * of, timeout=PATIENCE)
        page.get_by_label(TAGS).fill(tag)
        expect(canvases).to_have_count(1 + of, timeout=PATIENCE)
        wait_until(lambda: coloured(canvases.first) > 2_000)
        return [canvases.first]

    return look
