"""The option `ranks`: who writes, and where; and `lazy`, with which a writer that logs nothing leaves nothing."""

import multiprocessing
import pickle
import warnings

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tensorbolt import GlobalSummaryWriter, SummaryWriter


def files(directory):
    """Paths of all files below a directory, without the part of a name that differs."""
    return sorted(
        str(path.parent.relative_to(directory))
        for path in directory.rglob("*tfevents*")
    )


def points(directory, tag):
    """Steps and values of a curve, as TensorBoard has them."""
    found = EventAccumulator(str(directory)).Reload().Scalars(tag)
    return [(point.step, point.value) for point in found]


@pytest.fixture(autouse=True)
def variables(monkeypatch):
    """The environment, without the variable; this process has no launcher."""
    monkeypatch.delenv("TENSORBOLT_RANKS", raising=False)
    return monkeypatch


def test_rank_0_writes_and_the_others_check(tmp_path):
    for rank in range(4):
        with SummaryWriter(tmp_path, ranks="first", rank=rank, world_size=4) as writer:
            writer.add_scalar("rank", rank, 0)
            writer.add_scalars("group", {"a": rank}, 0)
            with pytest.raises(ValueError, match="scalar_value"):
                writer.add_scalar("rank", "none", 0)
    assert files(tmp_path) == [".", "group_a"]
    assert points(tmp_path, "rank") == [(0, 0.0)]


def test_each_rank_has_a_run(tmp_path):
    for rank in range(3):
        with SummaryWriter(tmp_path, ranks="all", rank=rank) as writer:
            assert writer.log_dir == tmp_path / f"rank_0000{rank}"
            writer.add_scalar("rank", rank, 0)
            writer.add_scalars("group", {"a": rank}, 0)
    expected = [
        f"rank_0000{rank}{end}" for rank in range(3) for end in ("", "/group_a")
    ]
    assert files(tmp_path) == expected


def test_of_a_thousand_ranks_one_logs_and_makes_one_file(tmp_path):
    writers = [
        SummaryWriter(tmp_path / "job", ranks="all", rank=rank, world_size=1024)
        for rank in range(1024)
    ]
    assert not (tmp_path / "job").exists()
    writers[17].add_scalar("loss", 0.5, 0)
    for writer in writers:
        writer.flush()
        writer.close()
    assert [path.name for path in (tmp_path / "job").iterdir()] == ["rank_00017"]
    assert files(tmp_path) == ["job/rank_00017"]


@pytest.mark.parametrize("log_dir", ["runs/job", "runs/job/", "file:///tmp/x"])
def test_directories_as_text(log_dir, tmp_path, variables):
    variables.chdir(tmp_path)
    writer = SummaryWriter(log_dir, ranks="all", rank=100_000)
    end = log_dir.removeprefix("file://").rstrip("/") + "/rank_100000"
    assert writer.log_dir == writer.get_logdir() == end
    writer.close()


def test_a_default_directory_of_each_rank_is_warned_of(tmp_path, variables):
    variables.chdir(tmp_path)
    with pytest.warns(RuntimeWarning, match="pass log_dir"):
        writer = SummaryWriter(ranks="all", rank=1, world_size=2)
    writer.add_scalar("x", 1, 0)
    writer.close()
    (directory,) = files(tmp_path)
    assert directory.startswith("runs/")
    assert directory.endswith("/rank_00001")


