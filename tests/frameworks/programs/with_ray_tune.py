"""Ray Tune: two trials whose results Ray logs, and which log for themselves in their worker processes."""

import sys
from pathlib import Path

import digits
import numpy as np
import ray
from ray import tune
from ray.tune.logger import TBXLoggerCallback
from torch.nn import functional
from torch.utils.tensorboard import SummaryWriter


def train(config):
    import torch

    model = digits.model()
    optimizer = torch.optim.SGD(model.parameters(), config["lr"])
    images, labels = digits.dataset(64)[:]
    own = SummaryWriter(Path(config["logdir"]) / f"worker {config['lr']}")
    for step in range(3):
        loss = functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        own.add_histogram("weights", model[0].weight, step)
        frames = np.uint8(images[:6].reshape(1, 6, 1, 8, 8) * 255).repeat(3, 2)
        tune.report(
            {
                "loss": loss.item(),
                "nested": {"half": loss.item() / 2},
                "labels": labels.tolist(),
                "image": frames[0, 0],
                "images": frames[0],
                "film": frames,
                "nothing": float("nan"),
                "name": "skipped",
            }
        )
    own.close()


logdir = Path(sys.argv[1]).absolute()
ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
tune.Tuner(
    train,
    param_space={"lr": tune.grid_search([0.1, 0.01]), "logdir": str(logdir)},
    tune_config=tune.TuneConfig(
        trial_name_creator=lambda trial: f"lr {trial.config['lr']}",
        trial_dirname_creator=lambda trial: f"lr {trial.config['lr']}",
    ),
    run_config=tune.RunConfig(
        name="tune",
        storage_path=str(logdir),
        verbose=0,
        callbacks=[TBXLoggerCallback()],
    ),
).fit()
