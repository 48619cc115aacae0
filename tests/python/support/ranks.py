"""Running a program as several ranks of one job."""

import os
import subprocess
import sys
from pathlib import Path

import tensorbolt


def run_ranks(program, directory, count=2, timeout=250):
    """Run a program in as many processes, with a directory and a rank as its arguments; all of them must end well.

    It may import what tests share. Returns what each has printed.
    """
    package, tests = Path(tensorbolt.__file__).parents[1], Path(__file__).parents[3]
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(package), str(tests)]),
        # They talk to each other on this machine, whatever its name resolves to.
        "GLOO_SOCKET_IFNAME": "lo",
        "OMP_NUM_THREADS": "1",
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(directory), str(rank)],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(count)
    ]
    outputs = []
    try:
        for process in processes:
            output, _ = process.communicate(timeout=timeout)
            assert process.returncode == 0, output
            outputs.append(output)
    finally:
        for process in processes:
            process.kill()
            # Closes its output too, which a later test would be warned of.
            process.communicate()
    return outputs
