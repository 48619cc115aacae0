"""The training loop, with what it logs on the way."""

import argparse

import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader
from tqdm import tqdm

from .cost import Timed
from .logs import log_epoch, log_images
from .model import Data, Verdict, evaluate


def train(
    writer: Timed,
    model: nn.Sequential,
    data: Data,
    rate: float,
    options: argparse.Namespace,
) -> tuple[Verdict, int]:
    """Train a model, log on the way; return how well it reads, and the last step."""
    batches = DataLoader(data.training, batch_size=options.batch_size, shuffle=True)
    steps = options.epochs * len(batches)
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=steps)

    step = 0
    with (
        writer.watch(model) as watch,
        tqdm(total=steps, desc=f"learning rate {rate:g}", unit="batch") as bar,
    ):
        # Each parameter and its gradient.
        log_histograms = writer.timed("watch(model).log", watch.log)
        for epoch in range(1, options.epochs + 1):
            losses = []
            for images, labels in batches:
                scores = model(images)
                loss = functional.cross_entropy(scores, labels)
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()

                accuracy = (scores.argmax(1) == labels).float().mean()
                writer.log({"loss": loss, "accuracy": accuracy}, step, prefix="train")
                writer.add_scalar("learning_rate", schedule.get_last_lr()[0], step)

                schedule.step()
                losses.append(loss.item())
                step += 1
                bar.update()

            verdict = evaluate(model, data.validation)
            log_epoch(writer, sum(losses) / len(losses), verdict, step)
            log_histograms(step)
            if epoch % options.images_every == 0 or epoch == options.epochs:
                log_images(writer, model, data.validation, verdict, step)
            bar.set_postfix_str(f"{verdict.accuracy:.1%} of validation read right")
    return verdict, step
