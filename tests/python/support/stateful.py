"""Models whose `forward` changes them, each in a way of its own, and all that can be compared of a model."""

import collections
import dataclasses
import random
import types
import warnings

import numpy as np
import torch
from torch import nn


class Stateful(nn.Module):
    """A layer, and what `change` does at each call."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)
        self.prepare()

    def prepare(self):
        pass

    def forward(self, x):
        self.change(x)
        return self.linear(x)


class ActNorm(nn.Module):
    """Takes its scale from the first batch, as in Glow; after one of zeros it is a million."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))
        self.register_buffer("initialised", torch.tensor(0, dtype=torch.uint8))

    def forward(self, x):
        if self.initialised == 0:
            self.scale.data.copy_(1 / (x.std(0) + 1e-6))
            self.initialised.fill_(1)
        return x * self.scale


class Buffers(Stateful):
    """Writes to one buffer, replaces another, makes a third, and takes one away."""

    def prepare(self):
        self.register_buffer("sum", torch.zeros(3))
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("once", torch.zeros(3), persistent=False)

    def change(self, x):
        self.sum += x.detach().sum(0) + 1
        self.mean = self.mean + 1
        self.register_buffer("seen", x.detach().clone())
        self._buffers.pop("once", None)


class RunningStatistics(Stateful):
    """Normalises with the statistics of the batch in evaluation mode too, and updates the running ones."""

    def prepare(self):
        self.norm = nn.BatchNorm1d(3)

    def change(self, x):
        nn.functional.batch_norm(
            x, self.norm.running_mean, self.norm.running_var, training=True
        )
        self.norm.num_batches_tracked.add_(1)


