"""Precision-recall curves: the numbers that TensorBoard's own plugin answers with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
import tensorboardX
from tensorboard.backend.event_processing.data_provider import (
    MultiplexerDataProvider,
)
from tensorboard.backend.event_processing.plugin_event_multiplexer import (
    EventMultiplexer,
)
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.pr_curve.pr_curves_plugin import PrCurvesPlugin
from tests.python.support.summaries import of_plugin, write
from torch.utils.tensorboard import SummaryWriter as TorchWriter

import tensorbolt

STEPS = 3
#: Of our columns, and of those of the plugin's answer.
COLUMNS = {
    "threshold": "thresholds",
    "tp": "true_positives",
    "fp": "false_positives",
    "tn": "true_negatives",
    "fn": "false_negatives",
    "precision": "precision",
    "recall": "recall",
}


def log_all(writer: Any) -> None:
    random = np.random.default_rng(0)
    for step in range(STEPS):
        truth = random.integers(0, 2, 50)
        scores = np.clip(truth * 0.3 + random.uniform(0, 0.5, 50), 0, 1)
        time = 1.7e9 + step / 3
        writer.add_pr_curve("detector/a", truth, scores, step, walltime=time)
        writer.add_pr_curve("coarse", truth, scores, step, num_thresholds=5)
        raw = [scores[:4] * 9, scores[4:8], scores[8:12], np.zeros(4)]
        raw += [np.ones(4), np.zeros(4)]
        writer.add_pr_curve_raw("raw", *raw, step, num_thresholds=4)


def by_torch(directory: Path) -> None:
    with TorchWriter(directory) as writer:
        log_all(writer)


def by_tensorboardx(directory: Path) -> None:
    with tensorboardX.SummaryWriter(str(directory)) as writer:
        log_all(writer)


def by_us(directory: Path) -> None:
    with tensorbolt.SummaryWriter(directory) as writer:
        log_all(writer)


def by_tensorflow(directory: Path) -> None:
    """As TensorFlow 2 does; also curves that no sample reaches, and with weights."""
    never = np.zeros((6, 4), np.float32)
    weights = np.arange(24, dtype=np.float64).reshape(6, 4) / 7
    for step, curve in enumerate((never, weights, never[:, :1])):
        write(directory / f"{step}", of_plugin("curve", "pr_curves", curve, step))


def answered(directory: Path) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The answer of TensorBoard's plugin, by run and tag."""
    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(directory)).Reload()
    provider = MultiplexerDataProvider(multiplexer, str(directory))
    plugin = PrCurvesPlugin(TBContext(data_provider=provider))
    context = RequestContext()
    return {
        (run, tag): plugin.pr_curves_impl(context, "", [run], tag)[run]
        for run, tags in plugin.tags_impl(context, "").items()
        for tag in tags
    }


@pytest.mark.parametrize("write_log", [by_torch, by_tensorboardx, by_us, by_tensorflow])
def test_curves_are_those_of_tensorboard(
    write_log: Callable[[Path], None], tmp_path: Path
) -> None:
    write_log(tmp_path / "run")
    curves = tensorbolt.read(tmp_path, wall_time="float").pr_curves
    frame = polars.DataFrame(curves.shown())
    expected = answered(tmp_path)
    assert len(expected) == 3
    seen = 0
    for (run, tag), entries in expected.items():
        for entry in entries:
            rows = frame.filter(
                polars.col("run").cast(str) == run,
                polars.col("tag").cast(str) == tag,
                polars.col("step") == entry["step"],
            ).to_dict(as_series=False)
            assert set(rows["wall_time"]) == {entry["wall_time"]}
            for name, theirs in COLUMNS.items():
                known = rows[name]
                if name in ("tp", "fp", "tn", "fn"):
                    known = [int(count) for count in known]
                assert known == entry[theirs]
            seen += len(entry["thresholds"])
    assert seen == len(frame)


def test_each_curve_is_an_array_as_it_was_logged(tmp_path: Path) -> None:
    by_us(tmp_path)
    curves = tensorbolt.read(tmp_path).pr_curves
    arrays = curves.numpy()
    assert [array.shape for array in arrays] == [(7, 5)] * 3 + [(7, 127)] * 3 + [
        (7, 4)
    ] * 3
    assert len(curves) == sum(array.shape[1] for array in arrays)
    raw = arrays[-1]
    np.testing.assert_array_equal(raw[0], np.linspace(0, 1, 4))
    np.testing.assert_array_equal(raw[5], np.ones(4))
    assert len(curves.shown().numpy()) == len(arrays)


def test_what_is_no_curve_is_listed_as_damage(tmp_path: Path) -> None:
    write(
        tmp_path,
        of_plugin("rows", "pr_curves", np.zeros((5, 3)), 1),
        of_plugin("flat", "pr_curves", np.zeros(6), 1),
        of_plugin("text", "pr_curves", np.array([[b"a"]] * 6, object), 1),
        of_plugin("empty", "pr_curves", np.zeros((6, 0)), 1),
    )
    log = tensorbolt.read(tmp_path)
    assert len(log.pr_curves) == 0
    assert [array.shape for array in log.pr_curves.numpy()] == [(7, 0)]
    assert [array.shape for array in log.pr_curves.shown().numpy()] == [(7, 0)]
    wrong = "a value is not of the form of pr_curves"
    assert log.damage["reason"].tolist() == [wrong] * 3
