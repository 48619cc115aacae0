"""Lazy frames of Polars: equal to the table, and conditions reach the reader."""

import datetime
import io
import re

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.python.support.helpers import python

import tensorbolt
import tensorbolt.polars
from tensorbolt import SummaryWriter

run, tag, step, value = (pl.col(name) for name in ("run", "tag", "step", "value"))


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    top = tmp_path_factory.mktemp("log")
    for name in ("a", "b/c", "b/d"):
        for start in (0, 5):
            with SummaryWriter(top / name) as writer:
                for at in range(start, start + 10):
                    writer.add_scalar("loss", at / 4 + start, at)
                    writer.add_scalar("val/loss", at / 2, at)
    return top


CONDITIONS = {
    "equal": (run == "a") & (tag == "loss"),
    "one of": run.is_in(["a", "b/d"]) & (tag != "loss"),
    "text": run.cast(pl.String).str.starts_with("b/"),
    "steps": (step >= 3) & (step < 8),
    "mirrored": (pl.lit(3) < step) & (pl.lit(8) >= step),
    "between": step.is_between(3, 9, closed="right"),
    "a step": step == 7,
    "either": (step == 7) | (run == "a"),
    "not": ~(step > 4),
    "beyond": (step > 4) & (step * 2 < 14) & (step < 6.5),
    "two columns": (step > value) & (run == "b/c"),
    "times": (pl.col("wall_time") > datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)) & (step > 2),
    "none": (step > 3) & (step < 2),
    "highest": step <= 2**63 - 1,
    "function": step.map_elements(lambda one: one.bit_count() > 1, return_dtype=pl.Boolean) & (run == "a"),
}  # fmt: skip


@pytest.mark.parametrize("condition", CONDITIONS.values(), ids=CONDITIONS)
@pytest.mark.parametrize("columns", [["value"], ["tag", "step", "run"], None])
def test_a_filtered_scan_is_the_filtered_table(log, condition, columns):
    frame = tensorbolt.polars.scan(log).filter(condition)
    wanted = tensorbolt.read(log).scalars.to_polars().filter(condition)
    if columns:
        frame, wanted = frame.select(columns), wanted.select(columns)
    assert_frame_equal(frame.collect(), wanted, categorical_as_str=True)


def test_options_and_heads(log):
    frame = tensorbolt.polars.scan(
        log, runs="b/*", tags=re.compile("^val"), steps=(2, 9)
    )
    wanted = tensorbolt.read(log, runs="b/*", tags="val/loss", steps=(2, 9)).scalars
    assert_frame_equal(frame.collect(), wanted.to_polars(), categorical_as_str=True)
    assert frame.filter(step > 4).filter(tag == "loss").collect().height == 0
    assert frame.head(3).collect()["step"].to_list() == [2, 3, 4]
    assert frame.select(pl.len()).collect().item() == len(wanted)


def test_runs_that_are_not_wanted_are_not_read(log, tmp_path):
    for name in ("good", "bad"):
        with SummaryWriter(tmp_path / name) as writer:
            writer.add_scalar("loss", 1, 0)
    (file,) = (tmp_path / "bad").iterdir()
    data = bytearray(file.read_bytes())
    data[-6] ^= 1
    file.write_bytes(data)
    frame = tensorbolt.polars.scan(tmp_path, on_damage="raise")
    assert frame.filter(run == "good").collect().height == 1
    with pytest.raises(ValueError, match="bad"):
        frame.collect()


@pytest.mark.parametrize("condition", [tag == "once", step < 5], ids=["tag", "step"])
def test_points_that_are_not_wanted_are_not_decoded(tmp_path, condition):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("once", 1, 0)
        writer.add_scalar("twice", 1, 5)
        writer.add_scalar("twice", 2, 5)
    frame = tensorbolt.polars.scan(tmp_path, duplicates="error")
    assert frame.filter(condition).collect().height == 1
    with pytest.raises(ValueError, match="twice"):
        frame.collect()


def test_it_is_read_when_it_is_collected(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        frame = tensorbolt.polars.scan(tmp_path)
        writer.add_scalar("loss", 1, 0)
        writer.flush()
        assert frame.collect().height == 1
        writer.add_scalar("loss", 2, 1)
        writer.flush()
        assert frame.collect().height == 2


def test_an_open_file_and_nothing_at_all(log, tmp_path):
    (file, *_) = sorted((log / "a").iterdir())
    frame = tensorbolt.polars.scan(io.BytesIO(file.read_bytes()))
    assert frame.collect().height == 20
    assert tensorbolt.polars.scan(tmp_path).collect().height == 0
    with pytest.raises(FileNotFoundError, match="there is no"):
        tensorbolt.polars.scan(tmp_path / "none")


def test_engines_are_imported_when_they_are_used():
    python("""
        import sys
        import tensorbolt
        from tensorbolt import dask, polars, ray, spark
        import tensorbolt.ray
        heavy = {"polars", "dask", "ray", "pyspark", "pandas", "pyarrow"}
        assert not heavy & set(sys.modules), heavy & set(sys.modules)
        assert tensorbolt.ray.read is ray.read
    """)


@pytest.mark.parametrize(
    ("call", "package"),
    [
        ("polars.scan('.')", "polars>=1"),
        ("dask.read('.')", "dask[dataframe]"),
        ("ray.read('.')", "ray[data]"),
        ("spark.register(None)", "pyspark>=4"),
    ],
)
def test_a_missing_engine_is_an_error_that_says_what_to_install(call, package):
    python(f"""
        import sys
        for name in ("polars", "dask", "ray", "pyspark"):
            sys.modules[name] = None
        import tensorbolt.polars, tensorbolt.dask, tensorbolt.ray, tensorbolt.spark
        try:
            tensorbolt.{call}
        except ImportError as error:
            assert 'pip install "{package}"' in str(error), error
        else:
            raise AssertionError("no error")
    """)
