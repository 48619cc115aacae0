"""add_confusion_matrix: the numbers are scikit-learn's."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.metrics import confusion_matrix
from sklearn.naive_bayes import GaussianNB
from tests.python.insight.helpers import logged_image

from tensorbolt import insight
from tensorbolt.insight._confusion_matrix import confusion, normalized


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1),
    st.sampled_from([None, "true", "pred", "all"]),
)
def test_against_scikit_learn(pairs, normalize):
    truth, guesses = np.array(pairs).T
    ours = normalized(confusion(truth, guesses, 6), normalize)
    theirs = confusion_matrix(truth, guesses, labels=range(6), normalize=normalize)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def real():
    data = load_digits()
    model = GaussianNB().fit(data.data[::2], data.target[::2])
    return (
        data.target[1::2],
        model.predict(data.data[1::2]),
        model.predict_proba(data.data[1::2]),
    )


def cells_of(writer, tag):
    return np.asarray(writer.figures[tag].axes[0].images[0].get_array())


@pytest.mark.parametrize("normalize", [None, "true", "pred", "all"])
def test_of_real_digits(writer, normalize):
    truth, guesses, _ = real()
    assert insight.add_confusion_matrix(
        writer, truth, guesses, 5, normalize=normalize
    ) == ["confusion_matrix"]
    ((tag, step, _),) = writer.written()
    assert (tag, step) == ("confusion_matrix", 5)
    expected = confusion_matrix(truth, guesses, normalize=normalize)
    np.testing.assert_allclose(cells_of(writer, tag), expected)
    text = writer.texts(tag)
    assert f"{len(truth)} examples, {(truth == guesses).mean():.1%} right" in text
    assert {
        None: "counts",
        "true": "rows add up to 1",
        "pred": "columns",
        "all": "of all examples",
    }[normalize] in text
    axes = writer.figures[tag].axes[0]
    shown = {text.get_position(): text.get_text() for text in axes.texts}
    written = {
        (column, row): f"{number}" if normalize is None else f"{number:.2f}"
        for (row, column), number in np.ndenumerate(expected)
        if number
    }
    assert shown == written
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "true")


def test_the_image_has_the_colours_of_the_cells(writer):
    import matplotlib as mpl

    insight.add_confusion_matrix(writer, [0, 1, 1, 1], [0, 0, 1, 1])
    page = logged_image(writer, "confusion_matrix")
    box = writer.figures["confusion_matrix"].axes[0].get_window_extent()
    for (row, column), number in np.ndenumerate(np.array([[1, 0], [1, 2]])):
        # In a corner of the cell, off its number.
        x = box.x0 + (column + 0.15) / 2 * box.width
        y = page.shape[0] - box.y1 + (row + 0.15) / 2 * box.height
        expected = mpl.colormaps["cividis"](number / 2, bytes=True)[:3]
        np.testing.assert_array_equal(page[int(y), int(x)], expected)


@pytest.mark.parametrize(
    "kind", [np.asarray, torch.tensor, list], ids=["numpy", "torch", "list"]
)
def test_scores_and_names(writer, kind):
    truth, guesses, probabilities = real()
    names = [f"${digit}_" for digit in "0123456789"]
    expected = confusion_matrix(truth, guesses)
    insight.add_confusion_matrix(
        writer, kind(truth), kind(probabilities), tag="scores", class_names=names
    )
    np.testing.assert_array_equal(cells_of(writer, "scores"), expected)
    insight.add_confusion_matrix(
        writer,
        [names[one] for one in truth],
        [names[one] for one in guesses],
        class_names=names,
    )
    np.testing.assert_array_equal(cells_of(writer, "confusion_matrix"), expected)
    axes = writer.figures["scores"].axes[0]
    assert [text.get_text() for text in axes.get_xticklabels()] == names
    assert [text.get_text() for text in axes.get_yticklabels()] == names


def test_classes_without_examples_have_rows(writer):
    insight.add_confusion_matrix(
        writer, [0, 1], [0, 0], class_names=["a", "b", "c"], normalize="true"
    )
    np.testing.assert_array_equal(
        cells_of(writer, "confusion_matrix"), [[1, 0, 0], [1, 0, 0], [0, 0, 0]]
    )


@pytest.mark.parametrize("count", [1, 30, 70, 300])
def test_few_and_many_classes(writer, count):
    classes = np.arange(count)
    insight.add_confusion_matrix(writer, classes, classes[::-1])
    axes = writer.figures["confusion_matrix"].axes[0]
    # Numbers and names, as long as they can be read.
    assert len(axes.texts) == (count if count <= 25 else 0)
    np.testing.assert_array_equal(
        cells_of(writer, "confusion_matrix"), np.eye(count)[::-1]
    )
    height, width, _ = logged_image(writer, "confusion_matrix").shape
    assert max(height, width) < 1300


@pytest.mark.parametrize(
    ("labels", "predictions", "options", "error", "text"),
    [
        ([0, 1], [0], {}, ValueError, "labels and predictions must have equally many examples, not 2 and 1"),
        ([], [], {}, ValueError, "labels is empty"),
        ([0, 1.5], [0, 1], {}, ValueError, "labels must hold classes, integers from 0 on"),
        ([0, -1], [0, 1], {}, ValueError, "labels must hold classes"),
        ([0, float("nan")], [0, 1], {}, ValueError, "labels must hold classes"),
        ([[0, 1], [1, 0]], [0, 1], {}, ValueError, r"labels must be a class for each example.*\(2, 2\)"),
        (["a"], ["a"], {}, ValueError, "labels holds names, so pass all of them as class_names"),
        (["a"], ["b"], {"class_names": ["a"]}, ValueError, "predictions has 'b', which is not in class_names"),
        ([0, 3], [0, 1], {"class_names": ["a", "b"]}, ValueError, "labels has the class 3, but class_names"),
        ([0], [[1, 2, 3]], {"class_names": ["a", "b"]}, ValueError, "predictions has 3 columns, but class_names has 2"),
        ([0], [[1, float("nan")]], {}, ValueError, "predictions has numbers that are not finite"),
        ([0], [0], {"class_names": "ab"}, TypeError, "class_names must be a list of names, not 'ab'"),
        ([0], [0], {"class_names": []}, ValueError, "class_names is empty"),
        ([0], [0], {"class_names": ["a", "a"]}, ValueError, "class_names must differ"),
        ([0], [0], {"normalize": "rows"}, ValueError, "normalize must be one of None, 'true', 'pred', 'all'"),
        ([0], [0], {"cmap": "none such"}, ValueError, "cmap must be"),
        ("cat", [0], {}, TypeError, "labels must hold numbers"),
    ],
)  # fmt: skip
def test_errors(writer, labels, predictions, options, error, text):
    with pytest.raises(error, match=text):
        insight.add_confusion_matrix(writer, labels, predictions, **options)
    assert writer.written() == []
