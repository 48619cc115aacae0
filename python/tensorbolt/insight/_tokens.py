"""From the tokens of vision transformers back to images."""

import sys
from collections.abc import Callable
from typing import Any

from tensorbolt.insight._kernels import is_convolution


def transform_of(model: Any, module: Any) -> Callable[[Any], Any] | None:
    """Return a function from a layer's output to N×C×H×W, if the model is a vision transformer of torchvision.

    Args:
        model: A `torch.nn.Module`.
        module: One of its layers.

    Returns:
        A function of a tensor, or `None` if the output needs no change, or the model is none of those.
    """
    if _is("vision_transformer", "VisionTransformer", model):
        side = model.image_size // model.patch_size

        def without_class_token(value: Any) -> Any:
            # All of N × tokens × channels, the first token being that of the class.
            if value.ndim != 3 or value.shape[1] != 1 + side * side:  # noqa: PLR2004 - axes
                return value
            return value[:, 1:].unflatten(1, (side, side)).permute(0, 3, 1, 2)

        return without_class_token
    if _is("swin_transformer", "SwinTransformer", model):
        inside = {*model.features.modules(), model.norm} - {model.features[0][0]}
        if module in inside and not is_convolution(module):
            return channels_first
    return None


def last_block(model: Any) -> Any:
    """Return the layer of torchvision's vision transformers with the most useful maps; `None` for other models.

    It is the first normalisation of the last block: behind it, only the class token has a say.
    """
    if _is("vision_transformer", "VisionTransformer", model):
        return model.encoder.layers[-1].ln_1
    if _is("swin_transformer", "SwinTransformer", model):
        return model.features[-1][-1].norm1
    return None


def channels_first(value: Any) -> Any:
    """Return N×H×W×C as N×C×H×W; of another rank, the value itself."""
    return value.permute(0, 3, 1, 2) if value.ndim == 4 else value  # noqa: PLR2004 - axes


def _is(module: str, name: str, model: Any) -> bool:
    # A program that has such a model has imported its module.
    models = sys.modules.get(f"torchvision.models.{module}")
    return models is not None and isinstance(model, getattr(models, name))
