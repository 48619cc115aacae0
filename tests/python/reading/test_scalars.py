"""What can be done with a table of scalars, compared with pandas and numpy."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tensorbolt
from tensorbolt import SummaryWriter
from tensorbolt.reading import Scalars
from tensorbolt.reading.column import Column, categories, integers, numbers

NAN = float("nan")


def table(points: dict[tuple[str, str], list[tuple[int, float]]]) -> Scalars:
    """A table of these points, from run and tag to steps and values."""
    runs = sorted({run for run, _ in points})
    tags = sorted({tag for _, tag in points})
    rows = [
        (runs.index(run), tags.index(tag), step, value)
        for (run, tag), these in sorted(points.items())
        for step, value in these
    ]
    groups = [
        (runs.index(run), tags.index(tag), len(these))
        for (run, tag), these in sorted(points.items())
        if these
    ]
    run_codes, tag_codes, steps, values = zip(*rows, strict=True) if rows else ((),) * 4
    columns = {
        "run": categories(run_codes, runs),
        "tag": categories(tag_codes, tags),
        "step": integers(steps),
        "wall_time": numbers(steps),
        "value": numbers(values),
    }
    return Scalars(columns, groups)


curves = st.dictionaries(
    st.tuples(st.sampled_from("xyz"), st.sampled_from("abc")),
    st.dictionaries(
        st.integers(-5, 12),
        st.floats(-10, 10) | st.sampled_from([NAN, float("inf")]),
        min_size=1,
        max_size=12,
    ).map(lambda points: sorted(points.items())),
    min_size=1,
)


@given(points=curves)
def test_wide_is_what_pandas_pivots(points: dict) -> None:
    frame = table(points).to_pandas()
    for rows, on in (("run", "tag"), ("tag", "run")):
        wanted = frame.pivot(index=[rows, "step"], columns=on, values="value")
        wide = table(points).wide(index=(rows, "step"), on=on)
        assert wide[rows].tolist() == [row for row, _ in wanted.index]
        assert wide["step"].tolist() == [step for _, step in wanted.index]
        for name in wanted.columns:
            np.testing.assert_array_equal(wide[name], wanted[name].to_numpy())


def test_wide_says_what_is_missing_and_what_is_not_a_number() -> None:
    wide = table({("r", "a"): [(1, NAN), (2, 1.0)], ("r", "b"): [(2, 3.0)]}).wide()
    assert wide.to_arrow()["a"].null_count == 0
    assert wide.to_arrow()["b"].null_count == 1


JOINED = {
    "outer": {
        "step": [1, 2, 3, 9],
        "a": [1.0, None, 3.0, None],
        "b": [None, 20.0, 30.0, 90.0],
    },
    "inner": {"step": [3], "a": [3.0], "b": [30.0]},
    "ffill": {
        "step": [1, 2, 3, 9],
        "a": [1.0, 1.0, 3.0, 3.0],
        "b": [None, 20.0, 30.0, 90.0],
    },
    "nearest": {
        "step": [1, 2, 3, 9],
        "a": [1.0, 1.0, 3.0, 3.0],
        "b": [20.0, 20.0, 30.0, 90.0],
    },
}


@pytest.mark.parametrize("join", JOINED)
def test_steps_that_not_all_have_are_joined_as_asked(join: str) -> None:
    points = {
        ("r", "a"): [(1, 1.0), (3, 3.0)],
        ("r", "b"): [(2, 20.0), (3, 30.0), (9, 90.0)],
    }
    assert table(points).wide("step", join=join).to_dict() == JOINED[join]


def test_wide_refuses_what_it_cannot_do() -> None:
    two = table({("r", "a"): [(1, 1.0)], ("s", "a"): [(1, 2.0)]})
    with pytest.raises(ValueError, match="needs one run, and there are 2"):
        two.wide("step")
    with pytest.raises(ValueError, match="join must be"):
        two.wide(join="left")
    with pytest.raises(ValueError, match='on must be "tag" or "run"'):
        two.wide(on="step")
    with pytest.raises(ValueError, match='index must be \\("run", "step"\\)'):
        two.wide(index=("tag", "step"))
    twice = table({("r", "a"): [(1, 1.0), (1, 2.0)]})
    with pytest.raises(ValueError, match="run 'r' has several points of tag 'a'"):
        twice.wide()


def test_a_tag_may_be_called_as_the_index_is() -> None:
    wide = table({("r", "step"): [(1, 5.0)]}).wide()
    assert wide.to_dict() == {"run": ["r"], "step": [1], "step_tag": [5.0]}


def test_a_table_without_rows_stays_one() -> None:
    none = table({})
    for made in (none.first(), none.last(), none.min(), none.max(), none.wide()):
        assert len(made) == 0
    assert len(none.downsample(5)) == 0
    assert len(none.reduce()) == 0
    assert len(none.to_pandas()) == 0
    assert none.to_arrow().num_rows == 0


@given(points=curves)
def test_ends_and_extremes_are_those_of_pandas(points: dict) -> None:
    scalars = table(points)
    frame = scalars.to_pandas()
    grouped = frame.groupby(["run", "tag"], observed=True)
    for made, name in ((scalars.first(), "head"), (scalars.last(), "tail")):
        wanted = getattr(grouped, name)(1)
        pd.testing.assert_frame_equal(
            made.to_pandas(), wanted.reset_index(drop=True), check_index_type=False
        )
    for made, name in ((scalars.min(), "min"), (scalars.max(), "max")):
        values = getattr(grouped["value"], name)()
        np.testing.assert_array_equal(made["value"], values.to_numpy())
        for row in made.to_pandas().itertuples():
            same = frame[(frame["run"] == row.run) & (frame["tag"] == row.tag)]
            if row.value == row.value:
                first = same[same["value"] == row.value]["step"].iloc[0]
                assert row.step == first


@pytest.mark.parametrize("method", ["lttb", "minmax", "uniform", "reservoir"])
def test_fewer_points_are_some_of_all_with_the_last(method: str) -> None:
    points = {
        ("r", "long"): [(step, float(step % 7)) for step in range(1000)],
        ("r", "short"): [(step, 1.0) for step in range(5)],
    }
    scalars = table(points)
    fewer = scalars.downsample(50, method)
    assert len(scalars) == 1005
    assert fewer.last().to_dict() == scalars.last().to_dict()
    wide = fewer.wide("step").to_dict()
    long = [
        (step, value)
        for step, value in zip(wide["step"], wide["long"], strict=True)
        if value is not None
    ]
    assert 25 <= len(long) <= 50
    assert set(long) <= set(points["r", "long"])
    assert sum(value is not None for value in wide["short"]) == 5
    for n in (1, 2, 3):
        assert 1 <= len(scalars.downsample(n, method)[:n]) <= n


def test_downsampling_refuses_what_it_does_not_know() -> None:
    scalars = table({("r", "a"): [(1, 1.0)]})
    with pytest.raises(ValueError, match="n must be at least 1, not 0"):
        scalars.downsample(0)
    with pytest.raises(ValueError, match="not 'mean'"):
        scalars.downsample(5, "mean")


OPS = ("mean", "std", "var", "min", "max", "median", "sum", "count", 0.25)


@given(points=curves)
def test_statistics_over_runs_are_those_of_pandas(points: dict) -> None:
    frame = table(points).to_pandas()
    for by, over in (("tag", "run"), ("run", "tag")):
        made = table(points).reduce(by, over, OPS, steps="union").to_pandas()
        for row in made.itertuples(index=False):
            these = frame[(frame[by] == row[0]) & (frame["step"] == row.step)]["value"]
            values = these.to_numpy()
            assert row.count == len(values)
            with np.errstate(all="ignore"):
                wanted = {
                    "mean": np.mean(values),
                    "min": np.min(values),
                    "max": np.max(values),
                    "sum": np.sum(values),
                }
                if np.isfinite(values).all():
                    wanted |= {
                        "std": np.std(values),
                        "var": np.var(values),
                        "median": np.median(values),
                    }
            for name, value in wanted.items():
                np.testing.assert_allclose(getattr(row, name), value, atol=1e-9)


def test_steps_are_those_that_all_runs_have_or_any_or_lines_between() -> None:
    scalars = table(
        {
            ("r", "a"): [(0, 0.0), (2, 2.0), (4, 4.0)],
            ("s", "a"): [(1, 10.0), (2, 20.0), (5, 50.0)],
        }
    )
    ops = ["mean", "count"]
    shared = scalars.reduce(ops=ops).to_dict()
    assert shared == {"tag": ["a"], "step": [2], "mean": [11.0], "count": [2]}
    union = scalars.reduce(ops=ops, steps="union").to_dict()
    assert union["step"] == [0, 1, 2, 4, 5]
    assert union["mean"] == [0.0, 10.0, 11.0, 4.0, 50.0]
    assert union["count"] == [1, 1, 2, 1, 1]
    lines = scalars.reduce(ops=ops, steps="interpolate").to_dict()
    assert lines["step"] == [1, 2, 4]
    assert lines["mean"] == [5.5, 11.0, 22.0]


def test_reducing_refuses_what_it_cannot_do() -> None:
    scalars = table({("r", "a"): [(1, 1.0)]})
    with pytest.raises(ValueError, match="by and over must be"):
        scalars.reduce("tag", "tag")
    with pytest.raises(ValueError, match="not 'mode'"):
        scalars.reduce(ops=["mode"])
    with pytest.raises(ValueError, match=r"not 1\.5"):
        scalars.reduce(ops=[1.5])
    with pytest.raises(ValueError, match="steps must be"):
        scalars.reduce(steps="all")


def test_seeds_become_a_mean_and_a_band(tmp_path: Path) -> None:
    for seed in range(3):
        with SummaryWriter(tmp_path / f"seed{seed}") as writer:
            for step in range(4):
                writer.add_scalar("loss", seed * 10 + step, step)
    band = tensorbolt.read(tmp_path).scalars.reduce(ops=["mean", "std"])
    assert band["mean"].tolist() == [10.0, 11.0, 12.0, 13.0]
    np.testing.assert_allclose(band["std"], np.std([0, 10, 20]))


def test_a_column_keeps_its_nulls_when_rows_are_taken() -> None:
    column = numbers([1.0, 0.0, 3.0], np.array([True, False, True]))
    taken = column.take(np.array([1, 2]))
    assert isinstance(taken, Column)
    assert taken.to_list() == [None, 3.0]
