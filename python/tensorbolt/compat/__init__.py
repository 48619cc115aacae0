"""Modules with the names and signatures of `torch.utils.tensorboard` and `tensorboardX`."""
