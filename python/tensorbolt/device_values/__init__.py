"""Values that a device is still computing: copies of them on their way to this process, and the events that wait for them.

Imported at the first such value that a writer is given. No framework is imported: a value can only come from one that its
caller has loaded.
"""

from tensorbolt.device_values._histograms import Counted, histograms_of
from tensorbolt.device_values._numbers import numbers_of
from tensorbolt.device_values._queue import Queue
from tensorbolt.device_values._snapshot import Snapshot

__all__ = ["Counted", "Queue", "Snapshot", "histograms_of", "numbers_of"]
