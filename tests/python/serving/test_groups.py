"""Runs that are computed of others: mean, least and greatest value of a group, compared with numpy's. About three seconds."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.python.serving import providers
from tests.python.serving.answers import ALL, CONTEXT
from tests.python.support.helpers import wait_until

import tensorbolt
from tensorbolt import SummaryWriter, cli, notebook
from tensorbolt.reading import serving

PATTERN = r"^sweep/(.*)/seed\d+$"
STATISTICS = {"mean": np.mean, "min": np.min, "max": np.max}
#: From group and seed to the steps that it has.
STEPS = {
    ("lr_0.1", 1): range(0, 30_000, 2),
    ("lr_0.1", 2): range(0, 30_000, 3),
    ("lr_0.1", 3): range(20_000),
    ("lr_0.2", 1): range(5),
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top: Path = tmp_path_factory.mktemp("log")
    chance = np.random.default_rng(1)
    for (group, seed), steps in STEPS.items():
        with SummaryWriter(top / f"sweep/{group}/seed{seed}") as writer:
            values = chance.normal(size=len(steps)).astype(np.float32)
            writer.add_scalar_series("loss", values, steps)
            writer.add_scalar("step", steps[-1], 0, display_name="Last step")
            writer.add_text("note", "no number", 0)
            if seed == 1:
                writer.add_scalar("alone", 0.5, 7)
            for step in range(4):
                writer.add_scalar("exact", chance.normal(), step, double_precision=True)
    with SummaryWriter(top / "sweep/lr_0.1/eval") as writer:
        writer.add_scalar("loss", 100.0, 0)
    return top


@contextmanager
def served(log: Path, **options: Any) -> Iterator[tuple[Any, Any]]:
    """TensorBoard's client of a server, and the server."""
    provider = serving.provider([("", str(log))], serving.Options(**options))
    try:
        port = provider.start("localhost", 0)
        assert provider.wait(60.0)
        with providers.stub_of(port) as stub:
            yield providers.from_stub(stub), provider
    finally:
        provider.stop()


def shown(board: Any, plugin: str = "scalars") -> dict[str, Any]:
    """From run and tag to points."""
    asked = {"experiment_id": "", "plugin_name": plugin, "downsample": ALL}
    read: dict[str, Any] = board.read_scalars(CONTEXT, **asked)
    return read


def expected(log: Path, group: str, tag: str, statistic: Any) -> dict[int, float]:
    """From step to what numpy computes of the members that have the step."""
    table = tensorbolt.read(log, runs=f"sweep/{group}/seed*", tags=tag).scalars
    by_step: dict[int, list[float]] = {}
    for step, value in zip(
        table["step"].tolist(), table["value"].tolist(), strict=True
    ):
        by_step.setdefault(step, []).append(value)
    return {step: statistic(values) for step, values in sorted(by_step.items())}


@pytest.mark.parametrize("kept", [None, 1000], ids=["all points", "thinned"])
def test_each_step_is_what_numpy_computes(log: Path, kept: int | None) -> None:
    samples = {"scalars": kept}
    with served(log, interval=None, groups=[PATTERN], samples=samples) as (board, _):
        found = shown(board)
        for group in ("lr_0.1", "lr_0.2"):
            for name, statistic in STATISTICS.items():
                tags = found[f"{group} [{name}]"]
                assert tags.keys() == {"loss", "step", "alone", "exact"}
                for tag, points in tags.items():
                    numpys = expected(log, group, tag, statistic)
                    assert {point.step for point in points} <= numpys.keys()
                    if kept is None:
                        assert [point.step for point in points] == [*numpys]
                    assert len(points) >= min(len(numpys), 250)
                    values = [numpys[point.step] for point in points]
                    np.testing.assert_array_max_ulp(
                        np.float32([point.value for point in points]),
                        np.float32(values),
                        maxulp=0 if name != "mean" else 1,
                    )
        assert not {run for run in found if "eval" in run and "[" in run}


