"""The points of tags of one run, as each reader of a log finds them."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tensorbolt
from tensorbolt.reading.follow import Choice, FollowedLog

Points = tuple[list[int], list[float]]
"""Steps and values."""


def loader(directory: Path, tags: list[str]) -> dict[str, Points]:
    """The loader in Python of TensorBoard's server."""
    from tensorboard.backend.event_processing import plugin_event_accumulator
    from tensorboard.util import tensor_util

    found = plugin_event_accumulator.EventAccumulator(
        str(directory), tensor_size_guidance={"scalars": 0}
    ).Reload()
    curves = {}
    for tag in tags:
        events = found.Tensors(tag)
        values = [tensor_util.make_ndarray(one.tensor_proto).item() for one in events]
        curves[tag] = [one.step for one in events], values
    return curves


def accumulator(directory: Path, tags: list[str]) -> dict[str, Points]:
    """The `EventAccumulator` of TensorBoard, which programs use."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(directory), {"scalars": 0}).Reload()
    curves = {}
    for tag in tags:
        events = found.Scalars(tag)
        curves[tag] = [one.step for one in events], [one.value for one in events]
    return curves


@contextmanager
def _rustboard(directory: Path) -> Iterator[Any]:
    """The client of TensorBoard's server in Rust, once it has read the log."""
    import grpc
    import tensorboard_data_server
    from tensorboard.data.grpc_provider import make_stub

    with tempfile.TemporaryDirectory() as top:
        port = Path(top, "port")
        command = [tensorboard_data_server.server_binary(), f"--logdir={directory}"]
        command += ["--reload=once", "--port=0", f"--port-file={port}", "--verbose"]
        command += ["--samples-per-plugin=scalars=all", "--die-after-stdin"]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stderr is not None
                while "Finished load cycle" not in (line := process.stderr.readline()):
                    if not line:
                        raise RuntimeError("TensorBoard's server ended")
                address = f"localhost:{int(port.read_text())}"
                options = [("grpc.enable_http_proxy", 0)]
                credentials = grpc.local_channel_credentials()
                with grpc.secure_channel(address, credentials, options) as channel:
                    yield make_stub(channel)
            finally:
                process.kill()


def fast_loader(directory: Path, tags: list[str]) -> dict[str, Points]:
    """The loader in Rust of TensorBoard's server."""
    from tensorboard.data.grpc_provider import GrpcDataProvider

    with _rustboard(directory) as stub:
        found = GrpcDataProvider("", stub).read_scalars(
            None, experiment_id="", plugin_name="scalars", downsample=1_000_000
        )["."]
    return {
        tag: ([one.step for one in found[tag]], [one.value for one in found[tag]])
        for tag in tags
    }


def tail(directory: Path, tags: list[str]) -> dict[str, Points]:
    """The curves that `tensorbolt tail` draws. As lines it prints each point that was written."""
    log = FollowedLog(directory, Choice())
    list(log.advance())
    found = {tag: log.curves[tag]["."] for tag in tags}
    return {tag: ([*one.steps], [*one.values]) for tag, one in found.items()}


def _read(log: "tensorbolt.Log", tags: list[str]) -> dict[str, Points]:
    curves = {}
    for tag in tags:
        table = log.scalars.where(tags=tag).to_numpy()
        curves[tag] = table["step"].tolist(), table["value"].tolist()
    return curves


def reader(directory: Path, tags: list[str]) -> dict[str, Points]:
    """`tensorbolt.read`."""
    return _read(tensorbolt.read(directory), tags)


def reader_of_ranks(directory: Path, tags: list[str]) -> dict[str, Points]:
    """`tensorbolt.read` of the streams of ranks."""
    return _read(tensorbolt.read(directory, ranks="reduce"), tags)


def reducer(directory: Path, tags: list[str]) -> dict[str, Points]:
    """`tensorbolt reduce`, into a directory of its own."""
    with tempfile.TemporaryDirectory() as top:
        command = [sys.executable, "-m", "tensorbolt", "reduce", str(directory)]
        made = str(Path(top, "curves"))
        subprocess.run([*command, "-o", made], capture_output=True, check=True)
        return _read(tensorbolt.read(made), tags)


READERS = {
    "TensorBoard's loader": loader,
    "TensorBoard's fast loader": fast_loader,
    "EventAccumulator": accumulator,
    "tensorbolt tail": tail,
    "tensorbolt.read": reader,
    "tensorbolt.read of the ranks": reader_of_ranks,
    "tensorbolt reduce": reducer,
}
