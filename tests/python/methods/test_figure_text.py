"""add_figure and add_text."""

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.python.support.helpers import TIME, on_all, only, same_on_all, values
from tests.python.support.images import pixels, same_images

import tensorbolt

mpl.use("Agg")
from matplotlib import pyplot as plt


@pytest.fixture
def writer(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        yield writer


@pytest.fixture(autouse=True)
def no_figures():
    yield
    plt.close("all")


def plot(width=3, height=2, **keywords):
    figure, axes = plt.subplots(figsize=(width, height), **keywords)
    axes.plot([1, 3, 2])
    axes.set_title("A title")
    return figure


def test_a_figure_is_that_of_both():
    figure = plot()
    same_images(lambda w: w.add_figure("t", figure, 3, False, TIME))
    same_images(
        lambda w: w.add_figure("t", figure, global_step=3, close=False, walltime=TIME)
    )


def test_a_list_of_figures_is_that_of_both():
    figures = [plot() for _ in range(10)]
    same_images(lambda w: w.add_figure("t", figures, 3, False, TIME))
    same_images(lambda w: w.add_figure("t", figures[:1], 3, False, TIME))


@pytest.mark.parametrize("close", [True, False])
def test_closing(writer, close):
    figure, others = plot(), [plot(), plot()]
    writer.add_figure("t", figure, close=close)
    writer.add_figure("t", others, close=close)
    assert plt.fignum_exists(figure.number) is not close
    assert all(plt.fignum_exists(other.number) is not close for other in others)


def test_figures_are_closed_unless_told_otherwise(writer):
    figure = plot()
    writer.add_figure("t", figure)
    assert not plt.fignum_exists(figure.number)


def test_the_canvas_of_a_figure_stays(writer):
    """Difference P8: the reference writers replace it, which breaks a window that shows the figure."""
    figure = plot()
    canvas = figure.canvas
    writer.add_figure("t", figure, close=False)
    assert figure.canvas is canvas


def test_transparent_parts_are_white(writer):
    """Difference D37: the reference writers show the raw colour below."""
    figure = plot()
    figure.patch.set_alpha(0)
    figure.patch.set_facecolor("black")
    writer.add_figure("t", figure)
    writer.flush()
    assert pixels(only(writer.get_logdir()))[0, 0].tolist() == [255, 255, 255]


def test_any_iterable_of_figures_of_any_sizes(writer):
    """Difference D37: the reference writers take only lists of figures of one size."""
    writer.add_figure("t", (figure for figure in (plot(2, 1), plot(1, 2))))
    writer.flush()
    image = pixels(only(writer.get_logdir()))
    assert image.shape == (200, 400, 3)
    assert (image[100:, :200] == 255).all()


def test_a_figure_without_pyplot(writer):
    figure = mpl.figure.Figure(figsize=(1, 1))
    figure.add_subplot().plot([1, 2])
    writer.add_figure("t", figure)
    writer.flush()
    assert pixels(only(writer.get_logdir())).shape == (100, 100, 3)


@given(
    st.lists(
        st.tuples(st.text(), st.text(), st.integers(-(2**63), 2**63 - 1)),
        min_size=1,
        max_size=5,
    )
)
def test_texts_are_those_of_both(calls):
    def log(writer):
        for tag, text, step in calls:
            writer.add_text(tag, text, step, TIME)

    same_on_all(log)


def test_a_long_text():
    same_on_all(
        lambda w: w.add_text("t", "| a | b |\n|---|---|\n" * 50_000, 3, walltime=TIME)
    )


def test_bytes_are_text_in_utf_8(writer):
    """Difference D38: the reference writers raise AttributeError."""
    writer.add_text("t", "grüße".encode())
    writer.flush()
    ((tag, _, value),) = values(writer.get_logdir())
    assert tag == "t/text_summary"
    assert value.tensor.string_val == ["grüße".encode()]
    results = on_all(lambda w: w.add_text("t", b"x"), only_with=("torch", "tbx"))
    assert all(isinstance(result, AttributeError) for result in results.values())


def test_subclasses_of_str_are_text():
    class Markdown(str):
        __slots__ = ()

    same_on_all(lambda w: w.add_text(Markdown("t"), Markdown("x"), 3, TIME))


def test_numpy_strings_are_text():
    same_on_all(lambda w: w.add_text(np.str_("t"), np.str_("x"), 3, TIME))
