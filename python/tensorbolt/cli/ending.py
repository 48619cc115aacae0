"""How a command ends before its work is done: with a closed output, Ctrl-C or SIGTERM."""

import argparse
import os
import signal
import sys
from collections.abc import Callable

from tensorbolt._wording import plain
from tensorbolt.reading.signals import ended_by_sigterm


def ended_well(
    call: Callable[[argparse.Namespace], int],
) -> Callable[[argparse.Namespace], int]:
    """The function of a command, which prints no traceback and leaves nothing behind when it is ended.

    What the system refuses, such as a file that cannot be read, ends it with a sentence and status 2. SIGTERM ends it with status 143. Ctrl-C ends the process as it ends programs that do not handle it, so that a loop of a
    shell ends as well. An output that is closed, by `head` for example, is no error.
    """

    def run(arguments: argparse.Namespace) -> int:
        try:
            with ended_by_sigterm():
                status = call(arguments)
                sys.stdout.flush()
        except BrokenPipeError:
            # Python flushes the rest at its end; it goes to the null device.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except OSError as error:
            arguments.parser.error(plain(str(error)))
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.raise_signal(signal.SIGINT)
            raise
        return status

    return run
