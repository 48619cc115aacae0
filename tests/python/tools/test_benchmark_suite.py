"""The judges of the benchmarks find what is off, and separate what meets its target from what misses it."""

import re
from pathlib import Path

import pytest
from benches.python import publish, readme, report, results, slopes, verdict
from benches.python.instructions import compare

ROOT = Path(__file__).resolve().parents[3]


def times(caller, total=(), size=100):
    return {
        "caller": list(caller),
        "total": list(total or caller),
        "bytes": [size],
        "tail": {},
    }


def test_counts_may_differ_by_the_tolerance():
    expected = {"scalar": 1000, "png": 500}
    assert compare({"scalar": 1029, "png": 486}, expected)[1] == []


@pytest.mark.parametrize("found", [1031, 969, 2000, 0])
def test_a_count_that_is_off_is_named(found):
    lines, off = compare({"scalar": found, "png": 500}, {"scalar": 1000, "png": 500})
    assert off == ["scalar"]
    assert [line.endswith("<<<") for line in lines] == [False, True]


def test_counts_that_are_new_or_gone_are_named():
    assert compare({"new": 1, "kept": 5}, {"gone": 1, "kept": 5})[1] == ["gone", "new"]


def test_the_faster_reference_writer_is_what_counts():
    row = {
        "tensorbolt": times([1e-6, 2e-6]),
        "torch": times([150e-6, 300e-6]),
        "tensorboardX": times([90e-6]),
    }
    assert verdict.times_faster(row, "tensorbolt", "caller") == pytest.approx(90)
    caller, total, seconds = verdict.verdicts("scalar/float", row, "tensorbolt")
    assert (caller.target, caller.met) == (100, False)
    assert (total.target, total.met) == (80, True)
    assert (seconds.target, seconds.met) == (3e-7, False)


def test_more_bytes_than_allowed_miss_the_target():
    row = {
        "tensorbolt": times([1e-6], size=130),
        "torch": times([1e-3], size=100),
        "tensorboardX": times([1e-3], size=110),
    }
    judged = {
        one.what: one for one in verdict.verdicts("image/photo", row, "tensorbolt")
    }
    assert judged["caller, times as fast"].met
    assert judged["times the bytes"].found == pytest.approx(1.3)
    assert not judged["times the bytes"].met


def test_a_slope_is_that_of_a_power():
    points = {
        str(size): {"contenders": {"tensorbolt": times([size**1.5])}}
        for size in (10, 100, 1000)
    }
    for _, _, line in slopes.slopes({"points": points}):
        assert line.slope == pytest.approx(1.5)
        assert line.ends == ((10, 10**1.5), (1000, 1000**1.5))


def test_the_tables_name_what_is_missed():
    row = {
        "tensorbolt": times([1e-5]),
        "torch": times([1e-4]),
        "tensorboardX": times([2e-4]),
    }
    extra = {"tensorbolt": {"growth MB": 120.0}}
    run = {
        "command": "python -m benches.python",
        "machine": {"cpu": "one", "cores": "2"},
        "rows": {"text": {"what": "`add_text`", "calls": 1, "contenders": row}},
        "curves": {},
        "training": {},
        "extras": {
            "memory": {
                "what": "memory",
                "limits": {"growth MB": 100},
                "contenders": extra,
            }
        },
    }
    made = report.markdown(run)
    assert (
        "| `add_text` | 10 µs (10 µs) | 10 µs | 100 µs | 200 µs | **10**; 10 |" in made
    )
    assert "≥ 60, closed ≥ 60: **missed**" in made
    assert "growth 100 MB: **missed**" in made


def test_what_was_made_is_replaced_and_no_more():
    page = f"# Title\n\n{publish.BEGIN}\nold\n{publish.END}\n\n## Notes\n"
    made = publish.between(page, r"new \1", "page.md")
    assert (
        made == f"# Title\n\n{publish.BEGIN}\n\nnew \\1\n\n{publish.END}\n\n## Notes\n"
    )
    with pytest.raises(ValueError, match=r"page\.md does not hold"):
        publish.between("# Title", "new", "page.md")


def test_the_readme_shows_the_run_that_is_kept_with_it():
    kept = results.load(ROOT / "docs" / "performance" / "readme.json")
    assert readme.table(kept) in (ROOT / "README.md").read_text(encoding="utf-8")
    for name in readme.ROWS:
        for contender in ("tensorbolt", "torch", "tensorboardX"):
            times = kept["rows"][name]["contenders"][contender]
            assert len(times["caller"]) >= readme.LEAST_ROUNDS


def test_publishing_replaces_the_plots_and_leaves_other_pages(tmp_path):
    folder = tmp_path / "performance"
    folder.mkdir()
    (tmp_path / "performance.md").write_text(f"{publish.BEGIN}\n{publish.END}\n")
    for name in ("reading.md", "readme.json", "old.svg"):
        (folder / name).write_text("kept")
    kept = ROOT / "docs" / "performance" / "results.json"
    publish.publish(kept, tmp_path)
    assert (folder / "reading.md").read_text() == "kept"
    assert (folder / "readme.json").read_text() == "kept"
    assert not (folder / "old.svg").exists()
    assert (folder / "results.json").read_bytes() == kept.read_bytes()
    page = (tmp_path / "performance.md").read_text()
    shown = {
        name.removeprefix("performance/")
        for name in re.findall(r"!\[.*?\]\((.*?)\)", page)
    }
    assert shown == {path.name for path in folder.glob("*.svg")} != set()


def test_a_row_of_few_rounds_is_not_published():
    kept = results.load(ROOT / "docs" / "performance" / "readme.json")
    kept["rows"]["scalar/float"]["contenders"]["torch"]["caller"] = [1.0] * 4
    with pytest.raises(ValueError, match="scalar/float of torch has 4 rounds"):
        readme.table(kept)
