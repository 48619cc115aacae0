"""The handle that logs the parameters and gradients of one model."""

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from tensorbolt import _torch_tensors
from tensorbolt._arguments import check_tag
from tensorbolt._closing import Closing
from tensorbolt.model_state.wrappers import WRAPPED, is_wrapper_class
from tensorbolt.writer._histograms import HistogramMethods

__all__ = ["Watch", "unique_parameters"]


class Watch(Closing):
    """Logs one model; made by `SummaryWriter.watch`. Holds model and writer until it is closed."""

    def __init__(
        self,
        writer: HistogramMethods,
        model: Any,
        parameters: bool,
        gradients: bool,
        head: str,
    ) -> None:
        self._writer = writer
        self._model = model
        self._parameters = parameters
        self._gradients = gradients
        self._head = head

    def log(self, step: Any = None, walltime: float | None = None) -> None:
        """Log a histogram of every parameter and gradient there is now, in one native call.

        Call it between `backward()` and `zero_grad()`. A parameter that several layers share is logged once, under its
        first name. Parameters without elements and gradients that are `None` are left out; those without data (on the
        meta device, or not initialised yet) with one notice. Of sparse tensors the stored values count, summed where
        they share a place; of those spread over several processes, this one's part; those of which each process
        has a summand (`Partial`) are left out with one notice.

        Args:
            step: Step of these histograms.
            walltime: Seconds since the epoch; `None` is now.

        Raises:
            RuntimeError: The handle is closed.
            TypeError: A parameter cannot be read as an array of numbers. Nothing is written then.
        """
        if self._model is None:
            raise RuntimeError(
                "this handle is closed; call watch(model) again to go on"
            )
        seconds = self._writer._wall_time(walltime)
        named = unique_parameters(self._model)
        given = [
            *(self._given("parameters", named) if self._parameters else ()),
            *(self._given("gradients", _gradients(named)) if self._gradients else ()),
        ]
        if self._gradients and not any(True for _ in _gradients(named)):
            self._writer._notices.once(
                f"no gradients {self._head}",
                "watch: no parameter has a gradient; call log() between backward() and zero_grad(), or pass gradients=False",
            )
        self._writer._log_arrays(
            given, step, seconds, f"{self._head}parameters", skips_empty=True
        )

    def close(self) -> None:
        """Release the model. A later `log` raises. May be called again."""
        self._model = None

    def _given(
        self, group: str, named: Iterable[tuple[str, Any]]
    ) -> Iterator[tuple[str, Any, str]]:
        for name, value in named:
            tag = check_tag(f"{self._head}{group}/{name}", "the name of a parameter")
            stored, reason = _stored(value)
            if stored is None:
                self._writer._notices.once(
                    f"no data {tag}", f"watch: {tag!r} {reason} and is left out"
                )
                continue
            yield tag, stored, tag


def unique_parameters(model: Any) -> list[tuple[str, Any]]:
    """Return each parameter once, under its first name, without what wrappers put into it."""
    wrapped = _wrapped_paths(model)
    named: dict[str, Any] = {}
    seen: set[int] = set()
    for name, value in model.named_parameters():
        if id(value) not in seen:
            seen.add(id(value))
            clean = _clean(str(name), wrapped)
            # Two names that differ only in the wrappers' parts stay unchanged.
            named[str(name) if clean in named else clean] = value
    return list(named.items())


def _wrapped_paths(model: Any) -> set[str]:
    """Return the paths at which `module` is a wrapper's attribute, and not a name of the user's."""
    modules = getattr(model, "named_modules", None)
    if not callable(modules):
        return set()
    layers = list(modules())
    # A model has many layers of few classes.
    kinds = {type(layer) for _, layer in layers}
    wrappers = {kind for kind in kinds if is_wrapper_class(kind)}
    if not wrappers:
        return set()
    return {
        f"{path}.module" if path else "module"
        for path, layer in layers
        if type(layer) in wrappers
    }


def _clean(name: str, wrapped: set[str]) -> str:
    parts = name.split(".")
    if not wrapped and WRAPPED.isdisjoint(parts):
        return name
    return ".".join(
        part
        for place, part in enumerate(parts, 1)
        if part not in WRAPPED and ".".join(parts[:place]) not in wrapped
    )


def _gradients(named: list[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    for name, value in named:
        gradient = getattr(value, "grad", None)
        if gradient is not None:
            yield name, gradient


def _stored(value: Any) -> tuple[Any, str]:
    """Return the tensor that holds the values in this process; `None` and the reason if there are none."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(value, torch.Tensor):
        return value, ""
    if _is_ordinary(value, torch):
        return value, ""
    with _torch_tensors.without_torch_function(torch):
        if torch.nn.parameter.is_lazy(value) or value.is_meta:
            return None, "has no data yet (meta device or lazy layer)"
        if any(one.is_partial() for one in getattr(value, "placements", ())):
            return (
                None,
                "is a sum of which this process has one summand (Partial); redistribute it",
            )
        return _here(value, torch), ""


def _is_ordinary(value: Any, torch: Any) -> bool:
    """Whether a tensor is a dense one with data, as nearly all are: all other questions take as long as its histogram."""
    return (
        _torch_tensors.is_own(value, torch)
        and value.layout is torch.strided
        and not value.is_meta
        and "_is_flat_param" not in value.__dict__
    )


def _here(value: Any, torch: Any) -> Any:
    """Return the part of a tensor that this process holds."""
    if hasattr(type(value), "to_local"):
        return value.detach().to_local()
    if value.layout == torch.sparse_coo:
        return value.detach().coalesce().values()
    if "sparse" in str(value.layout) or "jagged" in str(value.layout):
        return value.detach().values()
    return value.detach() if hasattr(value, "_is_flat_param") else value
