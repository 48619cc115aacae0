"""Scalars: learning rates, norms of gradients, and how lively layers are, against direct computation."""

import math

import numpy as np
import pytest
import torch
import torchvision
from sklearn.datasets import load_digits
from torch import nn

from tensorbolt import insight


def digits(count=20):
    return torch.tensor(load_digits().images[:count] / 16, dtype=torch.float32)[:, None]


def written(writer, found, step):
    """Assert that the file has what was returned, at the step; floats there have 32 bits."""
    in_file = writer.scalars()
    assert list(in_file) == list(found)
    for tag, number in found.items():
        assert in_file[tag] == (step, pytest.approx(number, rel=1e-6, nan_ok=True))


# --- learning rates


def groups(**options):
    layers = nn.Linear(2, 2), nn.Linear(2, 2)
    parts = [
        {"params": layer.parameters(), "lr": rate}
        for layer, rate in zip(layers, (0.5, 0.25), strict=True)
    ]
    for part, name in zip(parts, options.get("names", ()), strict=False):
        part["name"] = name
    return torch.optim.SGD(parts)


def single(kind=torch.optim.SGD, rate=0.5):
    return kind(nn.Linear(2, 2).parameters(), lr=rate)


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        (single, {"lr": 0.5}),
        (lambda: [single()], {"lr": 0.5}),
        (groups, {"lr/0": 0.5, "lr/1": 0.25}),
        (lambda: groups(names=["head", "body"]), {"lr/head": 0.5, "lr/body": 0.25}),
        (lambda: groups(names=["head"]), {"lr/head": 0.5, "lr/1": 0.25}),
        (lambda: [single(), single(torch.optim.Adam, 0.1)], {"lr/SGD": 0.5, "lr/Adam": 0.1}),
        (lambda: [single(), single(rate=0.1)], {"lr/SGD_0": 0.5, "lr/SGD_1": 0.1}),
        (
            lambda: {"generator": single(), "critic": groups()},
            {"lr/generator": 0.5, "lr/critic/0": 0.5, "lr/critic/1": 0.25},
        ),
        (lambda: single(rate=torch.tensor(0.5)), {"lr": 0.5}),
    ],
)  # fmt: skip
def test_learning_rates(writer, optimizer, expected):
    found = insight.add_learning_rate(writer, optimizer(), 3, tag="lr")
    assert found == pytest.approx(expected)
    assert list(found) == list(expected)
    written(writer, found, 3)


# torch 2.6 warns of what its SequentialLR does.
@pytest.mark.filterwarnings("ignore:The epoch parameter:UserWarning")
@pytest.mark.parametrize(
    "scheduler",
    [
        lambda one: torch.optim.lr_scheduler.StepLR(one, 2, 0.1),
        lambda one: torch.optim.lr_scheduler.CosineAnnealingLR(one, 5),
        lambda one: torch.optim.lr_scheduler.OneCycleLR(one, 1.0, total_steps=6),
        lambda one: torch.optim.lr_scheduler.SequentialLR(
            one,
            [
                torch.optim.lr_scheduler.ConstantLR(one, 0.1, 2),
                torch.optim.lr_scheduler.ExponentialLR(one, 0.5),
            ],
            [2],
        ),
    ],
)
def test_schedulers(writer, scheduler):
    optimizer = single()
    plan = scheduler(optimizer)
    for step in range(5):
        found = insight.add_learning_rate(writer, plan, step)
        assert found == {"learning_rate": plan.get_last_lr()[0]}
        optimizer.step()
        plan.step()
    assert len(writer.written()) == 5


def test_a_scheduler_that_watches_a_loss(writer):
    optimizer = single()
    plan = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)
    for loss in (1, 2, 3):
        plan.step(loss)
    assert insight.add_learning_rate(writer, plan) == {
        "learning_rate": pytest.approx(0.005)
    }


@pytest.mark.parametrize(
    ("optimizer", "error", "text"),
    [
        (
            3,
            TypeError,
            r"optimizer must be a torch\.optim\.Optimizer, a scheduler, or a list .* not int",
        ),
        ([3], TypeError, "not int"),
        ([], ValueError, "optimizer is empty"),
        (
            type("Other", (), {"param_groups": [{"params": []}]})(),
            ValueError,
            "without 'lr', only with 'params'",
        ),
    ],
)
def test_no_optimizers(writer, optimizer, error, text):
    with pytest.raises(error, match=text):
        insight.add_learning_rate(writer, optimizer)


