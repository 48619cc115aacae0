"""The graph of a model, and what to do if `input_to_model` is a problem.

`add_graph` runs the model with the input and puts it back as it was. Any input with the right shape on
the model's device works, such as random numbers. TensorBoard shows one graph for each run.

Look at Graphs: choose a run, double-click a box to open it, choose "Fit to screen".

* resnet: one tensor is one argument.
* two inputs: a tuple holds several arguments.
* by name: a dict holds arguments by name.
* dict out: a model that returns a dict needs `use_strict_trace=False`.
* two models: with tags, several models are boxes in one graph.
* no input: without an input there are no shapes, but the layers and their order.
* wrong input: the error repeats the model's own error, and nothing is written.
"""

import argparse
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from torchvision.models import resnet18

from tensorbolt import SummaryWriter


class TwoInputs(nn.Module):  # type: ignore[misc]
    """Judges an image together with numbers about it."""

    def __init__(self) -> None:
        super().__init__()
        self.see = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten())
        self.judge = nn.Linear(8 * 6 * 6 + 2, 10)

    def forward(self, picture: Tensor, about: Tensor) -> Tensor:
        """Return scores (N, 10) for images (N, 1, 8, 8) and numbers (N, 2)."""
        scores: Tensor = self.judge(torch.cat([self.see(picture), about], dim=1))
        return scores


class DictOut(nn.Module):  # type: ignore[misc]
    """Returns its results by name, as many models of libraries do."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Linear(64, 32)
        self.scores = nn.Linear(32, 10)

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        """Return scores and features for pixels (N, 64)."""
        features = self.body(pixels).relu()
        return {"scores": self.scores(features), "features": features}


def main() -> None:
    """Log a graph for each case."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    now = time.strftime("%Y-%m-%d_%H-%M-%S")
    parser.add_argument("--logdir", type=Path, default=Path("runs/graph", now))
    logdir = parser.parse_args().logdir

    picture, about, pixels = torch.rand(1, 1, 8, 8), torch.rand(1, 2), torch.rand(1, 64)
    with SummaryWriter(logdir / "resnet") as writer:
        writer.add_graph(resnet18(), torch.rand(1, 3, 64, 64))
    with SummaryWriter(logdir / "two inputs") as writer:
        writer.add_graph(TwoInputs(), (picture, about))
    with SummaryWriter(logdir / "by name") as writer:
        writer.add_graph(TwoInputs(), {"about": about, "picture": picture})
    with SummaryWriter(logdir / "dict out") as writer:
        writer.add_graph(DictOut(), pixels, use_strict_trace=False)
    with SummaryWriter(logdir / "two models") as writer:
        # TensorBoard shows one graph of a run; tags make a box of each model in it.
        writer.add_graph(resnet18(), torch.rand(1, 3, 64, 64), tag="teacher")
        writer.add_graph(DictOut(), pixels, use_strict_trace=False, tag="student")
    with SummaryWriter(logdir / "no input") as writer:
        writer.add_graph(TwoInputs())
    with SummaryWriter(logdir / "wrong input") as writer:
        try:
            writer.add_graph(DictOut(), torch.rand(1, 63))
        except RuntimeError as error:
            # Training need not end for a missing graph.
            print(f"No graph: {error}")
            writer.add_text("no graph", str(error))
    print(f"Look at it: tensorboard --logdir {logdir}")


if __name__ == "__main__":
    main()
