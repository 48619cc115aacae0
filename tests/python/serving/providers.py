"""The data providers that are compared: TensorBoard's two loaders, and ours."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import tensorboard_data_server
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import (
    EventMultiplexer,
)
from tensorboard.data.grpc_provider import GrpcDataProvider, make_stub

from tensorbolt.reading import serving

PLUGINS = "scalars,images,histograms,audio,text,pr_curves,mesh,graphs,hparams"
#: For rustboard: every point of these plugins.
UNSAMPLED = PLUGINS.replace(",", "=all,") + "=all"


@contextmanager
def stub_of(port: int) -> Iterator[Any]:
    """The generated client of a server of the protocol on this machine."""
    options = [
        ("grpc.max_receive_message_length", 256 << 20),
        # Whatever the environment says.
        ("grpc.enable_http_proxy", 0),
    ]
    credentials = grpc.local_channel_credentials()
    with grpc.secure_channel(f"localhost:{port}", credentials, options) as channel:
        yield make_stub(channel)


@contextmanager
def rustboard(logdir: Path, *options: str) -> Iterator[Any]:
    """The stub of TensorBoard's server in Rust, once it has read the log."""
    binary = tensorboard_data_server.server_binary()
    port_file = logdir.parent / f"{logdir.name}-port"
    command = [binary, f"--logdir={logdir}", "--reload=once", "--port=0", "--checksum"]
    command += [f"--port-file={port_file}", f"--samples-per-plugin={UNSAMPLED}"]
    with subprocess.Popen(
        [*command, "--verbose", "--die-after-stdin", *options],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            said = ""
            while "Finished load cycle" not in said:
                line = process.stderr.readline()
                assert line, said
                said += line
            with stub_of(int(port_file.read_text())) as stub:
                yield stub
        finally:
            process.kill()
            port_file.unlink(missing_ok=True)


#: Every point that there is.
EVERYTHING = dict.fromkeys(PLUGINS.split(","))


@contextmanager
def started(logdir: Path, interval: float | None = None) -> Iterator[tuple[Any, Any]]:
    """Our server in this process: its stub, and the server."""
    options = serving.Options(interval=interval, samples=EVERYTHING, index="off")
    provider = serving.provider([("", str(logdir))], options)
    try:
        port = provider.start("localhost", 0)
        with stub_of(port) as stub:
            yield stub, provider
    finally:
        provider.stop()


@contextmanager
def ours(logdir: Path) -> Iterator[Any]:
    """The stub of our server, once it has read the log."""
    with started(logdir) as (stub, provider):
        assert provider.wait(60.0)
        yield stub


def from_stub(stub: Any) -> GrpcDataProvider:
    """TensorBoard's own client."""
    return GrpcDataProvider("localhost", stub)


def python_loader(logdir: Path) -> MultiplexerDataProvider:
    """TensorBoard's loader in Python, once it has read the log."""
    everything = dict.fromkeys(PLUGINS.split(","), 0)
    multiplexer = EventMultiplexer(tensor_size_guidance=everything)
    multiplexer.AddRunsFromDirectory(str(logdir))
    multiplexer.Reload()
    return MultiplexerDataProvider(multiplexer, str(logdir))
