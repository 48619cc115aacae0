"""Check that the modules of each crate form no circles, file by file.

An arrow leads from a file to each file whose items it names through `crate::`, `super::`, `self::` or a child's name,
outside of tests. A name that a module passes on (`pub use`) leads to the file that has the item, so a parent's list of
its children is no circle. `cargo modules --acyclic` would know more and takes minutes to compile, for each machine.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

SOURCES = ("rust/core", "rust/serve/src", "rust/system/src", "rust/upload/src")

ALLOWED: list[set[str]] = [
    # The edges keep the index that was made for them, and the index is made of edges.
    {f"histogram/{name}" for name in ("bins", "edges", "float", "index", "slots")},
]
"""Circles that stay, each with its reason. A part of one may be a circle, too."""

NOISE = re.compile(
    # Block and line comments, texts, raw texts, and characters that could be taken for the begin of a text.
    r'/\*.*?\*/|//[^\n]*|r(#+)".*?"\1|b?"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\'',
    re.DOTALL,
)
TESTS = re.compile(
    r"#\[cfg\((?:test|all\(test\b[^\]]*\))\)\]\s*(?:pub(?:\([^)]*\))?\s+)?mod \w+ \{.*",
    re.DOTALL,
)
USE = re.compile(r"(pub(?:\([^)]*\))?\s+)?\buse\s+([^;]+);")
PATH = re.compile(r"(?<![\w:])((?:crate|super|self)(?:::\w+)+)")


class Module:
    """One file.

    Attributes:
        name: Its path from the crate's root without `.rs`.
        path: The names of the modules that lead to it.
        passes_on: From the names that it passes on to the paths behind them.
        names: The paths that its own code names, each as a tuple that begins with `crate`.
    """

    def __init__(self, root: Path, file: Path) -> None:
        self.name = file.relative_to(root).with_suffix("").as_posix()
        parts = tuple(self.name.split("/"))
        self.path = parts[:-1] if parts[-1] in ("mod", "lib") else parts
        code = NOISE.sub(" ", file.read_text("utf-8"))
        code = TESTS.sub("", code)
        self.passes_on: dict[str, tuple[str, ...]] = {}
        self.names: list[tuple[str, ...]] = []
        for public, tree in USE.findall(code):
            for path, name in leaves(tree):
                if public:
                    self.passes_on[name] = path
                else:
                    self.names.append(path)
        for path in PATH.findall(USE.sub("", code)):
            self.names.append(tuple(path.split("::")))


def leaves(tree: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the paths that a `use` tree names, each with the name it has from then on.

    Args:
        tree: As `crate::a::{self, b::C as D}`.
    """
    tree = tree.strip()
    before, brace, inside = tree.partition("{")
    if not brace:
        path, _, alias = (part.strip() for part in tree.partition(" as "))
        parts = tuple(part.strip() for part in path.split("::") if part.strip())
        if parts and parts[-1] == "self" and len(parts) > 1:
            parts = parts[:-1]
        if parts:
            yield parts, alias or parts[-1]
        return
    depth, start = 0, 0
    inside = inside[: inside.rindex("}")]
    for position, letter in enumerate([*inside, ","]):
        depth += (letter == "{") - (letter == "}")
        if letter == "," and depth == 0:
            if piece := inside[start:position].strip():
                yield from leaves(before + piece)
            start = position + 1


class Crate:
    """The files below a crate's root.

    Args:
        root: The directory of `lib.rs`.
    """

    def __init__(self, root: Path) -> None:
        files = sorted(root.rglob("*.rs"))
        self.modules = {
            module.path: module for module in (Module(root, file) for file in files)
        }

    def arrows(self) -> dict[str, set[str]]:
        """Return for each file the files whose items it names."""
        found: dict[str, set[str]] = {}
        for module in self.modules.values():
            homes = (self.home(module, path) for path in module.names)
            found[module.name] = {home for home in homes if home} - {module.name}
        return found

    def home(self, module: Module, path: tuple[str, ...]) -> str | None:
        """Return the file that has the item of a path, seen from a module; None if it is of another crate."""
        first, *rest = path
        if first == "crate":
            place: tuple[str, ...] = ()
        elif first == "self":
            place = module.path
        elif first == "super":
            place = module.path[:-1]
        elif (*module.path, first) in self.modules:
            place = (*module.path, first)
        else:
            return None
        for position, name in enumerate(rest):
            here = self.modules.get(place)
            if name == "super":
                place = place[:-1]
            elif (*place, name) in self.modules:
                place = (*place, name)
            elif here is not None and name in here.passes_on and here is not module:
                behind = (*here.passes_on[name], *rest[position + 1 :])
                return self.home(here, behind) or here.name
            else:
                break
        return self.modules[place].name if place in self.modules else None


def circles(arrows: dict[str, set[str]]) -> list[set[str]]:
    """Return the sets of files that reach each other."""
    reach = {file: set(targets) for file, targets in arrows.items()}
    while True:
        size = sum(map(len, reach.values()))
        for targets in reach.values():
            targets.update(*(reach.get(target, ()) for target in list(targets)))
        if sum(map(len, reach.values())) == size:
            break
    found = {
        frozenset({file} | {other for other in reach[file] if file in reach[other]})
        for file in reach
        if file in reach[file]
    }
    return sorted(map(set, found), key=sorted)


def main() -> int:
    """Print the circles; return the exit status."""
    status = 0
    for sources in SOURCES:
        arrows = Crate(Path(__file__).parents[2] / sources).arrows()
        for circle in circles(arrows):
            if any(circle <= known for known in ALLOWED):
                continue
            status = 1
            print(
                f"{sources}: files that need each other; cut an arrow:", file=sys.stderr
            )
            for file in sorted(circle):
                others = ", ".join(sorted(arrows[file] & circle))
                print(f"  {file} -> {others}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