class Renormed(nn.Module):
    """`max_norm` changes the weight of an embedding at each call."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(5, 3, max_norm=0.1)

    def forward(self, x):
        return self.embedding(x.long().clamp(0, 4))


class Parameters(Stateful):
    """Writes to parameters, replaces one, gives another a new shape, freezes a third."""

    def prepare(self):
        self.grows = nn.Parameter(torch.zeros(2))
        self.bias = nn.Parameter(torch.zeros(3))

    def change(self, x):
        with torch.no_grad():
            self.linear.weight.add_(1)
            self.grows.data = torch.ones(len(self.grows) + 1)
        self.bias = nn.Parameter(self.bias.detach() + 1)
        self.linear.bias.requires_grad_(False)


@dataclasses.dataclass
class Statistics:
    """Helper objects of a model: of a dataclass, with attributes, with slots."""

    count: int = 0
    values: list = dataclasses.field(default_factory=list)


class Cache:
    def __init__(self):
        self.keys = torch.zeros(4, 3)
        self.length = 0


class Slotted:
    __slots__ = ("count", "last")

    def __init__(self):
        self.count = 0


class PythonAttributes(Stateful):
    """Counters, lists, dicts, sets, deques, arrays, objects of its own and a key-value cache."""

    def prepare(self):
        self.calls = 0
        self.history, self.by_size, self.sizes = [[]], {"all": 0}, set()
        self.recent = collections.deque(maxlen=2)
        self.array = np.zeros(3)
        self.statistics, self.cache, self.slotted = Statistics(), Cache(), Slotted()
        self.last = None

    def change(self, x):
        self.calls += 1
        self.history[0].append(float(x.sum()))
        self.history.append([x])
        self.by_size["all"] += 1
        self.by_size[tuple(x.shape)] = 1
        self.sizes.add(len(x))
        self.recent.append(self.calls)
        self.array += 1
        self.statistics.count += 1
        self.statistics.values.append(x)
        self.cache.keys[self.cache.length] = x[0].detach()
        self.cache.length += 1
        self.slotted.count += 1
        self.slotted.last = x
        self.last = x
        self.made_here = True


class Structure(Stateful):
    """Adds a layer and a hook, takes a layer away, and leaves evaluation mode."""

    def prepare(self):
        self.extra = nn.ReLU()

    def change(self, x):
        self.add_module("new", nn.Linear(3, 3))
        self.linear.register_forward_hook(lambda *_: None)
        self.linear.weight.register_hook(lambda grad: grad)
        self._modules.pop("extra", None)
        self.linear.train()


class OwnGenerators(Stateful):
    """Draws from random generators of its own."""

    def prepare(self):
        self.torch = torch.Generator().manual_seed(1)
        self.python, self.numpy = random.Random(1), np.random.default_rng(1)
        self.old = np.random.RandomState(1)

    def change(self, x):
        torch.rand(2, generator=self.torch)
        self.python.random(), self.numpy.random(), self.old.rand()


class Backward(Stateful):
    """Computes gradients in its own forward, as models of energies do."""

    def change(self, x):
        with torch.enable_grad():
            self.linear(x.detach()).sum().backward()


class InPlace(Stateful):
    """Writes to what it is given."""

    def change(self, x):
        x += 1


def counted():
    """A model with a hook that closes over a list and a number."""
    model, seen, calls = nn.Sequential(nn.Linear(3, 3)), [], 0

    def hook(_module, _inputs, output):
        nonlocal calls
        calls += 1
        seen.append(output.sum())

    model[0].register_forward_hook(hook)
    model.seen = lambda: (calls, list(seen))
    return model


def scripted():
    """A scripted layer with a counter inside of an ordinary model."""

    class Counter(nn.Module):
        calls: int

        def __init__(self):
            super().__init__()
            self.calls = 0
            self.register_buffer("total", torch.zeros(()))

        def forward(self, x):
            self.calls += 1
            self.total += 1
            return x + self.total

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nn.Sequential(torch.jit.script(Counter()), nn.Linear(3, 3))


MODELS = {
    kind.__name__: kind
    for kind in (
        ActNorm, Buffers, RunningStatistics, Renormed, Parameters, PythonAttributes, Structure, OwnGenerators, Backward,
        InPlace,
    )
} | {"counted": counted, "scripted": scripted}  # fmt: skip


def described(value, seen=None):  # noqa: PLR0911 - a line for each kind
    """Everything that can be reached from a value, as text and identities that can be compared."""
    seen = {} if seen is None else seen
    if isinstance(value, torch.nn.parameter.UninitializedTensorMixin):
        return type(value), id(value), tuple(value.size())
    if isinstance(value, torch.Tensor):
        return (
            type(value), id(value), tuple(value.shape), value.tolist(), value.requires_grad, value._version,
            described(value.grad, seen) if value.is_leaf else None, len(value._backward_hooks or ()),
        )  # fmt: skip
    if isinstance(value, np.ndarray):
        return id(value), value.tolist()
    if isinstance(value, torch.Generator):
        return value.get_state().tolist()
    if isinstance(value, (random.Random, np.random.RandomState)):
        return str(getattr(value, "getstate", value.__getstate__)())
    if isinstance(value, np.random.Generator):
        return str(value.bit_generator.state)
    if id(value) in seen:
        return "seen"
    seen[id(value)] = value
    if isinstance(value, torch.jit.ScriptModule):
        return {
            name: described(getattr(value, name), seen) for name in ("calls", "total")
        }
    if isinstance(value, dict):
        return id(value), [(key, described(item, seen)) for key, item in value.items()]
    if isinstance(value, tuple):
        return [described(item, seen) for item in value]
    if isinstance(value, (list, set, collections.deque)):
        return id(value), [described(item, seen) for item in value]
    if isinstance(value, Slotted):
        return [getattr(value, name, "no") for name in Slotted.__slots__]
    if isinstance(value, types.FunctionType):
        return id(value), [str(cell.cell_contents) for cell in value.__closure__ or ()]
    if hasattr(value, "__dict__"):
        return type(value), id(value), described(vars(value), seen)
    return value
