"""The index of a long log: a second server knows what the first one read. Rust's tests have what it must not believe."""

from pathlib import Path
from typing import Any

import pytest
from tests.python.serving import providers
from tests.python.serving.answers import CONTEXT
from tests.python.support.helpers import event_files, wait_until

from tensorbolt import SummaryWriter
from tensorbolt.reading import serving

#: Of so many points the file has more than 8 MiB.
STEPS = 300_000


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("long") / "log"
    with SummaryWriter(directory / "run") as writer:
        writer.add_scalar_series("loss", [step % 97 for step in range(STEPS)], range(STEPS))  # fmt: skip
    return directory


def served(log: Path, index: str, until: Any = None) -> tuple[int, Any]:
    """How many files the index remembered, and the curve."""
    options = serving.Options(interval=None, index=index)
    provider = serving.provider([("", str(log))], options)
    try:
        port = provider.start("localhost", 0)
        assert provider.wait(60.0)
        with providers.stub_of(port) as stub:
            read = {"experiment_id": "", "plugin_name": "scalars", "downsample": 10_000}
            curves = providers.from_stub(stub).read_scalars(CONTEXT, **read)
        if until is not None:
            wait_until(until)
        return int(dict(provider.stats())["remembered"]), curves["run"]["loss"]
    finally:
        provider.stop()


def test_a_second_server_remembers_and_says_the_same(log: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"

    def is_written() -> bool:
        return bool(list(index.rglob("*.pack")))

    remembered, first = served(log, str(index), is_written)
    assert remembered == 0
    assert served(log, str(index)) == (1, first)
    # A point more is read from the file.
    with SummaryWriter(log / "run") as writer:
        writer.add_scalar("loss", 5.0, STEPS)
    remembered, more = served(log, str(index))
    assert (remembered, more[-1].step, more[-1].value) == (1, STEPS, 5.0)
    assert len(event_files(log / "run")) == 2


def test_there_may_be_none(log: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert served(log, "off")[0] == 0
    assert served(log, "off")[0] == 0
    assert list(tmp_path.iterdir()) == []
