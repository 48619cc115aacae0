"""add_pr_curve and add_pr_curve_raw: the same messages as both reference writers."""

import array as plain_array
import decimal
import warnings

import jax.numpy as jnp
import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics
from tensorboard.plugins.pr_curve.plugin_data_pb2 import PrCurvePluginData
from tensorboard.util.tensor_util import make_ndarray
from tests.python.support.helpers import TIME, on_all, only, same_on_all

import tensorbolt

ROWS = ["true_positive_counts", "false_positive_counts", "true_negative_counts", "false_negative_counts",
        "precision", "recall"]  # fmt: skip


@st.composite
def curves(draw):
    """Labels, predictions, thresholds, weights."""
    count = draw(st.integers(1, 127))
    shape = draw(arrays.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=12))
    kind = draw(st.sampled_from(["f4", "f8"]))
    # On thresholds, very close to them, and outside.
    near = st.builds(
        lambda place, side: np.nextafter(np.array(place / max(count - 1, 1), kind), np.array(side, kind)).item(),
        st.integers(-1, count + 1),
        st.sampled_from([-9, 9]),
    )  # fmt: skip
    on = st.integers(-1, count).map(
        lambda place: np.array(place / max(count - 1, 1), kind).item()
    )
    inside = st.floats(0, 1, width=int(kind[1]) * 8)
    predictions = draw(
        st.one_of(
            arrays.arrays(kind, shape, elements=st.one_of(inside, on, near)),
            arrays.arrays(
                st.sampled_from(["?", "i1", "i4", "i8"]),
                shape,
                elements=st.integers(0, 1),
            ),
        )
    )
    labels = draw(
        st.one_of(
            arrays.arrays(
                st.sampled_from(["?", "i1", "u1", "i8", "f2", "f4", "f8"]),
                shape,
                elements=st.integers(0, 1),
            ),
            arrays.arrays("f8", shape, elements=st.floats(0, 1)),
        )
    )
    weights = draw(
        st.one_of(
            st.none(),
            st.floats(0, 10),
            st.integers(0, 9),
            arrays.arrays("f8", shape, elements=st.floats(0, 10)),
            arrays.arrays("f4", shape, elements=st.floats(0, 10, width=32)),
            arrays.arrays("i8", shape, elements=st.integers(0, 9)),
        )
    )
    return labels, predictions, count, weights


@given(curves())
@example((np.ones(3), np.array([np.nan, np.inf, -np.inf]), 127, None))
@example((np.ones(3), np.array([np.nan, 0.5, 2.0]), 1, None))
@example((np.ones(2), np.array([0.5, 1.0]), 2, np.array([np.nan, 1.0])))
@example((np.ones(2), np.array([0.1, 1.0]), 5, np.array([1e300, -1.0])))
def test_same_messages(curve):
    labels, predictions, count, weights = curve
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same_on_all(
            lambda w: w.add_pr_curve("t", labels, predictions, 3, count, weights, TIME)
        )


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_sums_are_in_the_order_of_numpy(kind):
    """Beyond numpy's block of 65536 elements, with weights whose sums are rounded."""
    rng = np.random.default_rng(0)
    labels = rng.random(200_000)
    predictions, weights = rng.random((2, 200_000)).astype(kind)
    same_on_all(
        lambda w: w.add_pr_curve(
            "t", labels, predictions, 3, 127, weights / 3, walltime=TIME
        )
    )
    large = weights.astype("f8") * 1e200
    with np.errstate(all="ignore"):
        same_on_all(
            lambda w: w.add_pr_curve(
                "t", labels, predictions, 3, 9, large, walltime=TIME
            )
        )


def test_defaults():
    labels, predictions = np.array([0, 1, 1, 0]), np.array([0.1, 0.9, 0.4, 0.6])
    same_on_all(lambda w: w.add_pr_curve("t", labels, predictions, walltime=TIME))
    tensors = torch.tensor([0, 1, 1]), torch.tensor([0.25, 0.5, 1.0])
    same_on_all(lambda w: w.add_pr_curve("t", *tensors, 2, walltime=TIME))


