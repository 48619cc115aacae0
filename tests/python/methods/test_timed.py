"""`timed`: seconds of a block, as a curve."""

import pickle
import threading
import time

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tests.python.support.helpers import events

from tensorbolt import SummaryWriter


def curves(directory):
    """From a tag to its points, as TensorBoard reads them."""
    board = EventAccumulator(str(directory), {"scalars": 0}).Reload()
    return {tag: board.Scalars(tag) for tag in board.Tags()["scalars"]}


def test_seconds_of_a_block(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        before = time.perf_counter()
        with writer.timed("forward", 7):
            time.sleep(0.01)
        most = time.perf_counter() - before
    ((tag, (point,)),) = curves(tmp_path).items()
    assert (tag, point.step) == ("seconds/forward", 7)
    assert 0.0099 <= point.value <= most * 1.001


@pytest.mark.parametrize("options", [{}, {"auto_step": True}])
def test_steps_count_the_uses_of_each_section(tmp_path, options):
    with SummaryWriter(tmp_path, **options) as writer:
        for _ in range(3):
            with writer.timed("outer"):
                for _ in range(2):
                    with writer.timed("in/ner"):
                        pass
        with writer.use_metadata(global_step=40), writer.timed("outer"):
            pass
        with writer.timed("outer"):
            pass
    steps = {
        tag: [point.step for point in points]
        for tag, points in curves(tmp_path).items()
    }
    assert sorted(steps["seconds/outer"]) == [0, 1, 2, 3, 40]
    assert steps["seconds/in/ner"] == [*range(6)]


def test_a_block_with_a_time_alone_counts_on(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        for _ in range(2):
            with writer.use_metadata(walltime=5.0), writer.timed("x"):
                pass
        with writer.timed("x"):
            pass
    points = curves(tmp_path)["seconds/x"]
    assert [point.step for point in points] == [0, 1, 2]
    assert [point.wall_time for point in points[:2]] == [5.0, 5.0]


def test_the_outer_block_takes_as_long_as_the_inner_ones(tmp_path):
    with SummaryWriter(tmp_path) as writer, writer.timed("outer"):
        for _ in range(3):
            with writer.timed("inner"):
                sum(range(1000))
    found = curves(tmp_path)
    inner = sum(point.value for point in found["seconds/inner"])
    assert found["seconds/outer"][0].value > inner > 0


def test_a_block_that_raises_logs_nothing(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        with pytest.raises(KeyError, match="x"), writer.timed("forward"):
            raise KeyError("x")
        with writer.timed("forward"):
            pass
    # Its use is counted.
    assert [point.step for point in curves(tmp_path)["seconds/forward"]] == [1]


def test_threads_share_the_count(tmp_path):
    with SummaryWriter(tmp_path) as writer:

        def work():
            for _ in range(100):
                with writer.timed("work"):
                    pass

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    # TensorBoard's loaders drop points whose steps go back.
    assert sorted(event.step for event in events(tmp_path)) == [*range(400)]


def test_copies_count_on(tmp_path):
    with SummaryWriter(tmp_path / "a") as writer:
        with writer.timed("x"):
            pass
        with pickle.loads(pickle.dumps(writer)) as copy, copy.timed("x"):
            pass
    steps = [point.step for point in curves(tmp_path / "a")["seconds/x"]]
    assert sorted(steps) == [0, 1]


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ((3,), TypeError, "section must be a str, not int"),
        (("\ud800",), ValueError, "section .* surrogates"),
        (("x", "three"), ValueError, "global_step"),
        (("x", 2**63), ValueError, "global_step"),
        (("x", object()), TypeError, "global_step"),
    ],
)
def test_wrong_arguments_raise_before_the_block(tmp_path, arguments, error, text):
    with SummaryWriter(tmp_path) as writer:
        with pytest.raises(error, match=text):
            writer.timed(*arguments)
        assert writer.stats()["events"] == 0
