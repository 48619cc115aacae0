"""Snapshots of tensors of torch that are on a device.

A tensor may be changed as soon as the call has returned, so its elements are copied in the order of the device's work, into
memory that the device can write to (pinned memory). The call only puts the copy into the device's queue. An event behind it
says when the copy is done.
"""

import sys
from typing import Any

from tensorbolt import _torch_tensors
from tensorbolt.device_values._snapshot import Snapshot

_ALIGNMENT = 512
"""Bytes that the smallest piece of pinned memory takes."""


class Device:
    """What is needed of a kind of device: memory that it copies to in the background, and an event behind the copy.

    Args:
        kind: The kind as torch names it: `"cuda"` (ROCm as well), `"xpu"` or `"mps"`.
    """

    def __init__(self, kind: str) -> None:
        self._module = getattr(sys.modules["torch"], kind)
        self._has_streams = kind != "mps"

    def check_not_captured(self, name: str) -> None:
        """Raise while a graph of the device's work is recorded, in which nothing is computed.

        Args:
            name: What was to be logged.

        Raises:
            RuntimeError: The current stream is being captured.
        """
        is_captured = getattr(self._module, "is_current_stream_capturing", None)
        if is_captured is not None and is_captured():
            raise RuntimeError(
                f"{name} has no value while a graph is captured; log it after the capture, each time after replay()"
            )

    def empty(self, count: int, dtype: Any) -> Any:
        """Return memory for elements, which the device writes to without the processor."""
        return sys.modules["torch"].empty(count, dtype=dtype, pin_memory=True)

    def event(self, device: Any) -> Any:
        """Return an event that has happened when the device has done all that it was given so far."""
        if self._has_streams:
            event = self._module.Event()
            event.record(self._module.current_stream(device))
        else:
            event = self._module.event.Event()
            event.record()
        return event


_devices: dict[str, Device] = {}


def device_of(kind: str) -> Device:
    """Return what is needed of a kind of device."""
    device = _devices.get(kind)
    if device is None:
        device = _devices[kind] = Device(kind)
    return device


def numbers(
    values: list[Any], names: list[str]
) -> "list[tuple[list[int], Snapshot[list[float]]]]":
    """Return snapshots of tensors of one element, one for each type and device, with the places of their tensors.

    Left out are tensors whose reading, or the error of it, is to be found by the usual way.

    Raises:
        TypeError: A tensor holds no numbers.
        ValueError: A tensor has no data, or only a part of it is in this process.
        RuntimeError: A graph of the device's work is being captured.
    """
    torch = sys.modules["torch"]
    groups: dict[Any, tuple[list[int], list[Any]]] = {}
    with _torch_tensors.outside(torch):
        for place, value in enumerate(values):
            device_of(value.device.type).check_not_captured(names[place])
            one = _torch_tensors.unwrapped(value, torch, names[place])
            if not _torch_tensors.is_own(one, torch):
                continue
            one = _torch_tensors.dense(one, torch, names[place])
            if one.numel() == 1 and one.device == value.device and not one.is_complex():
                places, group = groups.setdefault((one.device, one.dtype), ([], []))
                places.append(place)
                group.append(one.reshape(()))
        snapshots: list[tuple[list[int], Snapshot[list[float]]]] = []
        for (device, dtype), (places, group) in groups.items():
            try:
                snapshots.append((places, _Numbers(group, device, dtype, torch)))
            except Exception:  # noqa: PERF203 - whatever a kind of device refuses, the usual way may do
                continue
    return snapshots


class _Numbers:
    """Numbers that a device copies into memory of this process."""

    def __init__(self, group: list[Any], device: Any, dtype: Any, torch: Any) -> None:
        # One copy for all of them. What is joined may be freed at once: the device keeps the order.
        joined = group[0].reshape(1) if len(group) == 1 else torch.stack(group)
        kind = device_of(device.type)
        self._copy = kind.empty(len(group), dtype)
        self._copy.copy_(joined, non_blocking=True)
        self._event = kind.event(device)
        size = len(group) * self._copy.element_size()
        self.held = 0
        self.here = -(-size // _ALIGNMENT) * _ALIGNMENT

    def arrived(self) -> bool:
        """Whether the copy is done."""
        return bool(self._event.query())

    def read(self) -> list[float]:
        """Return the numbers.

        Raises:
            RuntimeError: The device has failed.
        """
        if not self._event.query():
            raise RuntimeError("the device has not copied it")
        copy = self._copy
        if copy.is_floating_point() and copy.element_size() < 4:  # noqa: PLR2004 - bytes of a float32
            copy = copy.float()
        return [float(number) for number in copy.tolist()]
