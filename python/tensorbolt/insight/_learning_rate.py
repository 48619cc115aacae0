"""Learning rates of optimizers and schedulers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tensorbolt._arguments import mapping_of
from tensorbolt._arrays import number
from tensorbolt.insight._writing import open_writer, write_scalars


def add_learning_rate(
    writer: Any,
    optimizer: Any,
    step: Any = None,
    *,
    tag: str = "learning_rate",
    walltime: float | None = None,
) -> dict[str, float]:
    """Log the learning rates that the next step of one or several optimizers takes.

    Args:
        writer: A writer of tensorbolt.
        optimizer: A `torch.optim.Optimizer`, a scheduler, a list of them, or a mapping from names to them. Anything
            else whose `param_groups`, or those of its `optimizer`, are mappings with a number `"lr"` will do.
        step: Step of these scalars.
        tag: Of one optimizer with one group of parameters the tag itself. Several groups are `<tag>/<group>`, by their
            `"name"` if they have one, else by number; several optimizers `<tag>/<name>` and `<tag>/<name>/<group>`, by
            the mapping's names or by their class.
        walltime: Seconds since the epoch; `None` is now.

    Returns:
        The rates, by tag.

    Raises:
        TypeError: `optimizer` is none, or a rate no number.
        ValueError: There is none, or a group has no learning rate.

    Example:
        >>> import tempfile, torch
        >>> from tensorbolt import SummaryWriter, insight
        >>> optimizer = torch.optim.SGD(torch.nn.Linear(2, 1).parameters(), lr=0.5)
        >>> with SummaryWriter(tempfile.mkdtemp()) as writer:
        ...     insight.add_learning_rate(writer, optimizer, step=0)
        {'learning_rate': 0.5}
    """
    writer, tag = open_writer(writer, tag)
    rates: dict[str, float] = {}
    for name, one in _named(optimizer):
        head = f"{tag}/{name}" if name else tag
        groups = _groups(one)
        for place, group in enumerate(groups):
            if "lr" not in group:
                raise ValueError(
                    f"optimizer has a group of parameters without 'lr', only with {', '.join(map(repr, group))}"
                )
            own = group.get("name", place)
            full = f"{head}/{own}" if len(groups) > 1 else head
            if full in rates:
                full = f"{head}/{own}_{place}"
            rates[full] = number(group["lr"], "the learning rate")
    return write_scalars(writer, rates, step, walltime)


def _named(optimizer: Any) -> list[tuple[str, Any]]:
    """Return optimizers with the names that distinguish them; a single one needs none."""
    mapping = mapping_of(optimizer, "optimizer")
    if mapping is not None:
        named = [(str(name), one) for name, one in mapping.items()]
    elif isinstance(optimizer, Iterable):
        named = list(_by_class(list(optimizer)))
    else:
        named = [("", optimizer)]
    if not named:
        raise ValueError("optimizer is empty; pass at least one optimizer or scheduler")
    return named


def _by_class(optimizers: list[Any]) -> Iterator[tuple[str, Any]]:
    names = [type(one).__name__ for one in optimizers]
    if len(names) == 1:
        names = [""]
    counts, seen = Counter(names), Counter[str]()
    for name, one in zip(names, optimizers, strict=True):
        yield (f"{name}_{seen[name]}" if counts[name] > 1 else name), one
        seen[name] += 1


def _groups(optimizer: Any) -> list[Mapping[str, Any]]:
    # A scheduler's own last rates lack the names of the groups.
    owner = (
        optimizer
        if hasattr(optimizer, "param_groups")
        else getattr(optimizer, "optimizer", None)
    )
    groups = getattr(owner, "param_groups", None)
    if not isinstance(groups, (list, tuple)):
        raise TypeError(
            f"optimizer must be a torch.optim.Optimizer, a scheduler, or a list or mapping of them, "
            f"not {type(optimizer).__name__}"
        )
    return list(groups)
