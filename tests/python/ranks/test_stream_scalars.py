"""`ranks="reduce"`: what goes to the streams of ranks, what does not, and the options."""

import numpy as np
import pytest
from tests.python.support import streams
from tests.python.support.helpers import records
from tests.python.support.streams import files, writer_of

from tensorbolt import GlobalSummaryWriter, SummaryWriter
from tensorbolt.record_writer import register_writer_factory

pytestmark = pytest.mark.usefixtures("temporary")


def _within(block, *arguments):
    with block as writer:
        writer.add_scalar(*arguments)


SCALARS = {
    "add_scalar": (lambda w: w.add_scalar("x", 1 / 3, 2), [("x", 2, 1 / 3)]),
    "slow path": (lambda w: w.add_scalar("x", [1 / 3], "2"), [("x", 2, 1 / 3)]),
    "new_style": (
        lambda w: w.add_scalar("x", 1 / 3, 2, new_style=True),
        [("x", 2, 1 / 3)],
    ),
    "double": (
        lambda w: w.add_scalar("x", 1e300, 2, new_style=True, double_precision=True),
        [("x", 2, 1e300)],
    ),
    "display_name": (
        lambda w: w.add_scalar("x", 1 / 3, 2, display_name="title"),
        [("x", 2, 1 / 3)],
    ),
    "log": (
        lambda w: w.log({"x": 1 / 3, "y": {"z": 2}}, 2, prefix="p"),
        [("p/x", 2, 1 / 3), ("p/y/z", 2, 2.0)],
    ),
    "log of an array": (
        lambda w: w.log({"x": np.array(1 / 3)}, 2),
        [("x", 2, 1 / 3)],
    ),
    "add_scalars": (
        lambda w: w.add_scalars("g", {"a": 1 / 3, "b": np.float32(2)}, 2),
        [("g/a", 2, 1 / 3), ("g/b", 2, 2.0)],
    ),
    "add_scalar_series": (
        lambda w: w.add_scalar_series("x", [1 / 3, np.nan], [1, 2]),
        [("x", 1, 1 / 3), ("x", 2, np.nan)],
    ),
    "use_metadata": (
        lambda w: _within(w.use_metadata(global_step=2), "x", 1 / 3),
        [("x", 2, 1 / 3)],
    ),
}


@pytest.mark.parametrize("method", SCALARS)
def test_scalars_of_any_method_go_to_the_stream(tmp_path, method):
    call, expected = SCALARS[method]
    with writer_of(tmp_path, 1) as writer:
        call(writer)
    # Nothing went to sub-runs or to an event file.
    assert files(tmp_path) == ["ranks"]
    found = [(p.tag, p.step, p.value) for p in streams.points(tmp_path) if p.rank == 1]
    assert repr(found) == repr(expected)


def test_sections_and_counted_steps(tmp_path):
    with writer_of(tmp_path, auto_step=True) as writer:
        for _ in range(3):
            writer.add_scalar("x", 1.0)
            with writer.timed("forward"):
                pass
    found = [(p.tag, p.step) for p in streams.points(tmp_path)]
    assert found == [
        (tag, step) for step in range(3) for tag in ("x", "seconds/forward")
    ]


def test_titles_are_kept(tmp_path):
    with writer_of(tmp_path) as writer:
        writer.add_scalar("x", 0.1, display_name="a", summary_description="b")
    (path,) = streams.streams(tmp_path)
    (value,) = streams.events(path)[1][1].summary.value
    texts = value.metadata.display_name, value.metadata.summary_description
    assert (texts, streams.number(value)) == (("a", "b"), 0.1)


def test_other_kinds_are_written_by_rank_0(tmp_path):
    for rank in range(2):
        with writer_of(tmp_path, rank) as writer:
            writer.add_text("text", f"of {rank}", 0)
            writer.add_histogram("histogram", np.arange(9.0), 0)
            writer.add_image("image", np.zeros((3, 2, 2)), 0)
            writer.add_hparams({"lr": rank}, {"loss": 1.0}, run_name="run")
            with pytest.raises(TypeError):
                writer.add_text("text", rank)
    assert streams.points(tmp_path) == []
    (path,) = tmp_path.glob("*tfevents*")
    tags = [value.tag for event in records(path) for value in event.summary.value]
    assert sorted(tags) == ["histogram", "image", "text/text_summary"]
    assert len(list(tmp_path.glob("run/*tfevents*"))) == 1


