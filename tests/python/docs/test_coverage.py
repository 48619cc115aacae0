"""`docs/coverage.md` is complete: every method of both reference writers has a row. Tests that pages name exist."""

import pathlib
import re

import pytest
import tensorboardX
from torch.utils import tensorboard as torch_tensorboard

import tensorbolt

ROOT = pathlib.Path(__file__).parents[3]
PAGES = sorted(
    str(path.relative_to(ROOT))
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
)
CLASSES = {
    "SummaryWriter": [torch_tensorboard.SummaryWriter, tensorboardX.SummaryWriter],
    "FileWriter": [torch_tensorboard.FileWriter, tensorboardX.FileWriter],
    "GlobalSummaryWriter": [tensorboardX.GlobalSummaryWriter],
    "RecordWriter": [torch_tensorboard.RecordWriter, tensorboardX.RecordWriter],
}


def public(kind):
    return {name for name in dir(kind) if not name.startswith("_")}


def section(name):
    text = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    found = re.search(rf"^## `{name}`\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    assert found is not None
    return [line for line in found[1].splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_name_of_the_reference_writers_is_there(name):
    theirs = set().union(*map(public, CLASSES[name]))
    ours = public(getattr(tensorbolt, name))
    assert theirs - ours == set()
    rows = {re.match(r"\| `(\w+)", row)[1] for row in section(name)}
    methods = {
        method
        for method in ours
        if callable(getattr(getattr(tensorbolt, name), method))
    }
    if name == "GlobalSummaryWriter":  # whose other methods are those of SummaryWriter
        methods -= public(tensorbolt.SummaryWriter) - theirs
    assert (theirs | methods) - rows == set()
    assert rows - ours == set()


@pytest.mark.parametrize("name", CLASSES)
def test_every_row_names_tests_that_call_it(name):
    for row in section(name):
        method = re.match(r"\| `(\w+)", row)[1]
        files = re.findall(r"`(test_\w+\.py)`", row)
        assert files, row
        for file in files:
            found = (ROOT / "tests" / "python").rglob(file)
            texts = [path.read_text(encoding="utf-8") for path in found]
            assert texts, f"{file} is not there"
            assert any(method in text for text in texts), (
                f"{file} does not call {method}"
            )


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_a_page_names_exists(page):
    """Pages name files without their directories; of two files with one name, one has to have the test."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for file, name in re.findall(r"\b(test_\w+\.py)(?:::(test_\w+))?", text):
        found = [path.read_text() for path in (ROOT / "tests").rglob(file)]
        assert found, f"{page} names {file}"
        assert any(f"def {name}(" in text for text in found) or not name, (
            f"{page} names {file}::{name}"
        )
