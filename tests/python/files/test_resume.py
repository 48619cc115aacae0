"""The option `resume`: a run goes on in its directory, and no reader shows what was replaced, whatever the clocks say."""

import multiprocessing
import pickle
import time

import numpy as np
import pytest
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util
from tests.python.support.helpers import event_files, records, tree

import tensorbolt
from tensorbolt.reading.follow import Choice, FollowedLog

AHEAD = 90
"""Seconds by which the clock of the node of an earlier run is ahead."""


def from_node_ahead(directory, seconds=AHEAD):
    """Rename the event files so as a node whose clock is ahead would have named them."""
    for path in directory.rglob("events.out.tfevents.*"):
        parts = path.name.split(".")
        parts[3] = f"{int(parts[3]) + seconds:010}"
        path.rename(path.with_name(".".join(parts)))


def by_loader(directory, tag):
    """Points as the Python loader of TensorBoard's server has them."""
    loader = plugin_event_accumulator.EventAccumulator(str(directory))
    found = loader.Reload().Tensors(tag)
    return [
        (event.step, tensor_util.make_ndarray(event.tensor_proto).item())
        for event in found
    ]


def by_accumulator(directory, tag):
    found = EventAccumulator(str(directory)).Reload().Scalars(tag)
    return [(event.step, event.value) for event in found]


def by_read(directory, tag):
    table = tensorbolt.read(directory, tags=tag).scalars.to_dict()
    return list(zip(table["step"], table["value"], strict=True))


def by_tail(directory, tag):
    log = FollowedLog(directory, Choice())
    list(log.advance())
    curve = log.curves[tag]["."]
    return list(zip(curve.steps, curve.values, strict=True))


READERS = (by_loader, by_accumulator, by_read, by_tail)


def log(directory, steps, value=0.0, tag="loss", **options):
    with tensorbolt.SummaryWriter(directory, **options) as writer:
        for step in steps:
            writer.add_scalar(tag, step + value, step)


def expect(directory, points, tag="loss"):
    for reader in READERS:
        assert reader(directory, tag) == points, reader.__name__


@pytest.mark.parametrize("resume", [True, 6])
def test_points_are_replaced_in_every_reader_though_a_clock_was_ahead(tmp_path, resume):
    expected = []
    for number, (first, stop) in enumerate([(0, 10), (6, 12), (6, 9)]):
        log(tmp_path, range(first, stop), number / 4, resume=resume)
        expected = [point for point in expected if point[0] < first]
        expected += [(step, step + number / 4) for step in range(first, stop)]
        expect(tmp_path, expected)
        from_node_ahead(tmp_path)
    names = [path.name for path in event_files(tmp_path)]
    assert len(names) == 3
    now = time.time()
    times = [
        event.wall_time for path in event_files(tmp_path) for event in records(path)
    ]
    assert all(abs(seconds - now) < AHEAD for seconds in times)


def test_without_it_the_readers_do_not_agree(tmp_path):
    """The test above is worth something: the default loader never reads a file that sorts before the others."""
    log(tmp_path, range(10))
    from_node_ahead(tmp_path)
    log(tmp_path, range(6, 12), 0.25, purge_step=6)
    replaced = [(step, float(step)) for step in range(6)]
    replaced += [(step, step + 0.25) for step in range(6, 12)]
    assert by_loader(tmp_path, "loss") != replaced


@pytest.mark.parametrize("name", ["zzz.tfevents", "events.out.tfevents.9999999999.a"])
def test_files_of_other_programs_come_first_as_well(tmp_path, name):
    log(tmp_path, range(10))
    (path,) = event_files(tmp_path)
    path.rename(tmp_path / name)
    for number in range(2):
        log(tmp_path, range(5, 8), 0.5 + number, resume=5)
    points = [(step, float(step)) for step in range(5)]
    expect(tmp_path, points + [(step, step + 1.5) for step in range(5, 8)])


def test_true_replaces_nothing_before_a_step_is_logged(tmp_path):
    log(tmp_path, range(10))
    with tensorbolt.SummaryWriter(tmp_path, resume=True) as writer:
        # What a program logs before it goes on has no step, which is 0 in the file.
        writer.add_text("config", "lr = 0.1")
        writer.add_scalar("parameters", 7)
        writer.flush()
        expect(tmp_path, [(step, float(step)) for step in range(10)])
        writer.add_image("image", np.zeros((3, 64, 64)), 7)
        writer.add_scalar("loss", 70.0, 7)
        writer.close()
        writer.add_scalar("loss", 80.0, 8)
    points = [(step, float(step)) for step in range(7)]
    expect(tmp_path, [*points, (7, 70.0), (8, 80.0)])
    expect(tmp_path, [(0, 7.0)], "parameters")
    images = plugin_event_accumulator.EventAccumulator(str(tmp_path)).Reload()
    assert [event.step for event in images.Tensors("image")] == [7]


