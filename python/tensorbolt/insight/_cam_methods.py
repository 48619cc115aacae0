"""The methods of pytorch-grad-cam by name, and running one."""

from collections.abc import Callable
from typing import Any

from tensorbolt.insight._model_state import unchanged
from tensorbolt.insight._requires import load

METHODS = {
    "ablationcam": "AblationCAM",
    "eigencam": "EigenCAM",
    "eigengradcam": "EigenGradCAM",
    "fem": "FEM",
    "fullgrad": "FullGrad",
    "gradcam": "GradCAM",
    "gradcam++": "GradCAMPlusPlus",
    "gradcamelementwise": "GradCAMElementWise",
    "hirescam": "HiResCAM",
    "kpcacam": "KPCA_CAM",
    "layercam": "LayerCAM",
    "randomcam": "RandomCAM",
    "scorecam": "ScoreCAM",
    "shapleycam": "ShapleyCAM",
    "xgradcam": "XGradCAM",
}
"""From a method's name in small letters to its class in pytorch-grad-cam."""

EVERYWHERE = "FullGrad"
"""The method that looks at all layers, and takes none."""


def method_class(method: Any, caller: str) -> Any:
    """Return the class of a method.

    Args:
        method: A name, in any case, with or without `-` and `_`; or the class itself.
        caller: The function that needs it, for error texts.

    Raises:
        ImportError: The package grad-cam is missing.
        TypeError: It is neither.
        ValueError: There is none of that name.
    """
    package = load("pytorch_grad_cam", caller)
    if isinstance(method, type) and issubclass(
        method, load("pytorch_grad_cam.base_cam", caller).BaseCAM
    ):
        return method
    if not isinstance(method, str):
        raise TypeError(
            f"method must be a name such as 'gradcam' or a class of pytorch_grad_cam, not {type(method).__name__}"
        )
    plain = method.lower().replace("-", "").replace("_", "").replace("plusplus", "++")
    if plain not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    return getattr(package, METHODS[plain])


def activation_maps(
    kind: Any,
    model: Any,
    given: Any,
    layers: list[Any],
    targets: list[Callable[[Any], Any]],
    transform: Callable[[Any], Any] | None,
) -> Any:
    """Return class activation maps as N×H×W numbers from 0 to 1, of the size of the images.

    Args:
        kind: A class of pytorch-grad-cam.
        model: A `torch.nn.Module`; afterwards it is as before.
        given: N×C×H×W images on the model's device.
        layers: Modules, over whose maps the mean is taken.
        targets: Of each image a function from the model's output to the number that is explained.
        transform: Turns the layers' outputs into N×C×H×W; `None` leaves them.
    """
    import torch

    class Scores(torch.nn.Module):  # type: ignore[misc,unused-ignore]
        """The model, with its scores alone."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *inputs: Any) -> Any:
            """Return the scores, out of the mappings of models of Hugging Face and of segmentation."""
            output = self.model(*inputs)
            for name in ("logits", "out"):
                if hasattr(output, "keys") and name in output.keys():  # noqa: SIM118 - not all are iterable
                    return output[name]
            return output

    with unchanged(model, given, gradients=True):
        everywhere = kind.__name__ == EVERYWHERE
        cam = kind(Scores(), [] if everywhere else layers, reshape_transform=transform)
        try:
            # Not as a context manager, which swallows every IndexError.
            return cam(input_tensor=given, targets=targets)
        finally:
            # Releasing would detach them in place, which those of ShapleyCAM, being views, refuse.
            cam.activations_and_grads.activations = []
            cam.activations_and_grads.gradients = []
            cam.activations_and_grads.release()
