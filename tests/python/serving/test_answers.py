"""All ten calls of a data provider, field by field: TensorBoard's server in Rust, its loader in Python, and ours."""

from pathlib import Path

import pytest
from tests.python.serving import odd_logs, providers
from tests.python.serving.answers import Answers, collect
from tests.python.serving.deviations import (
    OURS_AND_PYTHON,
    OURS_AND_RUSTBOARD,
    RUSTBOARD_AND_PYTHON,
    unexplained,
)
from tests.python.support.every_kind import write_all

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    # TensorBoard does with tensors what numpy 2.5 advises against.
    pytest.mark.filterwarnings("ignore:Setting the dtype on:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of every kind, by all writers, and runs at the edges."""
    top = tmp_path_factory.mktemp("logs") / "log"
    write_all(top)
    odd_logs.write_all(top)
    odd_logs.write_restarts(top)
    return top


@pytest.fixture(scope="module")
def ours(log: Path) -> Answers:
    with providers.ours(log) as stub:
        return collect(providers.from_stub(stub))


@pytest.fixture(scope="module")
def rustboard(log: Path) -> Answers:
    with providers.rustboard(log) as stub:
        return collect(providers.from_stub(stub))


@pytest.fixture(scope="module")
def python_loader(log: Path) -> Answers:
    return collect(providers.python_loader(log))


def test_the_two_loaders_of_tensorboard(
    rustboard: Answers, python_loader: Answers
) -> None:
    """What they have in common is what ours is compared with."""
    assert unexplained(rustboard, python_loader, RUSTBOARD_AND_PYTHON) == []
    assert len(rustboard.series) > 180


def test_ours_and_the_server_in_rust(ours: Answers, rustboard: Answers) -> None:
    assert unexplained(ours, rustboard, OURS_AND_RUSTBOARD) == []


def test_ours_and_the_loader_in_python(ours: Answers, python_loader: Answers) -> None:
    assert unexplained(ours, python_loader, OURS_AND_PYTHON) == []


def test_runs_are_in_the_order_of_their_start(ours: Answers) -> None:
    starts = [(start, name) for name, start in ours.runs]
    assert starts == sorted(starts)
