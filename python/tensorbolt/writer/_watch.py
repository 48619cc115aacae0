"""The method that watches a model; the handle that it returns is in `_watched_model`."""

from typing import TYPE_CHECKING, Any

from tensorbolt._arguments import check_tag
from tensorbolt.writer._histograms import HistogramMethods

if TYPE_CHECKING:
    from tensorbolt.writer._watched_model import Watch

__all__ = ["WatchMethods"]


class WatchMethods(HistogramMethods):
    """The method that watches a model."""

    def watch(
        self,
        model: Any,
        parameters: bool = True,
        gradients: bool = True,
        prefix: str = "",
    ) -> "Watch":
        """Get a handle that logs histograms of a model's parameters and gradients.

        Nothing is logged until its `log`, and nothing is hooked into the model. Tags are `parameters/<name>` and
        `gradients/<name>`, without what `torch.compile`, FSDP, DDP and `DataParallel` put into names.

        Args:
            model: A `torch.nn.Module`, or anything else whose `named_parameters()` gives pairs of name and array.
            parameters: Whether to log parameters.
            gradients: Whether to log their `grad`.
            prefix: Put before every tag, joined with `/`.

        Raises:
            TypeError: `model` has no `named_parameters()`, or `prefix` is no `str`.
            ValueError: Neither parameters nor gradients are wanted.

        Example:
            >>> import tempfile
            >>> import torch
            >>> from tensorbolt import SummaryWriter
            >>> model = torch.nn.Linear(2, 1)
            >>> with SummaryWriter(tempfile.mkdtemp()) as writer, writer.watch(model) as watch:
            ...     for step in range(3):
            ...         model.zero_grad()
            ...         model(torch.ones(2)).backward()
            ...         watch.log(step)
        """
        if not callable(getattr(model, "named_parameters", None)):
            raise TypeError(
                f"model must have named_parameters(), as a torch.nn.Module has, not {type(model).__name__}"
            )
        if not (parameters or gradients):
            raise ValueError(
                "parameters and gradients are both False, so there is nothing to watch; pass at least one as True"
            )
        head = check_tag(prefix, "prefix")
        head = f"{head}/" if head and not head.endswith("/") else head
        # Imported here: most programs need none of it.
        from tensorbolt.writer._watched_model import Watch

        return Watch(self, model, bool(parameters), bool(gradients), head)