def test_the_variable_is_for_writers_without_the_option(tmp_path, variables):
    variables.setenv("TENSORBOLT_RANKS", "all")
    variables.setenv("RANK", "2")
    variables.setenv("WORLD_SIZE", "4")
    for name, options in ("a", {}), ("b", {"ranks": "first"}), ("c", {"rank": 1}):
        with SummaryWriter(tmp_path / name, **options) as writer:
            writer.add_scalar("x", 1, 0)
            writer.log({"y": 1.0})
    assert files(tmp_path) == ["a/rank_00002", "c/rank_00001"]
    variables.setenv("TENSORBOLT_RANKS", "last")
    with pytest.raises(ValueError, match="variable TENSORBOLT_RANKS must be first"):
        SummaryWriter(tmp_path)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        (
            {"ranks": "none"},
            ValueError,
            'ranks must be "first", "all", "reduce" or None, not',
        ),
        ({"ranks": 0}, ValueError, "ranks must be"),
        ({"ranks": ["all"]}, ValueError, "ranks must be"),
        ({"rank": 0}, ValueError, "rank and world_size need ranks"),
        ({"world_size": 2}, ValueError, "rank and world_size need ranks"),
        (
            {"ranks": "all", "rank": 2, "world_size": 2},
            ValueError,
            "rank must be below",
        ),
        ({"ranks": "all", "rank": 0.5}, TypeError, "rank must be an integer"),
    ],
)
def test_wrong_options_make_nothing(tmp_path, options, error, text):
    with pytest.raises(error, match=text):
        SummaryWriter(tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()


METHODS = {
    "add_scalar": lambda w: w.add_scalar("x", 1, 0),
    "log": lambda w: w.log({"x": 1.0}, 0),
    "add_scalars": lambda w: w.add_scalars("x", {"a": 1.0}, 0),
    "add_histogram": lambda w: w.add_histogram("x", np.arange(3.0), 0),
    "add_image": lambda w: w.add_image("x", np.zeros((3, 2, 2)), 0),
    "add_text": lambda w: w.add_text("x", "text", 0),
    "add_embedding": lambda w: w.add_embedding(np.zeros((3, 2))),
    "add_hparams": lambda w: w.add_hparams({"a": 1}, {"b": 2.0}),
    "add_custom_scalars": lambda w: w.add_custom_scalars(
        {"c": {"t": ["Multiline", ["x"]]}}
    ),
}


@pytest.mark.parametrize("method", METHODS)
def test_the_first_call_makes_the_file(tmp_path, method):
    eager, lazy = tmp_path / "eager", tmp_path / "lazy"
    with SummaryWriter(eager, auto_step=True) as writer:
        METHODS[method](writer)
    with SummaryWriter(lazy, auto_step=True, lazy=True) as writer:
        assert not lazy.exists()
        METHODS[method](writer)
    assert len(files(lazy)) == len(files(eager))


def test_what_logs_nothing_leaves_nothing(tmp_path):
    writer = SummaryWriter(tmp_path / "run", lazy=True, purge_step=3)
    assert writer.stats()["events"] == 0
    assert writer.file_writer is None
    copy = pickle.loads(pickle.dumps(writer))
    for one in (writer, copy):
        one.flush()
        one._repr_html_()
        with pytest.raises(TypeError):
            one.add_text("x", 1, 0, 2, 3)
        one.close()
    assert not (tmp_path / "run").exists()


def test_a_purge_comes_with_the_first_event(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        for step in range(5):
            writer.add_scalar("x", step, step)
    with SummaryWriter(tmp_path, purge_step=3, lazy=True) as writer:
        pass
    assert [step for step, _ in points(tmp_path, "x")] == [0, 1, 2, 3, 4]
    with SummaryWriter(tmp_path, purge_step=3, lazy=True) as writer:
        writer.add_scalar("x", 30, 3)
    assert points(tmp_path, "x") == [(0, 0.0), (1, 1.0), (2, 2.0), (3, 30.0)]


def test_children_have_files_of_their_own(tmp_path):
    writer = SummaryWriter(tmp_path / "run", lazy=True)
    context = multiprocessing.get_context("fork")
    child = context.Process(target=writer.add_scalar, args=("child", 1, 0))
    child.start()
    child.join()
    assert len(files(tmp_path)) == 1
    writer.add_scalar("parent", 1, 0)
    writer.close()
    assert len(files(tmp_path)) == 2


def test_a_file_for_several_processes_is_there_at_once(tmp_path):
    writer = GlobalSummaryWriter(tmp_path, ranks="all", rank=3)
    assert files(tmp_path) == ["rank_00003"]
    writer.close()


def test_a_directory_that_cannot_be_made_does_not_end_the_program(tmp_path):
    (tmp_path / "file").write_text("")
    writer = SummaryWriter(tmp_path / "file/run", lazy=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        writer.add_scalar("x", 1, 0)
        writer.close()
    assert "Not a directory" in str(caught[0].message)
    assert writer.stats()["errors"] > 0
