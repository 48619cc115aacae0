"""Large files of a log in an object store, such as those of the embedding projector."""

import sys

import pytest
from tests.python.support.helpers import python

#: Puts a file of 64 MiB next to the event file, waits until it is in the store, and prints by how many bytes the most memory
#: that the process ever had grew meanwhile.
PROGRAM = """
import sys
from tensorbolt import SummaryWriter

def peak():
    with open("/proc/self/status") as status:
        (line,) = [line for line in status if line.startswith("VmHWM:")]
    return int(line.split()[1]) << 10

writer = SummaryWriter(sys.argv[1], stall_timeout=100)
writer.flush(remote=True)
before = peak()
(log,) = writer._options._remote_logs
with open(log.upload.directory / "large", "wb") as file:
    for number in range(64):
        file.write(bytes([number]) * (1 << 20))
writer.flush(remote=True)
print(peak() - before)
writer.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_a_large_file_is_never_in_memory_as_a_whole(cloud):
    grown = int(python(PROGRAM, f"s3://{cloud.bucket}/run").stdout)
    stored = cloud.client.get_object(Bucket=cloud.bucket, Key="run/large")["Body"]
    assert stored.read() == b"".join(bytes([n]) * (1 << 20) for n in range(64))
    assert grown < 40 << 20
