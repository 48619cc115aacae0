"""auto_step: `global_step=None` counts up per tag."""

import threading

import numpy as np
import pytest
from tests.python.support.helpers import scalars, values

import tensorbolt


@pytest.fixture
def writer(logdir):
    with tensorbolt.SummaryWriter(logdir, auto_step=True) as writer:
        yield writer


def steps(writer):
    writer.flush()
    return [(tag, step) for tag, step, _ in values(writer.log_dir)]


def test_each_tag_counts_for_itself(writer):
    """Difference D42: an option; without it every such point is at step 0."""
    for tag in ("a", "b", "a", "a", "b"):
        writer.add_scalar(tag, 1.0)
    assert steps(writer) == [("a", 0), ("b", 0), ("a", 1), ("a", 2), ("b", 1)]


def test_a_step_that_is_given_is_kept(writer):
    writer.add_scalar("a", 1.0)
    writer.add_scalar("a", 1.0, 100)
    writer.add_scalar("a", 1.0)
    assert [step for _, step in steps(writer)] == [0, 100, 1]


@pytest.mark.parametrize(
    "call",
    [
        lambda w: w.add_histogram("t", [1.0]),
        lambda w: w.add_histogram_raw("t", 0, 1, 1, 1, 1, [1], [1]),
        lambda w: w.add_image("t", np.zeros((3, 2, 2))),
        lambda w: w.add_images("t", np.zeros((1, 3, 2, 2))),
        lambda w: w.add_image_with_boxes("t", np.zeros((3, 9, 9)), [[1, 1, 3, 3]]),
        lambda w: w.add_text("t", "x"),
        lambda w: w.add_scalar("t", 1, new_style=True),
        lambda w: w.log({"t": 1}),
        lambda w: w.add_histograms({"t": [1.0]}),
    ],
)
def test_every_method_counts(writer, call):
    for _ in range(3):
        call(writer)
    assert [step for _, step in steps(writer)] == [0, 1, 2]


def test_a_group_has_one_step(writer, logdir):
    for _ in range(2):
        writer.add_scalars("g", {"a": 1, "b": 2})
    writer.flush()
    assert [step for _, step, _ in scalars(f"{logdir}/g_a")] == [0, 1]
    assert [step for _, step, _ in scalars(f"{logdir}/g_b")] == [0, 1]
    assert [point[1] for point in writer.scalar_dict[f"{logdir}/g_a"]] == [0, 1]


def test_a_call_that_fails_uses_up_no_step(writer):
    writer.add_scalar("a", 1.0)
    with pytest.raises(TypeError):
        writer.add_scalar("a", None)
    writer.add_scalar("a", 1.0)
    assert steps(writer) == [("a", 0), ("a", 1)]


def test_counting_goes_on_after_close(writer):
    writer.add_scalar("a", 1.0)
    writer.close()
    writer.add_scalar("a", 1.0)
    assert [step for _, step in steps(writer)] == [0, 1]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (
            lambda w: w.add_image("t", np.zeros((3, 2, 2))),
            lambda w: w.add_image("t", np.zeros((7, 2, 2))),
        ),
        (
            lambda w: w.add_image_with_boxes("t", np.zeros((3, 9, 9)), [[1, 1, 3, 3]]),
            lambda w: w.add_image_with_boxes(
                "t", np.zeros((3, 9, 9)), [[1, 1, np.nan, 3]]
            ),
        ),
        (
            lambda w: w.add_histogram("t", [1.0]),
            lambda w: w.add_histogram("t", [1.0], bins=[3.0, 2.0, 1.0]),
        ),
        (lambda w: w.add_histograms({"t": [1.0]}), lambda w: w.add_histograms({"": []})),
        (lambda w: w.log({"t": 1}), lambda w: w.log({"t": None})),
    ],
)  # fmt: skip
def test_what_the_core_refuses_uses_up_no_step(writer, good, bad):
    good(writer)
    with pytest.raises((ValueError, TypeError)):
        bad(writer)
    good(writer)
    assert [step for _, step in steps(writer)] == [0, 1]


def test_threads_count_in_order(writer):
    def work():
        for _ in range(50):
            writer.add_histogram("t", [1.0])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [step for _, step in steps(writer)] == list(range(200))
