"""add_model_summary: the numbers are those of the model and of torchinfo."""

import gc
import weakref

import pytest
import torch
import torchinfo
import torchvision
from torch import nn

from tensorbolt import insight
from tensorbolt.insight._model_summary import size_text


def table(writer, tag="model"):
    """The rows of a text's first table as mappings by column, and of its second as one."""
    (value,) = [
        value for found, _, value in writer.written() if found == f"{tag}/text_summary"
    ]
    first, second = value.tensor.string_val[0].decode().split("\n\n")
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in first.split("\n")
    ]
    rows = [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]
    totals = [line.strip("|").split("|") for line in second.split("\n")[2:]]
    return rows, {name.strip(): number.strip() for name, number in totals}


def small():
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 8, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU()),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 5),
    )


def test_every_column(writer):
    model = small()
    model[3].requires_grad_(False)
    found = insight.add_model_summary(writer, model, (2, 3, 10, 10), 4)
    rows, totals = table(writer)
    assert [row["layer"] for row in rows] == [
        f"`{name}`" for name in ("Sequential", "0", "0.0", "0.1", "0.2", "1", "2", "3")
    ]
    conv, linear = rows[2], rows[-1]
    assert conv == {
        "layer": "`0.0`",
        "type": "`Conv2d`",
        "input": "2 × 3 × 10 × 10",
        "output": "2 × 8 × 8 × 8",
        "kernel": "3 × 3",
        "parameters": "216",
        "trainable": "True",
        # Each of 2 × 8 × 8 places takes every weight once.
        "multiply-adds": f"{2 * 64 * 216:,}",
        "output memory": "4.1 kB",
    }
    assert (linear["parameters"], linear["trainable"]) == ("(45)", "False")
    assert linear["multiply-adds"] == f"{2 * 45}"
    parameters = sum(value.numel() for value in model.parameters())
    assert found["model/parameters"] == parameters
    assert found["model/trainable_parameters"] == parameters - 45
    assert found["model/parameter_bytes"] == 4 * parameters
    assert totals["parameters"] == f"{parameters:,}"
    in_file = writer.scalars()
    assert {
        tag: (step, number) for tag, (step, number) in in_file.items() if tag in found
    } == {tag: (4, pytest.approx(number, rel=1e-6)) for tag, number in found.items()}


@pytest.mark.parametrize(
    ("build", "size"),
    [
        (
            lambda: torchvision.models.DenseNet(4, (2, 2), 8, num_classes=6),
            (1, 3, 32, 32),
        ),
        (
            lambda: torchvision.models.VisionTransformer(32, 8, 2, 2, 16, 32),
            (2, 3, 32, 32),
        ),
    ],
)
def test_totals_are_those_of_torchinfo(writer, build, size):
    model = build()
    theirs = torchinfo.summary(build(), size, verbose=0)
    found = insight.add_model_summary(writer, model, size)
    assert (
        found["model/parameters"]
        == theirs.total_params
        == sum(v.numel() for v in model.parameters())
    )
    assert found["model/multiply_adds"] == theirs.total_mult_adds
    assert found["model/activation_bytes"] == theirs.total_output_bytes
    assert found["model/input_bytes"] == theirs.total_input


@pytest.mark.parametrize(
    ("depth", "names"), [(1, ["Sequential", "0", "1", "2", "3"]), (2, None)]
)
def test_depth(writer, depth, names):
    found = insight.add_model_summary(writer, small(), (1, 3, 10, 10), depth=depth)
    rows, _ = table(writer)
    if names is None:
        assert len(rows) == 8
        return
    assert [row["layer"].strip("`") for row in rows] == names
    # What is not shown is counted where it ends.
    assert rows[1]["parameters"] == "232"
    assert found["model/parameters"] == 277


def test_without_an_input_the_model_does_not_run(writer):
    class Never(nn.Linear):
        def forward(self, x):
            raise AssertionError("ran")

    assert insight.add_model_summary(writer, Never(2, 3), tag="never") == {
        "never/parameters": 9,
        "never/trainable_parameters": 9,
        "never/parameter_bytes": 36,
    }
    rows, _ = table(writer, "never")
    assert list(rows[0]) == ["layer", "type", "kernel", "parameters", "trainable"]


@pytest.mark.parametrize(
    "given",
    [
        torch.ones(2, 3, dtype=torch.int64),
        [torch.ones(2, 3, dtype=torch.int64)],
        (torch.ones(2, 3, dtype=torch.int64), 2),
        {"x": torch.ones(2, 3, dtype=torch.int64), "times": 2},
        torch.ones(2, 3, dtype=torch.int64).numpy(),
    ],
    ids=["tensor", "list", "tuple", "mapping", "array"],
)
def test_kinds_of_inputs(writer, given):
    class Words(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(5, 4)

        def forward(self, x, times=1):
            return self.words(x) * times

    insight.add_model_summary(writer, Words(), input_data=given)
    rows, _ = table(writer)
    assert rows[1]["output"] == "2 × 3 × 4"


def test_types_of_inputs(writer):
    model = nn.Embedding(5, 4)
    insight.add_model_summary(writer, model, (2, 3), dtypes=[torch.long])
    assert table(writer)[0][0]["output"] == "2 × 3 × 4"


def test_a_model_on_the_meta_device(writer):
    """Sizes of models that fit into no memory."""
    with torch.device("meta"):
        model = nn.Sequential(
            nn.Linear(10_000, 200_000), nn.ReLU(), nn.Linear(200_000, 10)
        )
    found = insight.add_model_summary(writer, model, (1, 10_000))
    assert found["model/parameters"] == 10_000 * 200_000 + 200_000 + 200_000 * 10 + 10


def test_the_model_is_let_go_of(writer):
    class Large(nn.Linear):
        pass

    model = Large(2, 2)
    insight.add_model_summary(writer, model, (1, 2))
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        (
            {"input_size": (1, 2), "input_data": torch.ones(1, 2)},
            ValueError,
            "are both given; leave out one",
        ),
        (
            {"dtypes": [torch.long]},
            ValueError,
            "dtypes are those of input_size, which is not given",
        ),
        (
            {"input_size": (1, 7)},
            RuntimeError,
            "does not run with this input: RuntimeError: .*mat1",
        ),
        ({"depth": 0}, ValueError, "depth must be at least 1"),
    ],
)
def test_errors(writer, options, error, text):
    with pytest.raises(error, match=text):
        insight.add_model_summary(writer, nn.Linear(2, 2), **options)
    assert writer.written() == []


def test_a_model_on_several_devices(writer):
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2, device="meta"))
    with pytest.raises(ValueError, match="spread over the devices cpu, meta"):
        insight.add_model_summary(writer, model, (1, 2))
    assert insight.add_model_summary(writer, model)["model/parameters"] == 12


def test_sizes_as_text():
    assert [size_text(count) for count in (0, 999, 1000, 262_144, 44_726_568, 3 * 10**12)] == [
        "0 B", "999 B", "1.0 kB", "262.1 kB", "44.7 MB", "3.0 TB",
    ]  # fmt: skip