def test_true_waits_for_a_step_over_close_and_reopening(tmp_path):
    log(tmp_path, range(10))
    with tensorbolt.SummaryWriter(tmp_path, resume=True) as writer:
        writer.add_text("config", "lr = 0.1")
        writer.close()
        writer.add_scalar("loss", 50.0, 5)
    expect(tmp_path, [*((step, float(step)) for step in range(5)), (5, 50.0)])


@pytest.mark.parametrize("resume", [True, 3])
def test_a_missing_directory_is_a_new_run(tmp_path, resume):
    log(tmp_path / "run", range(5), resume=resume)
    expect(tmp_path / "run", [(step, float(step)) for step in range(5)])


@pytest.mark.parametrize("resume", [True, 3])
def test_runs_of_groups_and_of_hyperparameters(tmp_path, resume):
    for number in range(2):
        with tensorbolt.SummaryWriter(
            tmp_path, resume=resume if number else None
        ) as writer:
            for step in range(3 * number, 5):
                writer.add_scalars("group", {"a": step + number / 4}, step)
                for run in "xy":
                    writer.add_hparams(
                        {"lr": 0.1}, {"score": step + number / 4}, run_name=run, global_step=step
                    )  # fmt: skip
        from_node_ahead(tmp_path)
    points = [(0, 0.0), (1, 1.0), (2, 2.0), (3, 3.25), (4, 4.25)]
    expect(tmp_path / "group_a", points, "group")
    for run in "xy":
        # Their files are closed between two calls, and only the first one replaces.
        expect(tmp_path / run, points, "score")
        assert len(tensorbolt.read(tmp_path / run).hparams) == 1


def test_ranks(tmp_path):
    for number in range(2):
        for rank in range(2):
            with tensorbolt.SummaryWriter(
                tmp_path, ranks="all", rank=rank, resume=3 if number else None
            ) as writer:
                for step in range(3 * number, 5):
                    writer.add_scalar("loss", step + number + rank, step)
        from_node_ahead(tmp_path)
    for rank in range(2):
        points = [(step, float(step + rank)) for step in range(3)]
        points += [(step, float(step + rank + 1)) for step in (3, 4)]
        expect(tmp_path / f"rank_0000{rank}", points)
    before = tree(tmp_path)
    tensorbolt.SummaryWriter(tmp_path, ranks="all", rank=1, resume=0).close()
    tensorbolt.SummaryWriter(tmp_path, ranks="first", rank=1, resume=0).close()
    assert tree(tmp_path) == before


@pytest.mark.parametrize("lazy", [True, False])
def test_copies_replace_nothing_that_the_writer_has_logged(tmp_path, lazy):
    log(tmp_path, range(5))
    from_node_ahead(tmp_path)
    writer = tensorbolt.SummaryWriter(tmp_path, resume=3, lazy=lazy)
    writer.add_scalar("loss", 30, 3)
    writer.flush()
    copy = pickle.loads(pickle.dumps(writer))
    copy.add_scalar("copy", 4, 4)
    copy.close()
    child = multiprocessing.get_context("fork").Process(
        target=writer.add_scalar, args=("child", 5, 5)
    )
    child.start()
    child.join()
    writer.close()
    expect(tmp_path, [(0, 0.0), (1, 1.0), (2, 2.0), (3, 30.0)])
    expect(tmp_path, [(4, 4.0)], "copy")
    expect(tmp_path, [(5, 5.0)], "child")


def test_auto_step_counts_from_the_step(tmp_path):
    with tensorbolt.SummaryWriter(tmp_path, auto_step=True) as writer:
        for step in range(5):
            writer.add_scalar("loss", step)
    with tensorbolt.SummaryWriter(tmp_path, auto_step=True, resume=3) as writer:
        writer.add_scalar("loss", 30)
        writer.add_scalar("loss", 40)
    expect(tmp_path, [(0, 0.0), (1, 1.0), (2, 2.0), (3, 30.0), (4, 40.0)])


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"resume": 1.5}, TypeError, "resume must be True, a step or None, not 1.5"),
        ({"resume": "yes"}, TypeError, "resume must be True"),
        ({"resume": [1]}, TypeError, "resume must be True"),
        ({"resume": 2**63}, ValueError, "resume must be a step of 64 bits"),
        ({"resume": 3, "purge_step": 3}, ValueError, "exclude each other"),
        ({"resume": True, "purge_step": 0}, ValueError, "exclude each other"),
        ({"resume": True, "auto_step": True}, ValueError, "auto_step counts them"),
    ],
)
def test_wrong_options_make_nothing(tmp_path, options, error, text):
    with pytest.raises(error, match=text):
        tensorbolt.SummaryWriter(tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("resume", [None, False])
def test_none_and_false_are_a_new_run(tmp_path, resume):
    log(tmp_path, range(3), resume=resume)
    (path,) = event_files(tmp_path)
    assert not any(event.HasField("session_log") for event in records(path))


def test_a_writer_of_several_processes_has_no_such_option(tmp_path):
    with pytest.raises(TypeError, match="resume is not an option"):
        tensorbolt.GlobalSummaryWriter(tmp_path, resume=3)
