"""The layer whose class activation maps are most useful."""

from typing import Any

from tensorbolt.insight._layer_outputs import called, watched
from tensorbolt.insight._model_state import unchanged
from tensorbolt.insight._tokens import last_block

_PASSING = ("Pool", "Dropout", "Identity", "Flatten", "Permute", "Upsample")
"""Parts of names of layers that add nothing to their input, or blur it."""


def cam_layer(model: Any, given: Any) -> tuple[str, Any]:
    """Return the last layer that outputs maps of more than one place, with its name.

    That is the output of the last stage of the usual convolutional networks, such as `layer4` of a ResNet; of vision
    transformers of torchvision, the first normalisation of the last block.

    Raises:
        ValueError: There is none.
    """
    named = list(model.named_modules())
    block = last_block(model)
    if block is not None:
        name = next(name for name, module in named if module is block)
        return name, block
    found: list[tuple[str, Any]] = []

    def note(name: str, module: Any, value: Any) -> None:
        maps = value.ndim == 4  # noqa: PLR2004 - N, C, H and W
        if maps and value.shape[2] * value.shape[3] > 1:
            found.append((name, module))

    making = [
        (name, module)
        for name, module in named
        if not any(part in type(module).__name__ for part in _PASSING)
    ]
    with unchanged(model, given), watched(making, note):
        called(model, given)
    # The model itself may output maps, as for segmentation; the layer before it computes them.
    layers = [pair for pair in found if pair[1] is not model]
    if not layers:
        raise ValueError(
            "no layer of the model outputs N×C×H×W maps of more than one place for this input; pass layer, and "
            "reshape_transform for a transformer, or a larger image"
        )
    return layers[-1]
