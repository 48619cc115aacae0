"""The gallery has a screenshot of every example, and its page shows them all."""

from pathlib import Path

import pytest
from PIL import Image
from tools import examples
from tools.examples import NAMES, ROOT
from tools.gallery import markdown, shrink
from tools.gallery.__main__ import LIMIT
from tools.gallery.table import SCREENSHOTS

DIRECTORY = ROOT / "docs" / "gallery"


def test_every_example_has_a_screenshot():
    assert {screenshot.example for screenshot in SCREENSHOTS} == set(NAMES)


def test_every_screenshot_is_there_and_small():
    files = {path.stem: path for path in DIRECTORY.iterdir()}
    assert set(files) == {screenshot.name for screenshot in SCREENSHOTS}
    sizes = {name: path.stat().st_size for name, path in files.items()}
    assert max(sizes.values()) <= shrink.LIMIT
    assert sum(sizes.values()) <= LIMIT


def test_the_page_is_that_of_the_table():
    page = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    assert page == markdown.page(SCREENSHOTS)


@pytest.mark.parametrize("dashboard", ["Time Series", "Scalars", "Images", "Audio", "Histograms", "Distributions", "Text", "PR Curves", "Graphs", "Projector", "HParams", "Custom Scalars", "Mesh"])  # fmt: skip
def test_every_dashboard_has_a_screenshot(dashboard):
    assert any(screenshot.dashboard == dashboard for screenshot in SCREENSHOTS)


def test_a_screenshot_that_is_too_large_has_fewer_colours(tmp_path):
    noise = Image.effect_noise((400, 300), 100).convert("RGB")
    path = tmp_path / "noise.png"
    noise.save(path)
    written = shrink.save(path.read_bytes(), path)
    assert written == path.stat().st_size <= shrink.LIMIT


def test_a_screenshot_that_stays_too_large_is_refused(tmp_path):
    noise = Image.effect_noise((1200, 900), 100).convert("RGB")
    path = Path(tmp_path / "noise.png")
    noise.save(path)
    with pytest.raises(ValueError, match="make its part smaller"):
        shrink.save(path.read_bytes(), path)


def test_an_example_whose_log_is_whole_is_not_run_again(tmp_path, monkeypatch):
    made = []

    def run(name, logdir):
        made.append(name)
        logdir.mkdir(parents=True)
        if name == "breaks":
            raise AssertionError(name)
        return f"log of {name}"

    monkeypatch.setattr(examples, "run", run)
    for _ in range(2):
        with examples.Runs(["whole", "breaks"], tmp_path) as runs:
            assert runs.output("whole") == "log of whole"
            assert runs.logdir("whole").is_dir()
            with pytest.raises(AssertionError, match="breaks"):
                runs.logdir("breaks")
    assert sorted(made) == ["breaks", "breaks", "whole"]
