"""Programs that are started without standard streams: their numbers are free, and none of our files gets one."""

import os
import subprocess
import sys
import textwrap

import pytest
from tests.python.support.helpers import scalars

import tensorbolt

STREAMS = ["<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"]


def without(streams, code, *arguments):
    """Run a program whose standard streams are closed."""
    command = f'exec "$0" -c "$1" "$2" "$3" {streams}'
    program = textwrap.dedent(code)
    names = [str(argument) for argument in arguments]
    done = subprocess.run(
        ["sh", "-c", command, sys.executable, program, *names],
        check=False,
        timeout=100,
        capture_output=True,
        env={
            **os.environ,
            "PYTHONPATH": os.path.dirname(os.path.dirname(tensorbolt.__file__)),  # noqa: PTH120
        },
    )
    assert done.returncode == 0, (streams, done.stderr)


@pytest.mark.parametrize("streams", STREAMS)
def test_standard_streams_that_are_closed(streams, logdir):
    """What native code prints is not written into the log."""
    without(
        streams,
        """
        import os, sys
        import tensorbolt
        writer = tensorbolt.SummaryWriter(sys.argv[1])
        for step in range(50):
            writer.add_scalar("s", step, step)
            writer.add_scalars("g", {"a": step}, step)
            writer.flush()
            for descriptor in range(3):
                try:
                    os.write(descriptor, b"printed")
                except OSError:
                    pass
        writer.close()
        """,
        logdir,
        "",
    )
    assert scalars(logdir) == [("s", step, float(step)) for step in range(50)]
    assert len(scalars(f"{logdir}/g_a")) == 50


@pytest.mark.parametrize("streams", STREAMS)
def test_no_number_of_a_standard_stream(streams, logdir):
    """No file of ours that is kept open has one, however it is opened."""
    without(
        streams,
        """
        import os, sys
        import tensorbolt
        from tensorbolt import _core
        logdir = sys.argv[1]
        os.makedirs(logdir)
        def low():
            found = []
            for descriptor in range(3):
                try:
                    found.append(os.readlink(f"/proc/self/fd/{descriptor}"))
                except OSError:
                    pass
            return [path for path in found if path.startswith(logdir)]
        kept = [
            tensorbolt.SummaryWriter(logdir + "/a"),
            tensorbolt.GlobalSummaryWriter(logdir + "/b"),
            tensorbolt.RecordWriter(logdir + "/c"),
        ]
        assert low() == []
        kept[1].add_scalar("s", 1.0)
        kept.append(_core.Examination(logdir + "/c", logdir + "/d", _core.StepOrderCheck()))
        assert low() == []
        os.closerange(3, 1024)
        kept[0].add_scalar("s", 1.0)
        kept[0].flush()
        kept[1].add_scalar("s", 1.0)
        kept[2].flush()
        kept[3].advance()
        assert low() == []
        """,
        logdir,
        "",
    )
