"""Differences from the reference writers that belong to no single method, and the table of all of them."""

import math
import pathlib
import re

import pytest
from tests.python.support.helpers import event_files, on_all, records

import tensorbolt

ROOT = pathlib.Path(__file__).parents[3]


def test_the_head_names_who_wrote_it(logdir):
    """Difference P12."""
    tensorbolt.SummaryWriter(logdir).close()
    (head,) = records(event_files(logdir)[0])
    assert head.source_metadata.writer == "tensorbolt"


@pytest.mark.parametrize("time", [math.nan, math.inf, -math.inf])
def test_times_that_are_not_finite_are_refused(logdir, time):
    """Difference P13: the reference writers write them, and readers stop there."""
    with (
        tensorbolt.SummaryWriter(logdir) as writer,
        pytest.raises(ValueError, match="walltime"),
    ):
        writer.add_scalar("s", 1, 1, time)
    theirs = on_all(lambda w: w.add_scalar("s", 1, 1, time), only_with=("torch",))[
        "torch"
    ]
    assert not math.isfinite(theirs["."][0].wall_time)


def test_no_tag_is_an_error(logdir):
    """Difference P14: the reference writers write a value without a tag."""
    with (
        tensorbolt.SummaryWriter(logdir) as writer,
        pytest.raises(TypeError, match="tag"),
    ):
        writer.add_scalar(None, 1)
    assert (
        on_all(lambda w: w.add_scalar(None, 1), only_with=("torch",))["torch"]["."][0]
        .summary.value[0]
        .tag
        == ""
    )


def test_every_difference_in_the_table_has_its_test():
    table = (ROOT / "docs" / "differences.md").read_text(encoding="utf-8")
    rows = [line for line in table.splitlines() if re.match(r"\| [DP]\d", line)]
    assert len(rows) > 30
    ids = [row.split()[1] for row in rows]
    assert sorted(ids) == sorted(set(ids))
    for row in rows:
        # Longer stories stand below the tables.
        text, _, _ = row.rstrip(" |").rpartition(" | ")
        assert len(text) <= 420, row
        names = re.findall(r"`(test_\w+)\.py::(test_\w+)`", row)
        assert names, f"no test: {row}"
        for file, name in names:
            found = (ROOT / "tests" / "python").rglob(f"{file}.py")
            assert any(
                f"def {name}(" in path.read_text(encoding="utf-8") for path in found
            ), f"{file}.py has no {name}"


def test_every_difference_that_a_test_names_is_in_the_table():
    table = (ROOT / "docs" / "differences.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| ([DP]\d+) ", table, re.MULTILINE))
    for path in (ROOT / "tests" / "python").rglob("test_*.py"):
        named = set(
            re.findall(r"Difference ([DP]\d+)", path.read_text(encoding="utf-8"))
        )
        assert named <= listed, path.name
