"""Small models of every kind, and a model file, for tests of graphs."""

import dataclasses

import torch
from torch import nn


class Linear(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 5)

    def forward(self, x):
        return self.linear(x)


class Sum(nn.Module):
    """An argument may be left out."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 5), nn.ReLU())

    def forward(self, x, y=None):
        x = self.body(x)
        return x if y is None else x + y


class Shared(nn.Module):
    """A module is used twice, by one name and by two."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 3)
        self.second = nn.Sequential(self.first, nn.ReLU(), self.first)

    def forward(self, x, y):
        return self.second(self.first(x)) + self.first(y)


class Own(nn.Module):
    """Parameters and buffers of the root, and of a list."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))
        self.register_buffer("offset", torch.zeros(3))
        self.stages = nn.ModuleList([nn.Linear(3, 3) for _ in range(3)])

    def forward(self, x):
        for stage in self.stages:
            x = stage(x) * self.scale
        return x + self.offset


class Several(nn.Module):
    """Several outputs of the model and of an operator; one is an input, one is a number."""

    def forward(self, x, y):
        first, second = torch.split(x, 1)
        return first, (second.sum(), x), y


class Dictionary(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 5)

    def forward(self, x):
        return {"scores": self.linear(x), "input": x}


class Batch(nn.Module):
    """The one argument is a dict."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 5)

    def forward(self, batch):
        return self.linear(batch["x"]) + batch["y"]


@dataclasses.dataclass(frozen=True)
class Point:
    x: torch.Tensor
    times: int = 2


class OfPoints(nn.Module):
    """Takes and returns a dataclass."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, point):
        return Point(self.linear(point.x) * point.times)


class Detector(nn.Module):
    """Takes a list of images and returns a list of dicts, as detectors do."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
        self.head = nn.Linear(4, 5)

    def forward(self, images):
        features = self.body(torch.stack(images)).mean((2, 3))
        return [
            {"boxes": row[:4], "scores": row[4:].sigmoid()}
            for row in self.head(features)
        ]


class Branch(nn.Module):
    """The way depends on the data."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x):
        return self.linear(x) if x.sum() > 0 else x


class Conditional(nn.Module):
    """An operator that `torch.jit.trace` cannot follow."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x):
        return torch.cond(x.sum() > 0, self.linear, lambda x: x * 2, (x,))


class Noisy(nn.Module):
    """Draws random numbers."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x):
        return self.linear(x + torch.rand_like(x))


def matrices(a, b):
    """A function of tensors."""
    return a @ b


def square_sum(x):
    """A function to be scripted."""
    return (x * x).sum()


OPENVINO = """<?xml version="1.0"?>
<net name="small" version="11">
 <layers>
  <layer id="0" name="x" type="Parameter" version="opset1">
   <data shape="?,3" element_type="f32"/>
   <output><port id="0" precision="FP32"><dim>-1</dim><dim>3</dim></port></output></layer>
  <layer id="1" name="axis" type="Const" version="opset1">
   <data element_type="i64" shape="" offset="0" size="8"/>
   <output><port id="0" precision="I64"/></output></layer>
  <layer id="2" name="parts" type="Split" version="opset1">
   <data num_splits="2"/>
   <input><port id="0"><dim>2</dim><dim>3</dim></port><port id="1"/></input>
   <output><port id="2" precision="FP32"><dim>1</dim><dim>3</dim></port>
    <port id="3" precision="FP32"><dim>1</dim><dim>3</dim></port></output></layer>
  <layer id="3" name="sum" type="Add" version="opset1">
   <input><port id="0"/><port id="1"/></input>
   <output><port id="2" precision="FP16"><dim>1</dim><dim>3</dim></port></output></layer>
  <layer id="4" name="sum" type="Result" version="opset1"><input><port id="0"/></input></layer>
 </layers>
 <edges>
  <edge from-layer="1" from-port="0" to-layer="2" to-port="1"/>
  <edge from-layer="0" from-port="0" to-layer="2" to-port="0"/>
  <edge from-layer="2" from-port="2" to-layer="3" to-port="0"/>
  <edge from-layer="2" from-port="3" to-layer="3" to-port="1"/>
  <edge from-layer="3" from-port="2" to-layer="4" to-port="0"/>
 </edges>
</net>"""