# --- norms of gradients


def with_gradients():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))
    nn.functional.cross_entropy(
        model(digits().flatten(1)), torch.arange(20) % 10
    ).backward()
    return model


@pytest.mark.parametrize("order", [1, 2.0, 3.5, math.inf])
def test_norms_of_gradients(writer, order):
    model = with_gradients()
    found = insight.add_gradient_norms(writer, model, 8, norm_type=order)
    each = {
        f"gradient_norms/{name}": float(value.grad.norm(order))
        for name, value in model.named_parameters()
    }
    total = float(nn.utils.clip_grad_norm_(model.parameters(), math.inf, order))
    assert found == pytest.approx({"gradient_norms/total": total, **each}, rel=1e-5)
    written(writer, found, 8)
    assert insight.add_gradient_norms(
        writer, model, norm_type=order, per_parameter=False, tag="n"
    ) == {"n/total": found["gradient_norms/total"]}


def test_frozen_sparse_and_half_gradients(writer):
    class Words(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(10, 4, sparse=True)
            self.small = nn.Parameter(torch.full((3,), 300.0, dtype=torch.float16))
            self.frozen = nn.Parameter(torch.ones(3), requires_grad=False)

    model = Words()
    (
        model.words(torch.tensor([1, 1, 2])).sum() + 300 * self_sum(model.small)
    ).backward()
    found = insight.add_gradient_norms(writer, model)
    dense = model.words.weight.grad.to_dense().norm()
    # Squares of 300 fit no half float.
    half = math.sqrt(3 * 300**2)
    expected = {
        "words.weight": float(dense),
        "small": half,
        "total": math.hypot(float(dense), half),
    }
    assert found == pytest.approx(
        {f"gradient_norms/{name}": one for name, one in expected.items()}, rel=1e-3
    )


def self_sum(values):
    return values.float().sum()


def test_wrappers_and_shared_parameters(writer):
    model = with_gradients()
    plain = insight.add_gradient_norms(writer, model)
    assert insight.add_gradient_norms(writer, nn.DataParallel(model)) == plain
    tied = nn.ModuleList([model[0], model[0]])
    found = insight.add_gradient_norms(writer, tied)
    assert sorted(found) == [
        f"gradient_norms/{name}" for name in ("0.bias", "0.weight", "total")
    ]


def test_infinite_gradients_are_told(writer):
    model = nn.Linear(2, 1)
    (model(torch.ones(2)) * math.inf).backward()
    found = insight.add_gradient_norms(writer, model)
    assert found["gradient_norms/total"] == math.inf
    written(writer, found, 0)


@pytest.mark.parametrize(
    ("model", "options", "error", "text"),
    [
        (
            nn.Linear(2, 1),
            {},
            ValueError,
            "call add_gradient_norms between backward.. and zero_grad",
        ),
        (with_gradients(), {"norm_type": 0}, ValueError, "norm_type must be above 0"),
        (
            with_gradients(),
            {"norm_type": "two"},
            ValueError,
            "norm_type must be a number",
        ),
        (
            [nn.Linear(2, 1)],
            {},
            TypeError,
            r"model must be a torch\.nn\.Module, not list",
        ),
    ],
)
def test_no_gradients(writer, model, options, error, text):
    with pytest.raises(error, match=text):
        insight.add_gradient_norms(writer, model, **options)


# --- how lively layers are


def test_activations_of_a_real_network(writer):
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 6, 3),
        nn.ReLU(inplace=True),
        nn.Flatten(),
        nn.Linear(216, 8),
        nn.Tanh(),
        nn.Linear(8, 4),
        nn.GELU(),
    )
    with torch.no_grad():
        model[0].bias[:2] = -100
        model[3].weight *= 20
    found = insight.add_activation_stats(writer, model, digits(), 2)
    with torch.no_grad():
        relu = model[0](digits()).relu()
        tanh = model[3](relu.flatten(1)).tanh()
        gelu = model[6](model[5](tanh))
    for name, value in ("00_1", relu), ("01_4", tanh), ("02_6", gelu):
        assert found[f"activations/mean/{name}"] == pytest.approx(
            value.mean().item(), abs=1e-6
        )
        assert found[f"activations/std/{name}"] == pytest.approx(
            float(value.numpy().std()), rel=1e-5
        )
        assert found[f"activations/zeros/{name}"] == pytest.approx(
            (value == 0).float().mean().item()
        )
    dead = [bool((relu[:, channel] == 0).all()) for channel in range(6)]
    assert 2 <= sum(dead) < 6
    assert found["activations/dead/00_1"] == pytest.approx(sum(dead) / 6)
    assert found["activations/dead/01_4"] == found["activations/dead/02_6"] == 0
    near = (np.abs(tanh.numpy()) >= 0.9).mean()
    assert 0 < near < 1
    assert found["activations/saturated/01_4"] == pytest.approx(near)
    assert {tag for tag in found if "saturated" in tag} == {
        "activations/saturated/01_4"
    }
    written(writer, found, 2)


