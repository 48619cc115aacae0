"""Ignite's `TensorboardLogger` with all of its handlers."""

import sys

import digits
import torch
from ignite.engine import Events, create_supervised_evaluator, create_supervised_trainer
from ignite.handlers.tensorboard_logger import (
    GradsHistHandler,
    GradsScalarHandler,
    TensorboardLogger,
    WeightsHistHandler,
    WeightsScalarHandler,
    global_step_from_engine,
)
from ignite.metrics import Accuracy, Loss, Recall
from torch import nn
from torch.utils.data import DataLoader

torch.manual_seed(0)
data, model, criterion = digits.dataset(), digits.model(), nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
trainer = create_supervised_trainer(model, optimizer, criterion)
metrics = {"loss": Loss(criterion), "accuracy": Accuracy(), "recall": Recall()}
evaluator = create_supervised_evaluator(model, metrics)
each, epoch = Events.ITERATION_COMPLETED, Events.EPOCH_COMPLETED
trainer.add_event_handler(epoch, lambda: evaluator.run(DataLoader(data, 128)))

with TensorboardLogger(log_dir=sys.argv[1]) as logger:
    logger.attach_output_handler(
        trainer, each, "training", output_transform=lambda loss: {"loss": loss}
    )
    logger.attach_output_handler(
        evaluator, epoch, "validation", "all", None, global_step_from_engine(trainer)
    )
    logger.attach_opt_params_handler(trainer, each, optimizer)
    for handler in (
        WeightsScalarHandler(model),
        WeightsHistHandler(model),
        GradsScalarHandler(model, reduction=torch.norm),
        GradsHistHandler(model, tag="gradients"),
    ):
        logger.attach(trainer, handler, Events.ITERATION_COMPLETED(every=4))
    trainer.run(DataLoader(data, 64, shuffle=True), max_epochs=2)
    logger.writer.add_graph(model, torch.zeros(1, 64))
