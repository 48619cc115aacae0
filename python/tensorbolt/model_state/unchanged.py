"""The block in which a model runs without a trace."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from tensorbolt.model_state.attributes import Attributes
from tensorbolt.model_state.process import same_process
from tensorbolt.model_state.tensors import Tensors

__all__ = ["ModelState", "unchanged"]


class ModelState:
    """The state of models and of the values they are called with, as it was when this object was made.

    Python attributes are copied, one level at a time; tensors are not. `observed` copies a tensor when an operator is
    about to write to it, so that a model whose `forward` changes nothing costs no memory.
    """

    def __init__(self, torch: Any, roots: tuple[Any, ...], evaluate: bool) -> None:
        self._attributes = Attributes(torch, roots)
        self._tensors = Tensors(torch, self._attributes.tensors)
        self._names = {
            id(value): name
            for root in roots
            if isinstance(root, torch.nn.Module)
            for named in (root.named_buffers(), root.named_parameters())
            for name, value in named
        }
        self._evaluated = (
            roots[0] if evaluate and isinstance(roots[0], torch.nn.Module) else None
        )

    def observed(self) -> Any:
        """Return a context manager: what is written to in its block, in this thread, is copied first.

        `torch.jit.trace` cannot run in such a block. Run the model in one before it, with the same values.
        """
        return self._tensors.observed()

    def copy_all(self) -> None:
        """Copy all tensors, for a model that does not run in `observed`."""
        self._tensors.copy_all()

    def start(self) -> None:
        """Put everything back, and set evaluation mode. May be called several times."""
        self.restore()
        if self._evaluated is not None:
            _evaluate(self._evaluated)

    def restore(self) -> None:
        """Put back attributes, and tensors that were copied. May be called several times."""
        self._attributes.restore()
        self._tensors.restore()

    def lost(self) -> list[str]:
        """Return names of tensors that were changed by code that no operator reports, and are not as they were."""
        return [
            self._names.get(id(tensor), "an attribute")
            for tensor in self._tensors.lost()
        ]


@contextmanager
def unchanged(model: Any, *values: Any, evaluate: bool = True) -> Iterator[ModelState]:
    """Run a block with a model in evaluation mode, and put everything back afterwards, also when the block raises.

    These are, of the model, of what its functions refer to, and of the values it is called with: Python attributes,
    also in lists, dicts, sets, arrays and objects of the model's own packages; layers, hooks, parameters and buffers,
    and which there are; their contents, as far as the block runs the model in `ModelState.observed`; `grad` and
    `requires_grad`; and the states of random generators. Of the process: see `same_process`.

    Args:
        model: A `torch.nn.Module`, or a function that calls some.
        values: What the model is called with; tensors in containers are found.
        evaluate: Whether the layers are in evaluation mode within the block. Their `train` is not called, as some
            classes do more there than to set a mode; nor does a call of the model's own `eval` or `train` do anything.

    Warns:
        RuntimeWarning: Tensors were changed by code that no operator reports, such as a CUDA kernel of the model's own,
            and could not be put back.
    """
    torch: Any = sys.modules["torch"]
    with ExitStack() as stack:
        stack.enter_context(same_process(torch))
        state = ModelState(torch, (model, *values), evaluate)
        stack.callback(_restore, state)
        state.start()
        yield state


def _evaluate(model: Any) -> None:
    """Set the mode of each layer. Flags and methods are put back with all attributes."""
    for module in model.modules():
        # Frozen scripted modules have no mode.
        if getattr(module, "training", False):
            module.training = False

    def keep_mode(*_args: Any, **_kwargs: Any) -> Any:
        return model

    if not hasattr(model, "_c"):
        model.__dict__["eval"] = model.__dict__["train"] = keep_mode


def _restore(state: ModelState) -> None:
    state.restore()
    lost = state.lost()
    if lost:
        warnings.warn(
            f"looking at the model changed {len(lost)} of its tensors, such as {lost[0]!r}, by code that PyTorch's "
            "operators do not report; they could not be put back. Look at a copy of such a model",
            RuntimeWarning,
            stacklevel=2,
        )
