"""`TorchVis`, which passes each call on to several writers."""

from collections.abc import Callable
from typing import Any

from tensorbolt.compat.tensorboardx.writer import SummaryWriter

__all__ = ["SummaryWriter", "TorchVis", "vis_formats"]

vis_formats: dict[str, Callable[..., Any]] = {"tensorboard": SummaryWriter}


class TorchVis:
    """Passes every call on to its writers.

    Args:
        formats: Names of writers; `"tensorboard"` if there is none. Others have to be in `vis_formats`.
        init_kwargs: From name to a dict of arguments for the writer.

    Raises:
        ValueError: There is no such format.
    """

    def __init__(self, *formats: str, **init_kwargs: dict[str, Any]) -> None:
        self.subscribers: dict[str, Any] = {}
        self.register(*formats, **init_kwargs)

    def register(self, *formats: str, **init_kwargs: dict[str, Any]) -> None:
        """Add writers that are not there yet; see the class."""
        names = formats or ("tensorboard",)
        for name in names:
            if name not in vis_formats:
                raise ValueError(
                    f"format must be one of {sorted(vis_formats)}, not {name!r}; Visdom is not supported"
                )
        for name in names:
            if name not in self.subscribers:
                self.subscribers[name] = vis_formats[name](**init_kwargs.get(name, {}))

    def unregister(self, *formats: str) -> None:
        """Close and remove writers."""
        for name in formats:
            self.subscribers.pop(name).close()

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Return a function that calls the method `name` of all writers."""
        writers = list(self.__dict__.get("subscribers", {}).values())
        methods = [getattr(writer, name, None) for writer in writers]
        found = [method for method in methods if callable(method)]
        if not found:
            raise AttributeError(f"no writer of this TorchVis has a method {name!r}")

        def call(*arguments: Any, **keywords: Any) -> None:
            for method in found:
                method(*arguments, **keywords)

        return call
