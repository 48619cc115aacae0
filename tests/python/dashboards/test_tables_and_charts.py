"""TensorBoard's table of hyperparameters and its custom scalar charts, with both of its loaders."""

import pytest

import tensorbolt

pytestmark = pytest.mark.timeout(600)

ROWS = {
    "first": ({"lr": 0.1, "optimizer": {"name": "sgd"}}, {"accuracy": 0.5}),
    "second": ({"lr": 0.2, "dropout": True}, {"accuracy": 0.75, "loss/test": 2.0}),
    "third": ({"layers": [3, 4]}, {"f1": 0.25}),
}
METRICS = {
    "sweep/first": {("accuracy", 2): 0.5},
    "sweep/second": {("accuracy", 2): 0.75, ("loss/test", 2): 2.0},
    "sweep/third": {("f1", 2): 0.25},
    "own": {("accuracy", 4): 0.875, ("loss", 1): 2.0},
}
"""The last metrics of each row, with their steps."""
CHARTS = [("losses", ["both", "band"]), ("single", ["one"])]
LR, DOMAIN = {"lr": 0.1}, {"lr": [0.1, 0.2]}


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """Two directories of runs: without domains, and with."""
    root = tmp_path_factory.mktemp("tables")
    free, domains = root / "tables_free", root / "tables_domains"
    with tensorbolt.SummaryWriter(free / "sweep") as writer:
        for run, (hparams, metrics) in ROWS.items():
            for step in range(3):
                scaled = {tag: value * (step - 1) for tag, value in metrics.items()}
                writer.add_hparams(hparams, scaled, run, step)
        for tag in ("train/loss", "test/loss"):
            writer.add_scalar(tag, 0.5, 1)
        for tag in ("mean", "low", "high"):
            for step in range(3):
                writer.add_scalar(tag, step, step)
        writer.add_custom_scalars_multilinechart([".*/loss"], "losses", "both")
        writer.add_custom_scalars_marginchart(["mean", "low", "high"], "losses", "band")
        writer.add_custom_scalars({"single": {"one": ["Multiline", ["train/loss"]]}})
    with tensorbolt.SummaryWriter(free / "own", hparams_run=".") as writer:
        writer.add_scalar("loss", 2.0, 1)
        writer.add_hparams({"lr": 0.3}, {"accuracy": 0.875}, global_step=4)
    with tensorbolt.SummaryWriter(domains) as writer:
        for run in ("a", "b"):
            writer.add_hparams(LR, {"accuracy": 0.5}, DOMAIN, run)
            writer.add_hparams(LR, {"loss": 0.5}, DOMAIN, run)
    return free, domains


@pytest.fixture(scope="module", params=["true", "false"], ids=["fast", "slow"])
def boards(request, logs, serve):
    """TensorBoards serving the two directories, when they have read them."""
    free, domains = (serve(log, request.param) for log in logs)
    free.wait_until(lambda: metrics_of(rows(free)) == METRICS)
    free.wait_until(lambda: titles(charts(free)) == CHARTS)
    domains.wait_until(lambda: len(rows(domains)) == 2)
    return free, domains


def columns(board):
    found = board.json("plugin/hparams/experiment", request="{}")
    hparams = {info["name"]: info for info in found["hparamInfos"]}
    metrics = {
        (info["name"].get("group", ""), info["name"]["tag"])
        for info in found["metricInfos"]
    }
    return hparams, metrics


def rows(board):
    request = (
        '{"startIndex": 0, "sliceSize": 100, "colParams": [], '
        '"allowedStatuses": ["STATUS_SUCCESS"]}'
    )
    found = board.json("plugin/hparams/session_groups", request=request)
    return {group["name"]: group for group in found["sessionGroups"]}


def metrics_of(found):
    return {
        name: {
            # What is 0 may be left out.
            (value["name"]["tag"], value.get("trainingStep", 0)): value.get("value", 0)
            for value in group.get("metricValues", [])
        }
        for name, group in found.items()
    }


def charts(board):
    return (board.json("plugin/custom_scalars/layout") or {}).get("category", [])


def titles(categories):
    return [
        (category["title"], [chart["title"] for chart in category["chart"]])
        for category in categories
    ]


def test_no_column_vanishes_where_runs_differ(boards):
    """Difference D14: TensorBoard takes the experiment summary of any one run for all."""
    hparams, metrics = columns(boards[0])
    types = {name: info["type"] for name, info in hparams.items()}
    assert types == {
        "lr": "DATA_TYPE_FLOAT64",
        "optimizer/name": "DATA_TYPE_STRING",
        "dropout": "DATA_TYPE_BOOL",
        "layers": "DATA_TYPE_STRING",
    }
    assert hparams["lr"]["domainInterval"] == {"minValue": 0.1, "maxValue": 0.3}
    assert metrics == {
        ("", "accuracy"),
        ("", "loss/test"),
        ("", "f1"),
        ("", "loss"),
    }


def test_rows_have_their_values_and_last_metrics(boards):
    found = rows(boards[0])
    assert sorted(found) == ["own", "sweep/first", "sweep/second", "sweep/third"]
    assert found["sweep/first"]["hparams"] == {"lr": 0.1, "optimizer/name": "sgd"}
    assert found["sweep/second"]["hparams"] == {"lr": 0.2, "dropout": True}
    assert found["sweep/third"]["hparams"] == {"layers": "[3, 4]"}
    assert found["own"]["hparams"] == {"lr": 0.3}
    assert metrics_of(found) == METRICS


def test_domains_are_shown(boards):
    hparams, metrics = columns(boards[1])
    assert hparams["lr"]["domainDiscrete"] == [0.1, 0.2]
    assert metrics == {("", "accuracy")}


def test_all_charts_of_a_writer_are_listed(boards):
    """Difference D39."""
    found = charts(boards[0])
    assert titles(found) == CHARTS
    both, band = found[0]["chart"]
    assert both["multiline"]["tag"] == [".*/loss"]
    assert band["margin"]["series"] == [
        {"value": "mean", "lower": "low", "upper": "high"}
    ]


def test_the_charts_have_lines(boards):
    found = boards[0].json("plugin/custom_scalars/scalars", tag=".*/loss", run="sweep")
    assert found["regex_valid"]
    assert sorted(found["tag_to_events"]) == ["test/loss", "train/loss"]


def test_nothing_is_complained_of(boards):
    assert [board.complaints() for board in boards] == [[], []]
