"""DeepSpeed's engine, on one process without a GPU, with its TensorBoard monitor."""

import os
import sys

import deepspeed
import digits
import torch
from torch.nn import functional
from torch.utils.data import DataLoader

# Kernels for several processes on one machine, which would be compiled for minutes.
deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False
os.environ["LOCAL_RANK"] = "0"
store = torch.distributed.HashStore()
torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
model = digits.model()
engine, *_ = deepspeed.initialize(
    model=model,
    optimizer=torch.optim.SGD(model.parameters(), 0.1),
    dist_init_required=False,
    config={
        "train_micro_batch_size_per_gpu": 64,
        "gradient_accumulation_steps": 2,
        "zero_allow_untested_optimizer": True,
        "tensorboard": {
            "enabled": True,
            "output_path": sys.argv[1],
            "job_name": "digits",
        },
    },
)
for _ in range(2):
    for images, labels in DataLoader(digits.dataset(), 64):
        loss = functional.cross_entropy(engine(images), labels)
        engine.backward(loss)
        engine.step()