def test_they_are_runs_without_anything_else(log: Path) -> None:
    with served(log, interval=None, groups=[PATTERN]) as (board, provider):
        runs = [run.run_name for run in board.list_runs(CONTEXT, experiment_id="")]
        assert {f"lr_0.1 [{name}]" for name in STATISTICS} < {*runs}
        # Next to each other, and before the first of their members.
        first = runs.index("lr_0.1 [max]")
        assert runs[first : first + 4] == ["lr_0.1 [max]", "lr_0.1 [mean]", "lr_0.1 [min]", "sweep/lr_0.1/seed1"]  # fmt: skip
        asked = {"experiment_id": "", "plugin_name": "scalars"}
        about = board.list_scalars(CONTEXT, **asked)["lr_0.1 [mean]"]
        assert about["step"].display_name == "Last step"
        assert about["loss"].max_step == 29_998
        texts = board.list_tensors(CONTEXT, experiment_id="", plugin_name="text")
        assert not any("[" in run for run in texts)
        assert dict(provider.stats())["runs"] == len(STEPS) + 1
    with served(log, interval=None) as (board, _):
        assert not any("[" in run for run in shown(board))


def test_points_runs_and_restarts_come_while_it_runs(tmp_path: Path) -> None:
    def means(board: Any) -> list[tuple[int, float]]:
        points = shown(board).get("a [mean]", {}).get("loss", ())
        return [(point.step, point.value) for point in points]

    with served(tmp_path, interval=0.1, groups=[r"^(.*)/seed\d+$"]) as (
        board,
        provider,
    ):
        first = SummaryWriter(tmp_path / "a/seed1")
        first.add_scalar_series("loss", [1.0, 2.0], [0, 1])
        first.flush()
        wait_until(lambda: means(board) == [(0, 1.0), (1, 2.0)])
        with SummaryWriter(tmp_path / "a/seed2") as second:
            second.add_scalar_series("loss", [3.0, 5.0], [0, 2])
        wait_until(lambda: means(board) == [(0, 2.0), (1, 2.0), (2, 5.0)])
        first.close()
        # A restart replaces what was logged from its step on.
        with SummaryWriter(tmp_path / "a/seed1", purge_step=1) as first:
            first.add_scalar("loss", 7.0, 2)
        wait_until(lambda: means(board) == [(0, 2.0), (2, 6.0)])
        assert provider.failure() is None


def test_several_patterns_and_names_of_brackets(log: Path) -> None:
    groups = [r"(?P<lr>[\d.]+)/seed\d+$", r"^(sweep)/.*/eval$", r"^(sweep)/.*/seed1$"]
    with served(log, interval=None, groups=groups) as (board, _):
        names = {run for run in shown(board) if "[mean]" in run}
        assert names == {"lr=0.1 [mean]", "lr=0.2 [mean]", "sweep [mean]"}
        loss = shown(board)["sweep [max]"]["loss"]
        assert loss[0].value == 100.0


def test_a_pattern_that_no_run_fits_is_said(log: Path) -> None:
    with served(log, interval=None, groups=[r"swep/(.*)/seed"]) as (_, provider):
        assert "'swep/(.*)/seed'" in provider.failure().replace('"', "'")
        assert "in the name of none of 5 runs, such as " in provider.failure()


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("a(", "unclosed group"),
        (r"seed\d+", "has no brackets to name it by"),
        (r"(?=a)(b)", "look-ahead"),
    ],
)
def test_what_is_no_pattern_is_an_error_of_the_caller(
    pattern: str, message: str, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match=message):
        serving.provider([("", str(log))], serving.Options(groups=[pattern]))
    for command in ("serve", "view"):
        with pytest.raises(SystemExit, match="2"):
            cli.main([command, str(log), "--group", pattern])
        said = capsys.readouterr().err
        assert message in said
        assert "Traceback" not in said
    with pytest.raises(ValueError, match=message):
        notebook.show(log, groups=pattern)
    with pytest.raises(ValueError, match="groups need data='tensorbolt'"):
        notebook.show(log, groups=["(a)"], data="tensorboard")


def test_the_commands_take_patterns(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        cli.main(["view", str(log), "--group", PATTERN, "--group=(b)", "--dry-run"])
        == 0
    )
    assert "'--group=^sweep/" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        cli.main(["view", str(log), "--data=tensorboard", f"--group={PATTERN}"])
    assert "--group is for --data tensorbolt" in capsys.readouterr().err
    program = [sys.executable, "-m", "tensorbolt", "serve", str(log)]
    with subprocess.Popen(
        [*program, f"--group={PATTERN}", "--json", "--until-eof"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        with providers.stub_of(int(said["address"].rpartition(":")[2])) as stub:
            board = providers.from_stub(stub)
            wait_until(lambda: "lr_0.2 [max]" in shown(board))
        process.stdin.close()
        assert process.wait(60) == 0
