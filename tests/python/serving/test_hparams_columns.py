"""The table of hyperparameters has the columns of all runs, as TensorBoard's own page computes it. About a second."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.plugins.hparams import backend_context, list_session_groups, metadata
from tensorboard.plugins.hparams.api_pb2 import (
    Experiment,
    HParamInfo,
    ListSessionGroupsRequest,
    MetricInfo,
    MetricName,
)
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from tests.python.serving import providers
from tests.python.serving.answers import CONTEXT
from tests.python.serving.odd_logs import simple
from tests.python.support.summaries import write

NUMBER, TEXT = "DATA_TYPE_FLOAT64", "DATA_TYPE_STRING"


def info(name: str, kind: str, *domain: Any) -> HParamInfo:
    """A column, with values, or with an interval of numbers."""
    made = HParamInfo(name=name, type=kind, display_name=name.title())
    if kind == NUMBER and domain:
        made.domain_interval.min_value, made.domain_interval.max_value = domain
    elif domain:
        made.domain_discrete.extend(domain)
    return made


def event(tag: str, content: HParamsPluginData) -> Event:
    made = Event(wall_time=1e9)
    value = made.summary.value.add(tag=tag)
    value.metadata.plugin_data.plugin_name = metadata.PLUGIN_NAME
    value.metadata.plugin_data.content = content.SerializeToString()
    return made


def experiment(columns: list[HParamInfo], metrics: list[str]) -> Event:
    """An event that describes the table."""
    names = [MetricInfo(name=MetricName(tag=tag)) for tag in metrics]
    made = Experiment(hparam_infos=columns, metric_infos=names, user="me")
    return event(metadata.EXPERIMENT_TAG, HParamsPluginData(experiment=made))


def session(**values: Any) -> Event:
    """An event with a row."""
    made = HParamsPluginData()
    for name, value in values.items():
        one = made.session_start_info.hparams[name]
        kind = {bool: "bool", str: "string", float: "number"}[type(value)]
        setattr(one, f"{kind}_value", value)
    return event(metadata.SESSION_START_INFO_TAG, made)


def shown(log: Path) -> tuple[Experiment, list[str]]:
    """The table's columns, and its rows, as TensorBoard's plugin computes them."""
    with providers.ours(log) as stub:
        provider = providers.from_stub(stub)
        context = backend_context.Context(SimpleNamespace(data_provider=provider))
        found = context.hparams_metadata(CONTEXT, "")
        made = context.experiment_from_metadata(CONTEXT, "", True, found, None)
        request = ListSessionGroupsRequest(
            slice_size=100, allowed_statuses=[0, 1, 2, 3]
        )
        handler = list_session_groups.Handler(CONTEXT, context, "", request)
        groups = handler.run().session_groups
        return made, sorted(one.name for group in groups for one in group.sessions)


def columns(made: Experiment) -> dict[str, tuple[str, Any]]:
    """From name to type and domain."""
    return {
        one.name: (
            one.DESCRIPTOR.fields_by_name["type"].enum_type.values_by_number[one.type].name,
            (one.domain_interval.min_value, one.domain_interval.max_value)
            if one.HasField("domain_interval")
            else [*one.domain_discrete] if one.HasField("domain_discrete") else None,
        )
        for one in made.hparam_infos
    }  # fmt: skip


def test_runs_that_describe_themselves_share_a_table(tmp_path: Path) -> None:
    """As the writers of PyTorch and tensorboardX leave them."""
    log = tmp_path / "log"
    rate = info("rate", NUMBER)
    first = [rate, info("depth", NUMBER, 1.0, 4.0), info("optimizer", TEXT, "adam"), info("odd", TEXT, "x")]  # fmt: skip
    second = [rate, info("depth", NUMBER, 2.0, 9.0), info("optimizer", TEXT, "sgd", "adam"), info("odd", NUMBER)]  # fmt: skip
    write(
        log / "a",
        experiment(first, ["loss"]),
        session(rate=0.1, depth=2.0, optimizer="adam", odd="x"),
        simple("loss", 1.0, 1),
    )
    write(
        log / "b",
        experiment([*second, info("width", NUMBER, 5.0, 5.0)], ["accuracy"]),
        session(rate=0.2, depth=9.0, optimizer="sgd", odd=1.0, width=5.0),
        simple("accuracy", 1.0, 1),
    )
    # As tensorbolt and Keras do: no description.
    write(
        log / "c",
        session(rate=0.5, seed=7.0, flag=True, mode="fast"),
        simple("speed", 1.0, 1),
    )
    write(log / "c/eval", simple("speed", 1.0, 1))
    write(log / "other", simple("no session", 1.0, 1))
    made, rows = shown(log)
    assert rows == ["a", "b", "c"]
    assert columns(made) == {
        "rate": (NUMBER, None),
        "depth": (NUMBER, (1.0, 9.0)),
        "optimizer": (TEXT, ["adam", "sgd"]),
        # Numbers and texts: no filter, so that all rows stay.
        "odd": (TEXT, None),
        "width": (NUMBER, (5.0, 5.0)),
        "flag": ("DATA_TYPE_BOOL", [True]),
        "mode": (TEXT, ["fast"]),
        "seed": (NUMBER, (7.0, 7.0)),
    }
    named = [(one.name.group, one.name.tag) for one in made.metric_infos]
    assert named == [("", "loss"), ("", "accuracy"), ("", "speed"), ("eval", "speed")]
    assert made.user == "me"
    assert {one.display_name for one in made.hparam_infos} >= {"Rate", "Width", ""}


@pytest.mark.parametrize("top", [".", "sweep"])
def test_a_description_for_the_runs_below_it_stays_as_it_is(
    top: str, tmp_path: Path
) -> None:
    """As TensorFlow's `hparams_config` is meant: it chooses columns."""
    log = tmp_path / "log"
    write(log / top, experiment([info("rate", NUMBER, 0.1, 0.2)], ["loss"]))
    for seed in (1, 2):
        write(
            log / top / f"run-{seed}",
            session(rate=0.1 * seed, hidden=1.0),
            simple("loss", 1.0, 1),
            simple("detail", 1.0, 1),
        )
    made, rows = shown(log)
    assert rows == sorted(f"{top}/run-{seed}".removeprefix("./") for seed in (1, 2))
    assert columns(made) == {"rate": (NUMBER, (0.1, 0.2))}
    assert [one.name.tag for one in made.metric_infos] == ["loss"]
    with providers.ours(log) as stub:
        provider = providers.from_stub(stub)
        listed = provider.list_tensors(CONTEXT, experiment_id="", plugin_name="hparams")
        content = listed[top][metadata.EXPERIMENT_TAG].plugin_content
    written = experiment([info("rate", NUMBER, 0.1, 0.2)], ["loss"])
    (value,) = written.summary.value
    assert content == value.metadata.plugin_data.content
