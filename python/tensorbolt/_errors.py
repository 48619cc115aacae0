"""Exceptions for which one built-in type is not enough."""


class ShapeError(ValueError, AssertionError):
    """An array has the wrong rank, size or axis order.

    It is a `ValueError` because a value is wrong, and an `AssertionError` because that is what
    `torch.utils.tensorboard` and `tensorboardX` raise and what scripts written for them catch.
    """


class NoArrayError(TypeError, NotImplementedError):
    """An object cannot be read as an array.

    It is a `TypeError` because the type is wrong, and a `NotImplementedError` because that is what `make_np` of
    `torch.utils.tensorboard` and `tensorboardX` raises.
    """