@pytest.mark.parametrize(
    ("layer", "saturated"),
    [
        (nn.Sigmoid(), 0.5),
        (nn.Tanh(), 0.5),
        (nn.Hardsigmoid(), 0.5),
        (nn.Hardtanh(-20, 20), 0.0),
        (nn.ReLU6(), 0.25),
        (nn.Softsign(), 0.5),
        (nn.ReLU(), None),
        (nn.SiLU(), None),
    ],
)
def test_saturation(writer, layer, saturated):
    given = torch.tensor(
        [[-50.0 if not isinstance(layer, nn.Hardtanh) else -10.0, -0.1, 0.1, 10.0]]
    )
    found = insight.add_activation_stats(writer, layer, given)
    assert found.get(f"activations/saturated/00_{type(layer).__name__}") == saturated


def test_units_of_three_axes(writer):
    """N×C×L of Conv1d, or N×places×features of a transformer: the caller knows."""
    given = torch.ones(2, 3, 4)
    given[:, 1] = 0
    found = insight.add_activation_stats(writer, nn.ReLU(), given, unit_axis=1, tag="a")
    assert found["a/dead/00_ReLU"] == pytest.approx(1 / 3)
    assert (
        insight.add_activation_stats(writer, nn.ReLU(), given, tag="b")[
            "b/dead/00_ReLU"
        ]
        == 0
    )
    with pytest.raises(
        ValueError,
        match=r"unit_axis is 3, but the output of 'ReLU' has the shape \(2, 3, 4\)",
    ):
        insight.add_activation_stats(writer, nn.ReLU(), given, unit_axis=3)


def test_units_that_come_close_to_zero_are_dead(writer):
    given = torch.tensor([[-30.0, 1.0], [-40.0, 2.0]])
    layers = {"layers": nn.SiLU}
    assert (
        insight.add_activation_stats(writer, nn.SiLU(), given, **layers)[
            "activations/dead/00_SiLU"
        ]
        == 0.5
    )
    found = insight.add_activation_stats(writer, nn.SiLU(), given, dead_below=0)
    assert found["activations/dead/00_SiLU"] == 0


def test_activations_of_torchvision(writer):
    torch.manual_seed(0)
    model = torchvision.models.VisionTransformer(32, 8, 2, 2, 16, 32, num_classes=5)
    found = insight.add_activation_stats(writer, model, torch.rand(2, 3, 32, 32))
    names = {tag.rpartition("/")[2] for tag in found}
    assert names == {
        "00_encoder.layers.encoder_layer_0.mlp.1",
        "01_encoder.layers.encoder_layer_1.mlp.1",
    }


@pytest.mark.parametrize(
    ("model", "options", "error", "text"),
    [
        (
            nn.Linear(2, 2),
            {},
            ValueError,
            "no layers with an activation function; choose layers",
        ),
        (nn.ReLU(), {"dead_below": -1}, ValueError, "dead_below must be at least 0"),
        (
            nn.ReLU(),
            {"saturated_within": 0.5},
            ValueError,
            "saturated_within must be above 0 and below 0.5",
        ),
        (
            nn.ReLU(),
            {"saturated_within": "near"},
            ValueError,
            "saturated_within must be a number",
        ),
        ("model", {}, TypeError, r"model must be a torch\.nn\.Module, not str"),
    ],
)
def test_no_activations(writer, model, options, error, text):
    with pytest.raises(error, match=text):
        insight.add_activation_stats(writer, model, torch.ones(2, 2), **options)
