"""What a page asks for of a long curve has its first and last, its lowest and its highest point."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.python.serving import providers
from tests.python.serving.answers import CONTEXT

import tensorbolt
from tensorbolt.reading import serving

STEPS = 120_000
TAGS = [f"loss/{number}" for number in range(6)]


@pytest.fixture(scope="module")
def peaks() -> dict[str, dict[int, float]]:
    """From tag to steps and values that nothing around them announces."""
    chance = random.Random(1)
    return {
        tag: {chance.randrange(STEPS): 1000.0, chance.randrange(STEPS): -1000.0}
        for tag in TAGS
    }


@pytest.fixture(scope="module")
def log(
    peaks: dict[str, dict[int, float]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    top: Path = tmp_path_factory.mktemp("log")
    with tensorbolt.SummaryWriter(top / "run") as writer:
        for tag, odd in peaks.items():
            values = [odd.get(step, step % 7 / 7) for step in range(STEPS)]
            writer.add_scalar_series(tag, values, range(STEPS))
    return top


@contextmanager
def served(log: Path, options: serving.Options) -> Iterator[Any]:
    """A server that has read the log."""
    provider = serving.provider([("", str(log))], options)
    port = provider.start("localhost", 0)
    assert provider.wait(60.0)
    with providers.stub_of(port) as stub:
        yield providers.from_stub(stub)
    provider.stop()


@pytest.fixture(scope="module")
def board(log: Path) -> Iterator[Any]:
    """With the points that it keeps by default."""
    with served(log, serving.Options(interval=None)) as made:
        yield made


def test_with_little_memory_fewer_points_stay_and_all_peaks(
    log: Path, peaks: dict[str, dict[int, float]]
) -> None:
    read = {"experiment_id": "", "plugin_name": "scalars", "downsample": 10**6}
    everything = serving.Options(interval=None, samples={"scalars": None})
    with served(log, everything) as board:
        found = board.read_scalars(CONTEXT, **read)["run"]
        assert {len(data) for data in found.values()} == {STEPS}
    bounded = serving.Options(
        interval=None, samples={"scalars": None}, memory=1 << 20, index="off"
    )
    with served(log, bounded) as board:
        found = board.read_scalars(CONTEXT, **read)["run"]
        # A point takes 13 bytes at least.
        assert sum(map(len, found.values())) * 13 <= 1 << 20
        for tag, data in found.items():
            assert peaks[tag].items() <= {point.step: point.value for point in data}.items()  # fmt: skip
            assert (data[0].step, data[-1].step) == (0, STEPS - 1)


@pytest.mark.parametrize("points", [10, 100, 1000, 10_000])
def test_peaks_are_shown(
    points: int, board: Any, peaks: dict[str, dict[int, float]]
) -> None:
    read = {"experiment_id": "", "plugin_name": "scalars", "downsample": points}
    found = board.read_scalars(CONTEXT, **read)["run"]
    assert found.keys() == set(TAGS)
    for tag, data in found.items():
        steps = {point.step: point.value for point in data}
        assert peaks[tag].items() <= steps.items()
        assert (min(steps), max(steps)) == (0, STEPS - 1)
        assert [point.step for point in data] == sorted(steps)
        assert len(data) <= points
        # The rest of the curve is there as well, everywhere.
        gaps = [late - early for early, late in zip(sorted(steps), sorted(steps)[1:], strict=False)]  # fmt: skip
        assert points < 100 or max(gaps) < 8 * STEPS / min(points, 1000)
