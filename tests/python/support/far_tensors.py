"""A stand-in for a device of torch: its tensors are on the CPU, and copies from it are done when a test says so."""

import torch

from tensorbolt.device_values import _torch
from tensorbolt.writer import _deferring


class Far(torch.Tensor):
    """A tensor that counts as one on a device. The extension leaves it to Python, as it leaves tensors on devices."""


def far(values, dtype=torch.float32):
    return torch.tensor(values, dtype=dtype).as_subclass(Far)


class FarDevice:
    """Has the methods of `Device`, whose copies it makes at once and calls done when it is opened. Counts calls."""

    def __init__(self, monkeypatch):
        self.is_open = self.is_capturing = self.fails = self.has_no_pinned_memory = (
            False
        )
        self.copies = self.queries = 0
        monkeypatch.setitem(_torch._devices, "cpu", self)
        monkeypatch.setattr(_deferring, "TORCH_DEVICES", {"cpu"})

    def check_not_captured(self, name):
        if self.is_capturing:
            _torch.Device.check_not_captured(self, name)

    @property
    def _module(self):
        return self

    def is_current_stream_capturing(self):
        return True

    def empty(self, count, dtype):
        if self.has_no_pinned_memory:
            raise RuntimeError("cannot pin memory")
        self.copies += 1
        return torch.empty(count, dtype=dtype)

    def event(self, device):
        assert device.type == "cpu"
        return self

    def query(self):
        self.queries += 1
        if self.fails:
            raise RuntimeError("CUDA error: device-side assert triggered")
        return self.is_open
