"""`install` and `uninstall`: programs that import the incumbents get tensorbolt."""

import importlib
import sys
import warnings
from types import FunctionType

from tensorbolt.interception.import_aliases import ALIASES, TENSORBOARDX, TORCH, within


def install(torch: bool = True, tensorboardx: bool = True) -> None:
    """Have imports of `torch.utils.tensorboard` and `tensorboardX` give tensorbolt's modules of the same names.

    Call it before the modules that log are imported. Neither package needs to be installed, and neither is imported.
    Names that other modules took from them earlier stay what they are; a warning lists those modules. Calling it again
    does nothing more. Processes made by a fork go on alike, others need a call of their own; `tensorbolt run` reaches
    them all.

    Args:
        torch: Whether to answer for `torch.utils.tensorboard` and what is below it.
        tensorboardx: Whether to answer for `tensorboardX` and what is below it, its version included.

    Raises:
        TypeError: An argument is not a bool.

    Example:
        import tensorbolt
        tensorbolt.install()
        from torch.utils.tensorboard import SummaryWriter  # tensorbolt's
    """
    wanted = {TORCH: torch, TENSORBOARDX: tensorboardx}
    for name, value in (("torch", torch), ("tensorboardx", tensorboardx)):
        if not isinstance(value, bool):
            raise TypeError(
                f"{name} must be True or False, not {type(value).__name__} ({value!r})"
            )
    roots = [root for root, value in wanted.items() if value]
    holders = {root: modules_holding(root) for root in roots}
    told = [f"{', '.join(names)} ({root})" for root, names in holders.items() if names]
    if told:
        warnings.warn(
            "these modules imported from the originals before tensorbolt.install() was called, and go on with them:"
            f" {'; '.join(told)}. Call install() first",
            RuntimeWarning,
            stacklevel=2,
        )
    for root in roots:
        ALIASES.add(root)
        parent, _, _ = root.rpartition(".")
        # Otherwise the import of torch comes first, as ever, and then this one.
        if not parent or parent in sys.modules:
            importlib.import_module(root)


def uninstall() -> None:
    """Undo `install`, and `tensorbolt run` for this process: imports give again what they gave before.

    Names that were imported meanwhile stay tensorbolt's. Calling it again does nothing.
    """
    for root in (TORCH, TENSORBOARDX):
        ALIASES.remove(root)


def modules_holding(root: str) -> list[str]:
    """Modules outside of an incumbent with names of its modules, classes or functions."""
    if ALIASES.answers(root):
        return []
    parent, _, _ = root.rpartition(".")
    loaded = dict(sys.modules)
    theirs = {id(module) for name, module in loaded.items() if within(name, root)}
    # A blocked import.
    theirs.discard(id(None))
    if not theirs:
        return []

    def is_theirs(value: object) -> bool:
        # Not isinstance, which asks lazy objects for their class, and so wakes them up.
        if issubclass(type(value), type | FunctionType):
            return within(str(getattr(value, "__module__", "")), root)
        return id(value) in theirs

    return [
        name
        for name, module in loaded.items()
        # The parent's attribute is replaced.
        if name != parent and not within(name, root)
        if any(
            is_theirs(value) for value in list(getattr(module, "__dict__", {}).values())
        )
    ]
