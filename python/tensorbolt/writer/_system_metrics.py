"""`system_metrics`: what the machine does, logged from a native thread."""

import math
import time
from typing import Any

from tensorbolt import _core
from tensorbolt._arguments import shown
from tensorbolt.writer._base import WriterBase

LEAST_SECONDS = 0.2
"""Shortest interval: systems count the use of their CPUs in hundredths of a second."""


class SystemMetricsMethods(WriterBase):
    """The method that logs what the machine does."""

    def system_metrics(self, seconds: float = 10.0) -> None:
        """Log CPU, memory, disk and network of this machine and this process, and its NVIDIA GPUs, at an interval.

        A native thread takes the samples until `close()`, the first one at once; the program never waits for it. A sample costs
        about 0.2 ms for the process and 0.4 to 0.8 ms more for the machine. What cannot be asked here is left out. If that is
        all GPUs, one warning says why.

        The steps of these curves are whole seconds since the first call, not steps of the training. TensorBoard's *Wall*
        axis shows them next to the other curves.

        Of a job with `ranks="all"` or `"reduce"`, every rank logs its process, and one rank of each node logs the machine. The
        launcher's variables say which rank that is (`LOCAL_RANK` of torchrun and the like); without them each rank logs all.
        A forked child logs nothing of this unless it calls this too.

        | curve | unit and meaning |
        |---|---|
        | `system/process/cpu_percent` | 100 is one core |
        | `system/process/memory_bytes` | memory in use (resident set) |
        | `system/process/read_bytes_per_second`, `…/written_…` | what reached the disks, caches not counted |
        | `system/process/cores` | CPU cores that the process may use: its affinity, and the quota of its container |
        | `system/cpu_percent` | 100 is all cores |
        | `system/memory_bytes`, `system/memory_percent` | in use, without what can be freed at once |
        | `system/swap_bytes` | in use |
        | `system/container/memory_bytes`, `…/memory_percent` | in use in the container, caches counted; if it has a limit |
        | `system/container/anonymous_bytes`, `…/memory_limit_bytes` | without caches; the limit |
        | `system/disk/free_bytes`, `system/disk/used_percent` | on the disk of the log |
        | `system/disk/read_bytes_per_second`, `…/written_…` | of all disks |
        | `system/network/received_bytes_per_second`, `…/sent_…` | of all network cards |
        | `system/gpu/0/usage_percent` | time in which a kernel ran |
        | `system/gpu/0/memory_bytes`, `…/memory_percent` | in use, of all processes |
        | `system/gpu/0/temperature_celsius`, `…/power_watts` | now |
        | `system/gpu/0/sm_clock_megahertz`, `…/memory_clock_megahertz` | now |

        GPUs are numbered as in `nvidia-smi`. The sources are `/proc`, control groups, `statvfs` and NVIDIA's library NVML.

        Args:
            seconds: Time between two samples, 0.2 or more. A second call changes it.

        Raises:
            TypeError: `seconds` is no number.
            ValueError: `seconds` is less than 0.2, or not finite.

        Example:
            >>> import tempfile
            >>> from tensorbolt import SummaryWriter
            >>> writer = SummaryWriter(tempfile.mkdtemp())
            >>> writer.system_metrics(seconds=30)
            >>> writer.close()
        """
        seconds = _check_seconds(seconds)
        if not self._write_to_disk and self._rank is None:
            return
        with self._files_lock:
            metrics = self._system_metrics
            if metrics is not None and metrics.runs:
                metrics.set_interval(seconds)
                return
            metrics = self._system_metrics = self._begin_system_metrics(seconds)
        if metrics is None:
            self._notices.once("system_metrics", _FOREIGN_FILE)
            return
        for notice in metrics.take_notices():
            self._notices.once(notice, f"tensorbolt: system_metrics: {notice}")

    def _begin_system_metrics(self, seconds: float) -> _core.SystemMetrics | None:
        """Begin the thread; `None` if the file is of another package."""
        native = _native(self._scalar_file())
        if native is None:
            return None
        now = time.monotonic()
        if self._system_began is None:
            self._system_began = now
        before = now - self._system_began
        return _core.SystemMetrics(native, seconds, before, self._logs_node)


_FOREIGN_FILE = (
    "tensorbolt: system_metrics logs nothing: another package has replaced FileWriter or EventFileWriter, and a native "
    "thread cannot call it."
)


def _native(file: Any) -> _core.Writer | None:
    """Return the extension's writer of a `FileWriter`; `None` if it has none."""
    events = getattr(getattr(file, "event_writer", None), "_events", None)
    if not isinstance(events, _core.Writer):
        events = getattr(events, "native", None)
    return events if isinstance(events, _core.Writer) else None


def _check_seconds(seconds: Any) -> float:
    if isinstance(seconds, (bool, str, bytes)) or not hasattr(seconds, "__float__"):
        raise TypeError(
            f"seconds must be a number, not {type(seconds).__name__} ({shown(seconds)})"
        )
    number = float(seconds)
    if not (math.isfinite(number) and number >= LEAST_SECONDS):
        raise ValueError(
            f"seconds must be finite and at least {LEAST_SECONDS}, not {shown(seconds)}"
        )
    return number
