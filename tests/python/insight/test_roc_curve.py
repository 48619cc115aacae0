"""add_roc_curve: curves and areas are scikit-learn's."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score, roc_curve
from sklearn.naive_bayes import GaussianNB

from tensorbolt import insight
from tensorbolt.insight._roc_curve import area, roc


@given(st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=2))
def test_against_scikit_learn(pairs):
    """Few different scores, so that there are many ties."""
    positive, scores = np.array(pairs).T
    positive = positive.astype(bool)
    assume(positive.any() and not positive.all())
    false, true = roc(positive, scores.astype(float))
    their_false, their_true, _ = roc_curve(positive, scores, drop_intermediate=False)
    np.testing.assert_allclose(false, their_false)
    np.testing.assert_allclose(true, their_true)
    np.testing.assert_allclose(
        area(false, true), roc_auc_score(positive, scores), rtol=1e-12
    )


def lines(writer, tag="roc_curve"):
    """Curves of a figure without the diagonal."""
    return [line.get_xydata() for line in writer.figures[tag].axes[0].lines[1:]]


@pytest.mark.parametrize("column", [False, True])
def test_two_classes(writer, column):
    data, labels = load_breast_cancer(return_X_y=True)
    scores = (
        LogisticRegression()
        .fit(data[::2, :3], labels[::2])
        .predict_proba(data[1::2, :3])[:, 1]
    )
    truth = labels[1::2]
    given_scores = scores[:, None] if column else torch.tensor(scores)
    found = insight.add_roc_curve(writer, truth == 1, given_scores, 4)
    expected = roc_auc_score(truth, scores)
    assert found == {"roc_curve/auc": pytest.approx(expected, rel=1e-12)}
    assert writer.scalars()["roc_curve/auc"] == (4, pytest.approx(expected, rel=1e-6))
    assert [(tag, step) for tag, step, _ in writer.written()].count(
        ("roc_curve", 4)
    ) == 1
    (curve,) = lines(writer)
    false, true, _ = roc_curve(truth, scores, drop_intermediate=False)
    np.testing.assert_allclose(curve, np.stack([false, true], 1))
    assert f"ROC of {len(truth)} examples, area {expected:.4f}" in writer.texts(
        "roc_curve"
    )


def test_many_classes(writer):
    data = load_digits()
    model = GaussianNB().fit(data.data[::2], data.target[::2])
    truth, scores = data.target[1::2], model.predict_proba(data.data[1::2])
    names = [f"digit ${digit}$" for digit in range(10)]
    found = insight.add_roc_curve(writer, truth, scores, class_names=names, tag="roc")
    each = [roc_auc_score(truth == digit, scores[:, digit]) for digit in range(10)]
    expected = {
        "roc/auc": np.mean(each),
        **{f"roc/auc/{name}": one for name, one in zip(names, each, strict=True)},
    }
    assert found == pytest.approx(expected, rel=1e-12)
    macro = roc_auc_score(truth, scores, multi_class="ovr", average="macro")
    assert found["roc/auc"] == pytest.approx(macro)
    assert {
        tag: number for tag, (_, number) in writer.scalars().items() if tag in found
    } == pytest.approx(expected)
    assert len(lines(writer, "roc")) == 10
    legend = writer.figures["roc"].axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == [
        f"{name}  {one:.3f}" for name, one in zip(names, each, strict=True)
    ]


def test_names_as_labels_and_classes_without_examples(writer):
    scores = [[0.9, 0.1, 0], [0.2, 0.8, 0], [0.6, 0.4, 0]]
    names = ["cat", "dog", "eel"]
    found = insight.add_roc_curve(
        writer, ["cat", "dog", "dog"], scores, class_names=names
    )
    assert found == {
        "roc_curve/auc": 1.0,
        "roc_curve/auc/cat": 1.0,
        "roc_curve/auc/dog": 1.0,
    }


@pytest.mark.parametrize(
    ("labels", "scores", "options", "error", "text"),
    [
        ([0, 1], [0.5], {}, ValueError, "equally many examples, not 2 and 1"),
        ([0, 1], [0.5, float("nan")], {}, ValueError, "scores has numbers that are not finite"),
        ([1, 1], [0.5, 0.6], {}, ValueError, "labels are all 1; a ROC curve needs examples of 0 and of 1"),
        ([0, 2], [0.5, 0.6], {}, ValueError, "labels has the class 2, but scores has one number per example"),
        ([0, 2], [[0.5, 0.6]] * 2, {}, ValueError, "labels has the class 2, but scores has only 2 columns"),
        ([1, 1], [[0.5, 0.6]] * 2, {}, ValueError, "labels are all 1; ROC curves need at least two classes"),
        ([0, 1], [[0.5, 0.6]] * 2, {"class_names": ["a", "b", "c"]}, ValueError, "a column for each of class_names"),
        ([0, 1], [[[0.5]]] * 2, {}, ValueError, "scores must be N numbers or N×C"),
        ([0, 1], "ab", {}, TypeError, "scores must hold numbers"),
    ],
)  # fmt: skip
def test_errors(writer, labels, scores, options, error, text):
    with pytest.raises(error, match=text):
        insight.add_roc_curve(writer, labels, scores, **options)
    assert writer.written() == []