def curve_of(logdir, *arguments, **keywords):
    """What one call writes: six rows, and the plugin's own message."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_pr_curve("t", *arguments, **keywords)
    return parts_of(only(logdir))


def parts_of(value):
    plugin = value.metadata.plugin_data
    assert plugin.plugin_name == "pr_curves"
    return make_ndarray(value.tensor), PrCurvePluginData.FromString(plugin.content)


@pytest.mark.parametrize(
    "made",
    [
        list,
        tuple,
        torch.tensor,
        jnp.asarray,
        lambda values: np.array(values)[::-1][::-1],
        lambda values: np.array(values, ">f8"),
        lambda values: torch.tensor(values).float().requires_grad_(),
        lambda values: torch.tensor(values).bfloat16(),
        lambda values: [decimal.Decimal(value) for value in values],
        lambda values: plain_array.array("d", values),
        lambda values: [torch.tensor(value) for value in values],
        lambda values: np.array(values).reshape(-1, 1),
    ],
)
def test_inputs_of_every_kind(tmp_path, made):
    labels, predictions, weights = [0.0, 1.0, 1.0], [0.25, 0.5, 1.0], [1.0, 2.0, 0.5]
    expected, _ = curve_of(tmp_path / "plain", np.array(labels), np.array(predictions), 1, 5, np.array(weights))  # fmt: skip
    found, _ = curve_of(tmp_path / "made", made(labels), made(predictions), 1, 5, made(weights))  # fmt: skip
    assert found.tolist() == expected.tolist()


def test_single_numbers_and_numbers_for_all(tmp_path):
    one, _ = curve_of(tmp_path / "a", 1, 0.5, weights=2)
    assert one[0, 0] == 2
    two, _ = curve_of(tmp_path / "b", [[1, 0], [1, 0]], [[0.5] * 2] * 2, weights=[3, 1])
    assert two[:2, 0].tolist() == [6, 2]
    columns, _ = curve_of(tmp_path / "c", [[1], [1]], [0.5, 0.5], weights=[3, 1])
    assert columns[0, 0] == 4
    for number, weights in enumerate((torch.tensor(2.0), np.float32(2), [2])):
        found, _ = curve_of(tmp_path / f"w{number}", [1], [0.5], weights=weights)
        assert found[0, 0] == 2


def test_it_is_a_precision_recall_curve(tmp_path):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 500)
    predictions = np.clip(labels * 0.3 + rng.random(500) * 0.7, 0, 1)
    (_, _, _, _, precision, recall), _ = curve_of(tmp_path, labels, predictions, 0, 11)
    for place in range(11):
        positive = np.floor(predictions * 10) >= place
        assert precision[place] == pytest.approx(
            metrics.precision_score(labels, positive, zero_division=0)
        )
        assert recall[place] == pytest.approx(metrics.recall_score(labels, positive))


@pytest.mark.parametrize("count", [128, 201, np.int64(1000)])
def test_more_than_127_thresholds(tmp_path, count):
    """Difference D21: the reference writers write 127."""
    labels, predictions = np.array([0, 1]), np.array([0.3, 0.8])
    rows, plugin = curve_of(tmp_path, labels, predictions, 0, count)
    assert rows.shape == (6, count)
    assert plugin.num_thresholds == count
    theirs = on_all(
        lambda w: w.add_pr_curve("t", labels, predictions, 0, count),
        only_with=("torch", "tbx"),
    )
    for result in theirs.values():
        assert parts_of(result["."][0].summary.value[0])[1].num_thresholds == 127


def test_float16_is_not_rounded_to_the_next_threshold(tmp_path):
    """Difference D21: the reference writers multiply in float16."""
    every = np.arange(0, 0x3C01, dtype=np.uint16).view(np.float16)
    buckets = np.floor(every * np.float16(126)), np.floor(every.astype("f8") * 126)
    predictions = every[buckets[0] != buckets[1]]
    assert predictions.size
    labels = np.ones(predictions.size)
    rows, _ = curve_of(tmp_path / "a", labels, predictions)
    exact, _ = curve_of(tmp_path / "b", labels, predictions.astype("f8"))
    assert rows.tolist() == exact.tolist()
    theirs = on_all(
        lambda w: w.add_pr_curve("t", labels, predictions), only_with=("torch", "tbx")
    )
    for result in theirs.values():
        found = parts_of(result["."][0].summary.value[0])[0]
        assert found.tolist() != exact.tolist()


def test_no_element_makes_zeros():
    empty = np.zeros(0)
    same_on_all(lambda w: w.add_pr_curve("t", empty, empty, 3, walltime=TIME))


# --- from counts


COUNTS = st.integers(1, 20).flatmap(
    lambda count: st.lists(
        arrays.arrays(
            st.sampled_from(["i8", "f4", "f8"]), count, elements=st.integers(0, 999)
        ),
        min_size=6,
        max_size=6,
    )
)


@given(COUNTS)
def test_raw_messages(parts):
    count = len(parts[0])
    ours = same_on_all(lambda w: w.add_pr_curve_raw("t", *parts, 3, count, None, TIME))
    rows, plugin = parts_of(ours["."][0].summary.value[0])
    assert rows.shape == (6, plugin.num_thresholds)


def test_raw_thresholds_are_those_of_the_data(tmp_path):
    """Difference D21: the reference writers write what was declared, 127 by default."""
    with tensorbolt.SummaryWriter(tmp_path / "a") as writer:
        writer.add_pr_curve_raw("t", *[[1.0, 2.0, 3.0]] * 6)
    assert parts_of(only(tmp_path / "a"))[1].num_thresholds == 3
    with tensorbolt.SummaryWriter(tmp_path / "b") as writer:
        writer.add_pr_curve_raw("t", *[np.zeros(500)] * 6, num_thresholds=500)
    assert parts_of(only(tmp_path / "b"))[1].num_thresholds == 500


def test_raw_tells_once_of_what_has_no_effect(tmp_path):
    """Difference P70: the reference writers say nothing."""
    with tensorbolt.SummaryWriter(tmp_path) as writer:
        with pytest.warns(RuntimeWarning, match="num_thresholds is 5, but the data"):
            writer.add_pr_curve_raw("t", *[[1.0]] * 6, num_thresholds=5)
        with pytest.warns(RuntimeWarning, match="weights have no effect"):
            writer.add_pr_curve_raw("t", *[[1.0]] * 6, weights=[1.0])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            writer.add_pr_curve_raw("t", *[[1.0]] * 6, num_thresholds=5, weights=[1.0])
            writer.add_pr_curve_raw("t", *[[1.0]] * 6, num_thresholds=1)


def test_raw_inputs_of_every_kind(tmp_path):
    """Difference D10: tensors with gradients are refused by the reference writers."""
    kinds = [
        [1, 2],
        (1, 2),
        np.array([1, 2], "f2"),
        torch.tensor([1.0, 2.0], requires_grad=True),
        torch.tensor([1, 2]).bfloat16(),
        jnp.asarray([1, 2]),
    ]
    with tensorbolt.SummaryWriter(tmp_path) as writer:
        writer.add_pr_curve_raw(
            "t", **dict(zip(ROWS, kinds, strict=True)), global_step=4
        )
    assert parts_of(only(tmp_path))[0].tolist() == [[1, 2]] * 6