def test_points_for_the_export_are_kept_as_ever(tmp_path):
    with writer_of(tmp_path, 1) as writer, SummaryWriter(tmp_path / "b") as other:
        for one in (writer, other):
            one.add_scalars("g/h", {"a": 1.0}, 2, walltime=3.0)
        ((directory, kept),) = writer.scalar_dict.items()
        ((there, expected),) = other.scalar_dict.items()
        assert directory == there.replace(f"{tmp_path}/b", str(tmp_path))
        assert kept == expected
        with pytest.raises(ValueError, match="outside"):
            writer.add_scalars("g", {"/../../x": 1.0}, 2)
        with pytest.raises(TypeError):
            writer.add_scalars("g", {"a": {"nested": 1.0}}, 2)
        with pytest.raises(TypeError):
            writer.add_scalars("g", {1: 1.0}, 2)


def test_rules_of_rank_0(tmp_path):
    for rank in (1, 0):
        with writer_of(tmp_path, rank) as writer:
            writer.reduce_by({"tokens": "sum", "memory*": "max"})
            writer.reduce_by({"é": "last"})
            writer.reduce_by({})
    found = [
        (rank, streams.rules(event))
        for path in streams.streams(tmp_path)
        for rank, event in streams.events(path)
        if streams.rules(event)
    ]
    assert found == [
        (0, [("tokens", "sum"), ("memory*", "max")]),
        (0, [("é", "last")]),
    ]


@pytest.mark.parametrize(
    ("rules", "error", "text"),
    [
        (["loss"], TypeError, "rules must be a mapping of tag to reduction, not list"),
        (None, TypeError, "rules must be a mapping"),
        ({"loss": "median"}, ValueError, r"rules\['loss'\] must be one of \"mean\", "),
        ({"loss": np.mean}, TypeError, r"rules\['loss'\] must be one of"),
        ({1: "mean"}, TypeError, "rules: a key must be a str"),
        ({"": "mean"}, ValueError, "must be a tag or a pattern"),
        ({"\ud800": "mean"}, ValueError, "rules: a key"),
    ],
)
@pytest.mark.parametrize(
    "options", [{}, {"ranks": "reduce", "rank": 1, "world_size": 2}]
)
def test_wrong_rules(tmp_path, options, rules, error, text):
    with SummaryWriter(tmp_path, **options) as writer:
        with pytest.raises(error, match=text):
            writer.reduce_by(rules)
        writer.reduce_by({"loss": "mean"})


def test_the_variable(tmp_path, temporary):
    temporary.setenv("TENSORBOLT_RANKS", "reduce")
    temporary.setenv("RANK", "2")
    temporary.setenv("WORLD_SIZE", "4")
    with SummaryWriter(tmp_path / "a") as writer:
        writer.add_scalar("x", 1.0, 0)
    assert streams.points(tmp_path / "a") == [(2, "x", 0, 1.0)]
    # It counts the steps of all processes itself.
    with GlobalSummaryWriter(tmp_path / "b") as writer:
        writer.add_scalar("x", 1.0)
    assert files(tmp_path / "b") == ["events"]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda d: GlobalSummaryWriter(d, ranks="reduce"), "make a SummaryWriter in"),
        (
            lambda d: SummaryWriter(d, ranks="reduce", rank=1),
            "needs the number of ranks, and this process is only known to be rank 1",
        ),
        (
            lambda d: SummaryWriter(d, ranks="reduce", rank=0, world_size=2**32),
            "takes at most 4294967295 ranks",
        ),
    ],
)
def test_wrong_options(tmp_path, make, text):
    with pytest.raises(ValueError, match=text):
        make(tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_registered_schemes_are_refused():
    class Factory:
        """Opens nothing."""

        open = directory_check = staticmethod(pytest.fail)

    register_writer_factory("reducetest", Factory())
    with pytest.raises(ValueError, match="registered scheme"):
        writer_of("reducetest://bucket/run")


def test_a_default_directory_of_each_rank_is_warned_of(tmp_path, temporary):
    temporary.chdir(tmp_path)
    with pytest.warns(RuntimeWarning, match="do not find each other"):
        writer_of(None).close()


def test_without_a_launcher_there_is_one_rank(tmp_path, temporary):
    for name in ("RANK", "WORLD_SIZE"):
        temporary.delenv(name, raising=False)
    with SummaryWriter(tmp_path, ranks="reduce") as writer:
        writer.add_scalar("x", 1.0, 0)
    assert streams.points(tmp_path) == [(0, "x", 0, 1.0)]


def test_nothing_is_written_without_the_disk(tmp_path):
    with writer_of(tmp_path / "run", write_to_disk=False) as writer:
        writer.add_scalar("x", 1.0, 0)
        writer.reduce_by({"x": "sum"})
        assert writer.stats()["bytes"] == 0
    assert not (tmp_path / "run").exists()
