"""TensorBoard's two loaders on a local copy of a log that `compact` has merged, or was ended in the middle of merging."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorboard_data_server
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import (
    EventMultiplexer,
)
from tests.python.remote.test_reading import split
from tests.python.serving.answers import collect
from tests.python.serving.providers import (
    UNSAMPLED,
    from_stub,
    python_loader,
    rustboard,
    stub_of,
)

from tensorbolt import SummaryWriter, cli
from tensorbolt.reading.local_segment import LocalSegment

POINTS, SEGMENTS = 40, 6
MERGED = SEGMENTS - 1
WHOLE = {"loss": list(range(POINTS)), "rare": [7]}
LAST = 34
"""The first step of the last segment, which is never merged."""
UNTIL_THE_LAST = {"loss": list(range(LAST)), "rare": [7]}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A log of one run, in segments."""
    run = tmp_path / "logs" / "a"
    with SummaryWriter(run) as writer:
        for step in range(POINTS):
            writer.add_scalar("loss", step, step)
            if step == 7:
                writer.add_scalar("rare", step, step)
    (file,) = run.iterdir()
    split(file, SEGMENTS)
    return tmp_path / "logs"


def steps(provider: Any) -> dict[str, list[int]]:
    """The steps of each tag of the run."""
    found = collect(provider).series.items()
    return {key[-1]: [point[0] for point in one.points] for key, one in found}


@pytest.mark.parametrize("removed", [0, 2, MERGED])
def test_each_point_is_there_once(copy, monkeypatch, capsys, removed):
    left = [removed]
    remove = LocalSegment.remove

    def some(segment: LocalSegment) -> None:
        if not left[0]:
            raise OSError("ended here")
        left[0] -= 1
        remove(segment)

    monkeypatch.setattr(LocalSegment, "remove", some)
    if removed < MERGED:
        with pytest.raises(SystemExit):
            cli.main(["compact", str(copy)])
        assert "ended here" in capsys.readouterr().err
    else:
        assert cli.main(["compact", str(copy)]) == 0
    names = sorted(path.name for path in (copy / "a").iterdir())
    assert len(names) == SEGMENTS + 1 - removed
    assert names[-2].endswith("z000000")
    assert steps(python_loader(copy)) == WHOLE
    with rustboard(copy) as stub:
        assert steps(from_stub(stub)) == WHOLE


@pytest.mark.parametrize("polls_all_files", [False, True])
def test_an_open_board_and_a_merge(copy, polls_all_files):
    board = EventMultiplexer(
        tensor_size_guidance={"scalars": 0},
        # As --reload_multifile=true.
        event_file_active_filter=(lambda _: True) if polls_all_files else None,
    )
    provider = MultiplexerDataProvider(board, str(copy))
    board.AddRunsFromDirectory(str(copy))
    board.Reload()
    assert steps(provider) == WHOLE
    assert cli.main(["compact", str(copy)]) == 0
    board.Reload()
    if polls_all_files:
        # It reads the merged file after the last segment, and a start of a session drops what is there.
        assert steps(provider) == UNTIL_THE_LAST
    else:
        assert steps(provider) == WHOLE
    assert steps(python_loader(copy)) == WHOLE


def test_the_rust_loader_lacks_the_last_segment_until_it_is_started_again(copy):
    port = copy.parent / "port"
    command = [
        tensorboard_data_server.server_binary(),
        f"--logdir={copy}",
        f"--port-file={port}",
        f"--samples-per-plugin={UNSAMPLED}",
        *("--port=0", "--reload=1", "--die-after-stdin"),
    ]

    def until(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.1)

    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        until(lambda: port.exists() and port.read_text().endswith("\n"))
        with stub_of(int(port.read_text())) as stub:
            provider = from_stub(stub)
            until(lambda: steps(provider) == WHOLE)
            assert cli.main(["compact", str(copy)]) == 0
            until(lambda: steps(provider) == UNTIL_THE_LAST)
        process.kill()
    with rustboard(copy) as stub:
        assert steps(from_stub(stub)) == WHOLE
