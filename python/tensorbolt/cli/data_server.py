"""`tensorbolt-data-server`: the program that TensorBoard starts where `TENSORBOARD_DATA_SERVER_BINARY` names it."""

import signal
import sys

from tensorbolt import _core


def main() -> int:
    """Serve until TensorBoard ends, with the arguments that it passes.

    Returns:
        The exit status: 0 after the end of standard input, 2 for wrong arguments, 8 for a log directory that cannot be
        served, 9 for an address that cannot be had.
    """
    # The native program never returns to Python, which would handle Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _core.data_server(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
