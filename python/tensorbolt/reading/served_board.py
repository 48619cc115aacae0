"""TensorBoard and our server of its data as one process: `python -m tensorbolt.reading.served_board LOGDIR [FLAGS…]`.

The server's native threads need no interpreter, so that the page does not slow them. They end with the process.
"""

import os
import sys

from tensorbolt._addresses import is_store
from tensorbolt.reading import serving
from tensorbolt.reading.tensorboard_process import without_proxy

GROUP = "--group="
"""Begins a flag that is for our server."""


def main(logdir: str, flags: list[str]) -> None:
    """Serve a log and show it, until the process is ended.

    Args:
        logdir: A directory, or an address in an object store.
        flags: `--group=REGEX` for our server, any number of them, and further flags of TensorBoard.
    """
    groups = [flag.removeprefix(GROUP) for flag in flags if flag.startswith(GROUP)]
    flags = [flag for flag in flags if not flag.startswith(GROUP)]
    options = serving.Options(groups=groups)
    provider = serving.provider([("", logdir)], options)
    port = provider.start("localhost", 0)
    os.environ.update(without_proxy())
    data = [f"--grpc_data_provider=localhost:{port}", serving.flag(options.samples)]
    # TensorBoard finds a projector's files below a directory itself; a store it would have to know.
    directory = [] if is_store(logdir) else [f"--logdir={logdir}"]
    sys.argv = ["tensorboard", *directory, *data, *flags]
    from tensorboard import main as tensorboard

    tensorboard.run_main()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
