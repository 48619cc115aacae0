"""The reference writers' import names, which import the facades instead.

Needs only the standard library and nothing of this package: below `tensorbolt run` every Python process loads this file
when it starts (`site/sitecustomize.py`), and most of them, such as `pip`, never ask for a writer.
"""

import importlib
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

# Importing typing or importlib.abc would double the time in which an interpreter starts.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.abc import Loader, MetaPathFinder
    from importlib.metadata import Distribution, DistributionFinder
    from typing import NoReturn

    Taken = tuple[dict[str, ModuleType], dict[str, object]]
else:
    Loader = MetaPathFinder = object

TORCH = "torch.utils.tensorboard"
TENSORBOARDX = "tensorboardX"

FACADES = {
    TORCH: "tensorbolt.compat.torch",
    TENSORBOARDX: "tensorbolt.compat.tensorboardx",
}

METADATA = f"Metadata-Version: 2.1\nName: {TENSORBOARDX}\nVersion: 2.6.5\n"
"""The release whose surface the facade has."""


class Aliases(MetaPathFinder):
    """Finds the facades, and every module below them, under the import names of the reference writers.

    An alias is the same module object as the facade's own, loaded when it is first imported.
    """

    def __init__(self) -> None:
        self._before: dict[str, Taken] = {}
        self._stand_in: ModuleType | None = None

    def answers(self, root: str) -> bool:
        """Whether imports of `root` give the facade."""
        return root in self._before

    def add(self, root: str) -> None:
        """Answer for `root`, one of `FACADES`, from now on."""
        if self.answers(root):
            return
        self._before[root] = take_out(root)
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)
        # `from torch.utils.tensorboard import …` looks for what is above it first.
        if (
            root == TORCH
            and "torch" not in sys.modules
            and not self._torch_exists()
            and find_spec("tensorbolt") is not None
        ):
            parent, _, _ = root.rpartition(".")
            self._stand_in = sys.modules[parent] = empty_package(parent)

    def remove(self, root: str) -> None:
        """Put back what stood under `root` before."""
        if not self.answers(root):
            return
        modules, attributes = self._before.pop(root)
        if not self._before and self in sys.meta_path:
            sys.meta_path.remove(self)
        take_out(root)
        sys.modules.update(modules)
        attributes_of_parent(root).update(attributes)
        if root == TORCH:
            self._drop_stand_in()

    def find_spec(
        self,
        fullname: str,
        path: object = None,  # noqa: ARG002 - the protocol's
        target: ModuleType | None = None,  # noqa: ARG002 - the same
    ) -> ModuleSpec | None:
        """Find one of the facades' modules."""
        if fullname == "torch":
            self._make_way()
        root = next((root for root in self._before if within(fullname, root)), None)
        if root is None:
            return None
        facade = FACADES[root] + fullname[len(root) :]
        try:
            found = find_spec(facade)
        except ModuleNotFoundError as error:
            # Another interpreter, without tensorbolt; or a module below one that there is not.
            if error.name is None or not within(error.name, "tensorbolt"):
                raise
            return None
        if found is None:
            return None
        spec = ModuleSpec(fullname, Alias(facade), origin=found.origin)
        spec.submodule_search_locations = found.submodule_search_locations
        return spec

    def find_distributions(
        self, context: "DistributionFinder.Context"
    ) -> "Iterable[Distribution]":
        """Answer for the version of tensorboardX where it is not installed; frameworks ask before they import it.

        A search for all distributions, or in a given directory, finds only what is installed.
        """
        name = context.name
        if (
            not self.answers(TENSORBOARDX)
            or name is None
            or name.lower() != TENSORBOARDX.lower()
            or "path" in vars(context)
            or find_spec("tensorbolt") is None
        ):
            return []
        from importlib import metadata

        class Facade(metadata.Distribution):
            def read_text(self, filename: str) -> str | None:
                return METADATA if filename == "METADATA" else None

            def locate_file(self, path: object) -> "NoReturn":
                raise FileNotFoundError(f"{path}: {TENSORBOARDX} is not installed")

        others = (
            distribution
            for finder in sys.meta_path
            if finder is not self and hasattr(finder, "find_distributions")
            for distribution in finder.find_distributions(context)
        )
        return [] if any(True for _ in others) else [Facade()]

    def _torch_exists(self) -> bool:
        return any(
            finder.find_spec("torch", None) is not None
            for finder in sys.meta_path
            if finder is not self and hasattr(finder, "find_spec")
        )

    def _make_way(self) -> None:
        """Leave everything below `torch` to the real torch, if it can be found by now."""
        # Hidden for this search: other finders may call all finders again.
        stand_in, self._stand_in = self._stand_in, None
        if stand_in is not None:
            found = self._torch_exists()
            self._stand_in = stand_in
            if found:
                self._drop_stand_in()
                take_out(TORCH)

    def _drop_stand_in(self) -> None:
        if self._stand_in is not None:
            name = self._stand_in.__name__
            if sys.modules.get(name) is self._stand_in:
                del sys.modules[name]
            self._stand_in = None


class Alias(Loader):
    """Loads a facade's module under a second name."""

    def __init__(self, facade: str) -> None:
        self._facade = facade

    def create_module(self, spec: ModuleSpec) -> ModuleType:  # noqa: ARG002 - the protocol's
        """Load it under its own name."""
        module = importlib.import_module(self._facade)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Restore the module's own spec, which the import system has overwritten."""
        module.__spec__ = self._spec


def within(name: str, root: str) -> bool:
    """Whether `name` is that of the package `root` or of a module below it."""
    return name == root or name.startswith(root + ".")


def take_out(root: str) -> "Taken":
    """Remove a package and its submodules from the loaded modules and from its parent; return modules and attributes."""
    names = [name for name in sys.modules if within(name, root)]
    modules = {name: sys.modules.pop(name) for name in names}
    attributes = attributes_of_parent(root)
    _, _, name = root.rpartition(".")
    return modules, {name: attributes.pop(name)} if name in attributes else {}


def attributes_of_parent(root: str) -> dict[str, object]:
    """The mutable attributes of the parent module of `root`; empty if it is not loaded."""
    parent, _, _ = root.rpartition(".")
    return vars(sys.modules[parent]) if parent in sys.modules else {}


def empty_package(name: str) -> ModuleType:
    """A package whose submodules only `Aliases` can find."""
    package = ModuleType(name, "Holds tensorbolt's modules; torch is not installed.")
    package.__spec__ = ModuleSpec(name, None, is_package=True)
    package.__path__ = []
    return package


ALIASES = Aliases()
