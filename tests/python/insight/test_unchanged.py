"""No function leaves a trace in a model, also when the model fails."""

import numpy as np
import pytest
import torch
from tests.python.insight.helpers import everything, state
from torch import nn

from tensorbolt import insight


def given():
    return torch.linspace(0, 1, 2 * 3 * 12 * 12).reshape(2, 3, 12, 12)


CALLS = {
    "summary": lambda w, m: insight.add_model_summary(w, m, (2, 3, 12, 12)),
    "summary of data": lambda w, m: insight.add_model_summary(w, m, input_data=given()),
    "feature maps": lambda w, m: insight.add_feature_maps(w, m, given()),
    "activations": lambda w, m: insight.add_activation_stats(w, m, given()),
    **{
        method: lambda w, m, method=method: insight.add_gradcam(
            w, m, given(), 1, method=method
        )
        for method in ("gradcam", "ablationcam", "eigencam", "fullgrad", "shapleycam")
    },
}
WITHOUT_FORWARD = {
    "kernels": insight.add_kernels,
    "norms": insight.add_gradient_norms,
}


@pytest.mark.parametrize("name", CALLS | WITHOUT_FORWARD)
@pytest.mark.parametrize("grad", [True, False], ids=["", "under no_grad"])
def test_the_model_is_as_before(writer, name, grad):
    model = everything()
    before = state(model)
    with torch.set_grad_enabled(grad):
        (CALLS | WITHOUT_FORWARD)[name](writer, model)
        assert torch.is_grad_enabled() == grad
    assert state(model) == before
    assert writer.written()


@pytest.mark.parametrize("name", CALLS)
def test_the_model_is_as_before_when_it_fails(writer, name):
    model = everything()
    model.fails = True
    before = state(model)
    with pytest.raises(RuntimeError, match="the model fails"):
        CALLS[name](writer, model)
    assert state(model) == before
    assert writer.written() == []


def test_an_ablation_that_ends_early_gives_the_layer_back(writer):
    """pytorch-grad-cam replaces the layer, and puts it back only if nothing fails meanwhile."""
    model = everything()
    layer, before = model.body[0], state(model)
    calls = []

    def target(output):
        calls.append(output)
        if len(calls) > 4:
            raise KeyboardInterrupt
        return output[..., 0]

    with pytest.raises(KeyboardInterrupt):
        insight.add_gradcam(
            writer, model, given(), target, layer="body.0", method="ablationcam"
        )
    assert len(calls) == 5
    assert model.body[0] is layer
    assert state(model) == before


def test_eval_that_does_more_than_set_a_mode_is_not_called(writer):
    class Merging(nn.Sequential):
        """As adapters do that put their weights into those of others."""

        def train(self, mode=True):
            raise AssertionError("called")

    model = Merging(nn.Conv2d(3, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(200, 4))
    insight.add_feature_maps(writer, model, given())
    insight.add_gradcam(writer, model, given())
    insight.add_activation_stats(writer, model, given())
    insight.add_model_summary(writer, model, (2, 3, 12, 12))
    assert model.training
    assert "train" not in vars(model)


def test_training_goes_on_as_without_looking(writer):
    def train(look):
        torch.manual_seed(3)
        model = nn.Sequential(
            nn.Conv2d(3, 4, 3),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.Flatten(),
            nn.Linear(400, 3),
        )
        optimizer = torch.optim.Adam(model.parameters(), 0.01)
        for step in range(3):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(given()), torch.tensor([0, 2]))
            loss.backward()
            look(model, step)
            optimizer.step()
        return np.concatenate(
            [
                value.detach().numpy().reshape(-1)
                for value in model.state_dict().values()
            ]
        )

    def look(model, step):
        insight.add_gradient_norms(writer, model, step)
        insight.add_activation_stats(writer, model, given(), step)
        insight.add_feature_maps(writer, model, given(), step)
        insight.add_gradcam(writer, model, given(), step=step)

    np.testing.assert_array_equal(train(look), train(lambda *_: None))
