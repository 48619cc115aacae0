"""The package as a whole: what it imports, what it says when something is missing, and which writers it takes."""

import doctest
import importlib
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
import tensorboardX
import torch
from matplotlib import pyplot
from sklearn.datasets import load_digits
from tests.python.support.helpers import events, python, values
from tests.python.support.images import pixels
from torch import nn
from torch.utils import tensorboard as torch_tensorboard

import tensorbolt
from tensorbolt import insight
from tensorbolt.compat import tensorboardx
from tensorbolt.compat import torch as facade

ROOT = Path(__file__).parents[3]


def test_importing_it_imports_no_framework():
    heavy = (
        "torch",
        "torchvision",
        "matplotlib",
        "torchinfo",
        "pytorch_grad_cam",
        "cv2",
        "sklearn",
    )
    python(f"""
        import sys
        import tensorbolt.insight
        assert not set({heavy}) & set(sys.modules), set({heavy}) & set(sys.modules)
    """)


def test_what_is_missing_is_named():
    """The same calls in an interpreter in which one package after the other cannot be imported."""
    python(
        """
        import importlib.abc, sys, tempfile
        from tensorbolt import SummaryWriter, insight

        class Missing(importlib.abc.MetaPathFinder):
            names = ()

            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] in self.names:
                    raise ModuleNotFoundError(f"No module named {name!r}", name=name)

        missing = Missing()
        sys.meta_path.insert(0, missing)

        def fails(call, names, package):
            missing.names = names
            for name in [loaded for loaded in sys.modules if loaded.partition(".")[0] in names]:
                del sys.modules[name]
            try:
                call()
            except ImportError as error:
                message = str(error)
            assert package in message and "pip install 'tensorbolt[insight]'" in message, message

        with SummaryWriter(tempfile.mkdtemp()) as writer:
            fails(lambda: insight.add_kernels(writer, 3), ["torch"], "add_kernels needs the package torch,")
            fails(lambda: insight.add_gradient_norms(writer, 3), ["torch"], "add_gradient_norms needs the package torch,")
            fails(lambda: insight.add_confusion_matrix(writer, [0], [0]), ["matplotlib"], "needs the package matplotlib,")
            fails(lambda: insight.add_roc_curve(writer, [0, 1], [0, 1]), ["matplotlib"], "needs the package matplotlib,")
            missing.names = ()
            from torch import nn, ones
            layer = nn.Conv2d(1, 1, 1)
            fails(lambda: insight.add_model_summary(writer, layer), ["torchinfo"], "needs the package torchinfo,")
            image = ones(1, 1, 2, 2)
            fails(lambda: insight.add_gradcam(writer, layer, image), ["pytorch_grad_cam"], "needs the package grad-cam,")
            # And what needs neither works without.
            missing.names = ["matplotlib", "torchinfo", "pytorch_grad_cam"]
            assert insight.add_learning_rate(writer, type("O", (), {"param_groups": [{"lr": 1}]})) == {"learning_rate": 1.0}
        """
    )


def test_the_extra_and_the_group_are_the_same():
    tomllib = pytest.importorskip("tomllib", reason="of Python 3.11 on")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extra = project["project"]["optional-dependencies"]["insight"]
    assert extra == project["dependency-groups"]["insight"]
    assert {"include-group": "insight"} in project["dependency-groups"]["test"]


@pytest.mark.parametrize("name", insight.__all__)
def test_the_examples_run(name):
    """Each public function has one in its docstring."""
    function = getattr(insight, name)
    module = importlib.import_module(function.__module__)
    (example,) = [
        one for one in doctest.DocTestFinder().find(module) if one.name.endswith(name)
    ]
    assert example.examples
    assert doctest.DocTestRunner().run(example).failed == 0


def everything(writer):
    """One call of each kind: text and scalars, figures."""
    digits = load_digits()
    images = torch.tensor(digits.images[:4] / 16, dtype=torch.float32)[:, None]
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 10)
    )
    insight.add_model_summary(writer, model, (1, 1, 8, 8), 1)
    insight.add_kernels(writer, model, 1)
    insight.add_activation_stats(writer, model, images, 1)
    insight.add_image_predictions(writer, images, digits.target[:4], model(images), 1)


@pytest.mark.parametrize(
    "kind",
    [
        tensorbolt.SummaryWriter,
        tensorbolt.GlobalSummaryWriter,
        facade.SummaryWriter,
        tensorboardx.SummaryWriter,
        tensorboardx.GlobalSummaryWriter,
        torch_tensorboard.SummaryWriter,
        tensorboardX.SummaryWriter,
    ],
    ids=lambda kind: f"{kind.__module__}.{kind.__name__}",
)
def test_every_writer_will_do(kind, logdir):
    writer = kind(logdir)
    everything(writer)
    writer.close()
    found = {(tag, step) for tag, step, _ in values(logdir)}
    expected = {
        "model/text_summary",
        "model/parameters",
        "kernels/00_0",
        "activations/dead/00_1",
        "predictions",
    }
    assert {(tag, 1) for tag in expected} <= found


def test_steps_count_up_where_the_writer_counts(logdir):
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.5)
    with tensorbolt.GlobalSummaryWriter(logdir) as writer:
        for _ in range(3):
            insight.add_learning_rate(writer, optimizer)
    assert [step for _, step, _ in values(logdir)] == [0, 1, 2]
    with tensorbolt.SummaryWriter(f"{logdir}-auto", auto_step=True) as writer:
        for _ in range(2):
            insight.add_learning_rate(writer, optimizer)
        with writer.use_metadata(global_step=9):
            insight.add_learning_rate(writer, optimizer)
    assert [step for _, step, _ in values(f"{logdir}-auto")] == [0, 1, 9]


def test_wall_times(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        insight.add_confusion_matrix(writer, [0], [0], walltime=1000.5)
        insight.add_roc_curve(writer, [0, 1], [0, 1], walltime=1000.5)
    assert [event.wall_time for event in events(logdir)] == [1000.5] * 3


def test_pyplot_learns_of_no_figure_and_styles_stay():
    """Figures are not pyplot's, so that none is left open, and settings are not touched."""
    before, settings = pyplot.get_fignums(), dict(mpl.rcParams.items())
    with tensorbolt.SummaryWriter(write_to_disk=False) as writer:
        insight.add_kernels(writer, nn.Conv2d(1, 1, 3))
        insight.add_roc_curve(writer, [0, 1], [0, 1])
        insight.add_confusion_matrix(writer, np.arange(3), np.arange(3))
    assert pyplot.get_fignums() == before
    assert dict(mpl.rcParams.items()) == settings


def test_dark_styles_leave_texts_readable(logdir):
    dark = {
        "figure.facecolor": "black",
        "axes.facecolor": "black",
        "text.color": "white",
    }
    with mpl.rc_context(dark), tensorbolt.SummaryWriter(logdir) as writer:
        insight.add_roc_curve(writer, [0, 1], [0, 1])
    (image,) = [pixels(value) for tag, _, value in values(logdir) if tag == "roc_curve"]
    # A corner of the page and one within the axes.
    assert (image[2, 2] == 255).all()
    assert (image[100, 200] == 255).all()
    assert (image[:50] < 100).all(-1).any()
