"""Megatron: the calls of its training loop, which itself needs a GPU, with megatron-core's tracking of experts."""

import argparse
import sys

import digits
import torch
from megatron.core import parallel_state
from megatron.core.timers import SummaryWriter as KnownToTimers
from megatron.core.transformer.moe.moe_utils import (
    save_to_aux_losses_tracker,
    track_moe_metrics,
)
from torch.nn import functional
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

arguments = argparse.Namespace(lr=0.1, num_layers=2, rope_scaling=None, fp16=False)
store = torch.distributed.HashStore()
torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
parallel_state.initialize_model_parallel()

model = digits.model()
optimizer = torch.optim.SGD(model.parameters(), arguments.lr)
writer = SummaryWriter(log_dir=sys.argv[1], max_queue=1000)
# Its timers write only to what they know.
assert isinstance(writer, KnownToTimers)
for name in vars(arguments):
    writer.add_text(name, str(getattr(arguments, name)), global_step=0)
samples = 0
for iteration, (images, labels) in enumerate(DataLoader(digits.dataset(), 64), 1):
    loss = functional.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    samples += len(labels)
    writer.add_scalar("learning-rate", arguments.lr, iteration)
    writer.add_scalar("learning-rate vs samples", arguments.lr, samples)
    writer.add_scalar("batch-size", len(labels), iteration)
    writer.add_scalar("lm loss", loss.detach(), iteration)
    writer.add_scalar("lm loss vs samples", loss.detach(), samples)
    writer.add_scalar("grad-norm", model[0].weight.grad.norm().item(), iteration)
    for layer in range(arguments.num_layers):
        save_to_aux_losses_tracker(
            "load_balancing_loss", loss / (layer + 1), layer + 1, 2
        )
    track_moe_metrics(
        0.5, iteration, writer, per_layer_logging=True, num_layers=arguments.num_layers
    )
    writer.flush()
writer.close()
