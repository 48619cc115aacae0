"""Following a model: `torch.jit.trace` as it is, then with flattened inputs and outputs, then `torch.export`."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tensorbolt.model_state.unchanged import ModelState, unchanged
from tensorbolt.model_state.wrappers import check_whole, eager, unwrapped
from tensorbolt.writer.graphs import fx, jit
from tensorbolt.writer.graphs.calls import Call, calls
from tensorbolt.writer.graphs.flatten import MODEL, flattened
from tensorbolt.writer.graphs.node import Node

__all__ = ["nodes"]


def nodes(
    model: Any, given: Any, verbose: bool, strict: bool
) -> tuple[list[Node], str | None]:
    """Return the nodes of a model, and a notice if they are not those of `torch.jit.trace`.

    Args:
        model: A module, a scripted module or function, or a function of tensors.
        given: What `add_graph` was given as `input_to_model`.
        verbose: Whether to print the graph.
        strict: Whether `torch.jit.trace` refuses results that are lists or dicts.

    Raises:
        TypeError: `model` is no such thing, or cannot be called like this.
        ValueError: The model raised one.
        RuntimeError: The model raised another error, or cannot be followed.
    """
    torch = sys.modules.get("torch")
    if torch is None or not (isinstance(model, torch.nn.Module) or callable(model)):
        raise TypeError(
            f"model must be a torch.nn.Module, not {type(model).__name__}; for models in files there are "
            "add_onnx_graph and add_openvino_graph"
        )
    if isinstance(model, type):
        raise TypeError(
            f"model must be a torch.nn.Module, not a class of them; pass {model.__name__}(...)"
        )
    builder = _GraphBuilder(torch, unwrapped(model), verbose, strict)
    if isinstance(builder.model, (torch.jit.ScriptModule, torch.jit.ScriptFunction)):
        return builder.scripted(), builder.notice
    if builder.is_module:
        check_whole(builder.model, "add_graph")
    with _quiet():
        found = builder.without_input() if given is None else builder.with_input(given)
    return found, builder.notice


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide warnings: that tracing is deprecated, and that a trace may not fit other inputs, do not matter for a graph."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class _GraphBuilder:
    """One model, and the ways to follow it."""

    def __init__(self, torch: Any, model: Any, verbose: bool, strict: bool) -> None:
        self.torch = torch
        self.model = model
        self.verbose = verbose
        self.strict = strict
        self.notice: str | None = None
        self.is_module = isinstance(model, torch.nn.Module)
        self.name = type(model).__name__ if self.is_module else _function_name(model)

    def scripted(self) -> list[Node]:
        """Return the nodes of what is a graph already; it knows no shapes."""
        graph = self.model.graph.copy()
        self.torch._C._jit_pass_inline(graph)
        root = jit.class_name(self.model) if self.is_module else self.name
        return jit.nodes(self._print_if_verbose(graph), self.model, root)

    def without_input(self) -> list[Node]:
        """Return the nodes of a model without inputs, as far as they can be known: no shapes, built-in layers whole."""
        try:
            with unchanged(self.model) as state, state.observed():
                graph = fx.symbolic(self.torch, self.model)
        except Exception as error:
            raise RuntimeError(
                f"input_to_model is None, and without it {self.name} cannot be followed ({_line(error)}); "
                "pass an input of the model"
            ) from error
        self.notice = "add_graph: without input_to_model the graph is that of torch.fx, which knows no shapes"
        return fx.nodes(self._print_if_verbose(graph), self.model, self.name)

    def with_input(self, given: Any) -> list[Node]:
        """Return the nodes of a model called with what was given."""
        ways = calls(self.model, given)
        with self._initialised(ways), unchanged(self.model, *ways) as state:
            self._observe(ways, state)
            return self._followed(ways, state)

    @contextmanager
    def _initialised(self, ways: list[Call]) -> Iterator[None]:
        """Give lazy layers their parameters within a block: no trace takes a layer without."""
        values = (
            [*self.model.parameters(), *self.model.buffers()] if self.is_module else []
        )
        if not any(map(self.torch.nn.parameter.is_lazy, values)):
            yield
            return
        with unchanged(self.model, *ways) as state:
            with state.observed():
                self._checked(ways)
            yield

    def _observe(self, ways: list[Call], state: ModelState) -> None:
        """Run the model so that what it writes to is copied. A trace cannot be observed while it is made."""
        for call in ways:
            try:
                with state.observed(), eager(self.model):
                    self.model(*call.arguments, **call.keywords)
            except Exception:  # noqa: PERF203 - not like this, or not while observed; traces show which
                state.start()
            else:
                state.start()
                return
        # As far as there is memory: a model that fails by itself has been observed up to there.
        with suppress(MemoryError, RuntimeError):
            state.copy_all()

    def _followed(self, ways: list[Call], state: ModelState) -> list[Node]:
        failures: list[Exception] = []
        for call in ways:
            if not call.keywords:
                try:
                    return self._traced(call)
                except Exception as error:
                    state.start()
                    self._check_worth_going_on(error)
                    failures.append(error)
            try:
                found = self._flattened(call)
            except Exception as error:
                state.start()
                self._check_worth_going_on(error)
                failures.append(error)
                continue
            if not call.keywords:
                self.notice = (
                    "add_graph: torch.jit.trace does not take the model's inputs or outputs as they are; the graph "
                    f"shows the tensors in them ({_line(failures[-1])})"
                )
            return found
        call = self._checked(ways)
        state.start()
        return self._exported(call, failures[0])

    def _traced(self, call: Call) -> list[Node]:
        traced = self._trace(self.model, call.arguments)
        graph = traced.graph
        root = jit.class_name(traced) if self.is_module else self.name
        return jit.nodes(self._print_if_verbose(graph), traced, root)

    def _flattened(self, call: Call) -> list[Node]:
        """Trace a wrapper that has tensors as its arguments and results, whatever is around them."""
        model, named = flattened(self.torch, self.model, call)
        traced = self._trace(model, tuple(named.values()))
        graph = traced.graph
        for value, name in zip(list(graph.inputs())[1:], named, strict=True):
            value.setDebugName(name)
        below = f"{jit.ROOT}.{MODEL}"
        return jit.nodes(self._print_if_verbose(graph), traced, self.name, below)

    def _trace(self, model: Any, arguments: tuple[Any, ...]) -> Any:
        with eager(self.model):
            traced = self.torch.jit.trace(
                model, arguments, strict=self.strict, check_trace=False
            )
        self.torch._C._jit_pass_inline(traced.graph)
        return traced

    def _checked(self, ways: list[Call]) -> Call:
        """Return the way in which the model runs; if there is none, say what it said."""
        failures: list[Exception] = []
        for call in ways:
            try:
                with self.torch.no_grad():
                    self.model(*call.arguments, **call.keywords)
            except Exception as error:  # noqa: PERF203 - whatever the model raises, it may run in another way
                failures.append(error)
            else:
                return call
        cause = failures[0]
        known = [kind for kind in (TypeError, ValueError) if isinstance(cause, kind)]
        raise (*known, RuntimeError)[0](
            f"{self.name} does not run with this input_to_model: {cause}; no graph is written. "
            "Pass inputs that the model takes, a tuple for several"
        ) from cause

    def _exported(self, call: Call, failure: Exception) -> list[Node]:
        try:
            program = fx.exported(
                self.torch, self.model, call.arguments, dict(call.keywords)
            )
        except Exception as error:
            raise RuntimeError(
                f"{self.name} runs, but neither torch.jit.trace ({_line(failure)}) nor torch.export ({_line(error)}) "
                "can follow it; no graph is written. Pass a part of the model, or torch.jit.script(model)"
            ) from failure
        self.notice = f"add_graph: torch.jit.trace cannot follow the model ({_line(failure)}); the graph is that of torch.export"
        return fx.nodes(
            self._print_if_verbose(program.graph),
            self.model,
            self.name,
            fx.parameters(program),
        )

    def _check_worth_going_on(self, error: Exception) -> None:
        """Raise what no other way can do better at."""
        if isinstance(error, (MemoryError, self.torch.cuda.OutOfMemoryError)):
            raise error
        if self.strict and "strict=False" in str(error):
            raise RuntimeError(
                f"{self.name} returns a list or dict, which a strict trace refuses; no graph is written. "
                "Pass use_strict_trace=False"
            ) from error

    def _print_if_verbose(self, graph: Any) -> Any:
        if self.verbose:
            print(graph)
        return graph


def _function_name(function: Any) -> str:
    for attribute in ("qualified_name", "__name__"):
        name = getattr(function, attribute, None)
        if isinstance(name, str):
            return name.rpartition(".")[2]
    return type(function).__name__


def _line(error: Exception) -> str:
    """Return the first line of an error's text, cut to what fits a notice."""
    text = next((line for line in str(error).splitlines() if line.strip()), "")
    text = text.strip() or type(error).__name__
    return text if len(text) <= 200 else text[:197] + "..."  # noqa: PLR2004
