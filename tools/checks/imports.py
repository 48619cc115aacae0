"""Check that each directory imports only packages that its own dependency groups name.

A package that another group installed, or that came along with a named one, would let a test pass here and fail on a
machine on which that group alone is installed. Imports anywhere in a file count: at its top, in a function, in
`import_module("…")` and its kin, and in a program that the file holds as text.
"""

import ast
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

GROUPS_OF = {
    "tests/python": ["test"],
    "tools": ["test"],
    "tools/checks": ["lint"],
    # What pip installs for a build is what this group names.
    "tools/wheels": ["build"],
    "examples": ["test"],
    "examples/digits": ["demo"],
    "benches/python": ["bench"],
    # Their environments see the test group's packages too.
    "tests/engines": ["engines"],
    "tests/frameworks": ["frameworks", "test"],
    "tests/originals": ["test"],
    "tests/trackers": ["trackers", "aim", "test"],
}
"""Of each directory the groups that its make target installs. A subdirectory with a row of its own is no part of the rest."""

BY_HAND = {
    # Compares loggers that no group installs; `--help` names them.
    "benches/python/others.py": {"aim", "mlflow-skinny", "tensorflow-cpu", "wandb"},
    # It runs in the environment of the engines.
    "benches/python/ray_job.py": {"ray"},
    # Where it is installed, tensorboardX imports it, which warns.
    "tests/python/files/test_remote.py": {"google-cloud-storage"},
}
"""Packages that a person installs before a program of the file is run."""

PACKAGE_OF = {
    "PIL": "pillow",
    "google.cloud.storage": "google-cloud-storage",
    "google.protobuf": "protobuf",
    "grpc": "grpcio",
    "ignite": "pytorch-ignite",
    "megatron": "megatron-core",
    "mlflow": "mlflow-skinny",
    "pytorch_grad_cam": "grad-cam",
    "sklearn": "scikit-learn",
    "tensorflow": "tensorflow-cpu",
    "xdist": "pytest-xdist",
}
"""The packages of modules that do not bear their package's name."""

OURS = {"tensorbolt", "tests", "tools", "examples", "benches"}
IMPORTERS = {"import_module", "importorskip", "find_spec"}
"""Functions whose first argument is the name of a module."""


class Import(NamedTuple):
    """A module that a file imports.

    Attributes:
        module: Its dotted name; the last part may be a name in that module.
        line: Where in the file.
        in_text: Whether it stands in a program that the file holds as text.
    """

    module: str
    line: int
    in_text: bool


def named(groups: dict[str, Any], group: str) -> set[str]:
    """Return the packages that a group of `pyproject.toml` names, itself or through a group that it includes."""
    found: set[str] = set()
    for entry in groups[group]:
        if isinstance(entry, dict):
            found |= named(groups, entry["include-group"])
        else:
            match = re.match(r"[\w.-]+", entry)
            assert match is not None, entry
            found.add(_normalised(match[0]))
    return found


def _normalised(name: str) -> str:
    """Return a package's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def imports(tree: ast.AST, *, in_text: bool = False) -> Iterator[Import]:
    """Yield all that a program imports, but for relative imports."""
    pieces: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            pieces.update(map(id, node.values))
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, in_text)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                yield Import(f"{node.module}.{alias.name}", node.lineno, in_text)
        elif isinstance(node, ast.Call):
            function = node.func
            name = getattr(function, "attr", getattr(function, "id", ""))
            if (
                name in IMPORTERS
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                yield Import(str(node.args[0].value), node.lineno, in_text)
        elif in_text or id(node) in pieces:
            continue
        elif isinstance(node, (ast.Constant, ast.JoinedStr)):
            for found in _imports_in_text(node):
                yield found._replace(line=node.lineno)


def _imports_in_text(node: ast.Constant | ast.JoinedStr) -> Iterator[Import]:
    """Yield the imports of a text that is a program; whatever an f-string fills in counts as a name."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    text = "".join(
        str(part.value) if isinstance(part, ast.Constant) else "_" for part in parts
    )
    if "import" not in text:
        return
    try:
        program = ast.parse(textwrap.dedent(text))
    except (SyntaxError, ValueError):
        return
    yield from imports(program, in_text=True)


def package_of(module: str) -> str:
    """Return the package that a module comes from."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        if package := PACKAGE_OF.get(".".join(parts[:length])):
            return package
    return _normalised(parts[0])


def unnamed(root: Path, directory: str, groups: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each import in a directory that none of its groups names.

    Args:
        root: The repository.
        directory: A key of `GROUPS_OF`.
        groups: The table `dependency-groups` of `pyproject.toml`.
    """
    allowed = {
        package for group in GROUPS_OF[directory] for package in named(groups, group)
    }
    known = {package for group in groups for package in named(groups, group)}
    known |= set(PACKAGE_OF.values())
    for path in sorted((root / directory).rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if _directory_of(name) != directory:
            continue
        for module, line, in_text in imports(ast.parse(path.read_text("utf-8"))):
            top = module.partition(".")[0]
            sibling = path.with_name(f"{top}.py").exists()
            if top in sys.stdlib_module_names or top in OURS or sibling:
                continue
            package = package_of(module)
            # A text may import what its test writes first, so there only packages of ours count.
            if in_text and package not in known:
                continue
            if package not in allowed | BY_HAND.get(name, set()):
                yield f"{name}:{line}: imports {module}, but no group of {directory} ({', '.join(GROUPS_OF[directory])}) names {package}"


def _directory_of(name: str) -> str:
    """Return the row of `GROUPS_OF` that a file belongs to: the deepest of its directories that has one."""
    return max(
        (directory for directory in GROUPS_OF if name.startswith(f"{directory}/")),
        key=len,
    )


def main() -> int:
    """Print what is imported without being named; return the exit status."""
    root = Path(__file__).parents[2]
    with (root / "pyproject.toml").open("rb") as file:
        groups = tomllib.load(file)["dependency-groups"]
    found = [
        line for directory in GROUPS_OF for line in unnamed(root, directory, groups)
    ]
    for line in found:
        print(line, file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
