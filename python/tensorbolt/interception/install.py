"""`install` and `uninstall`: programs that import the reference writers get tensorbolt."""

import importlib
import sys
import warnings
from types import FunctionType

from tensorbolt.interception.import_aliases import ALIASES, TENSORBOARDX, TORCH, within


def install(torch: bool = True, tensorboardx: bool = True) -> None:
    """Make imports of `torch.utils.tensorboard` and `tensorboardX` return tensorbolt's modules of the same names.

    Call it before the modules that log are imported. Neither package needs to be installed, and neither is imported.
    Names that other modules imported from them earlier do not change; a warning lists those modules. A second call has
    no effect. Forked processes inherit the names, other processes need a call of their own; `tensorbolt run` covers
    them all.

    Args:
        torch: Whether to replace `torch.utils.tensorboard` and its submodules.
        tensorboardx: Whether to replace `tensorboardX` and its submodules, its version included.

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
    affected = [
        f"{', '.join(names)} ({root})" for root, names in holders.items() if names
    ]
    if affected:
        warnings.warn(
            "these modules imported a reference writer before tensorbolt.install() was called, and continue to use it:"
            f" {'; '.join(affected)}. Call install() first",
            RuntimeWarning,
            stacklevel=2,
        )
    for root in roots:
        ALIASES.add(root)
        parent, _, _ = root.rpartition(".")
        # Otherwise the program's import of torch.utils.tensorboard imports torch first.
        if not parent or parent in sys.modules:
            importlib.import_module(root)


def uninstall() -> None:
    """Undo `install`, and `tensorbolt run` for this process: imports return the original packages again.

    Names that were imported meanwhile stay tensorbolt's. A second call has no effect.
    """
    for root in (TORCH, TENSORBOARDX):
        ALIASES.remove(root)


def modules_holding(root: str) -> list[str]:
    """Modules outside of a reference writer that hold its modules, classes or functions."""
    if ALIASES.answers(root):
        return []
    parent, _, _ = root.rpartition(".")
    loaded = dict(sys.modules)
    theirs = {id(module) for name, module in loaded.items() if within(name, root)}
    # `sys.modules` has None for a blocked import.
    theirs.discard(id(None))
    if not theirs:
        return []

    def is_theirs(value: object) -> bool:
        # Not isinstance, which asks lazy objects for their class and so loads them.
        if issubclass(type(value), type | FunctionType):
            return within(str(getattr(value, "__module__", "")), root)
        return id(value) in theirs

    return [
        name
        for name, module in loaded.items()
        # `install` replaces the parent's attribute.
        if name != parent and not within(name, root)
        if any(
            is_theirs(value) for value in list(getattr(module, "__dict__", {}).values())
        )
    ]
