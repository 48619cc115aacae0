"""`docs/unsafe.md` lists every `unsafe` in the Rust sources."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[3]
KEYWORD = re.compile(r"\bunsafe\b(?!_)")


def code(line):
    """A line without its comment."""
    return line.partition("//")[0]


def test_the_list_is_complete():
    text = (ROOT / "docs" / "unsafe.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\S+\.rs)` \| (\d+) \| .{20}", text, re.M)
    sources = [
        path
        for directory in ("rust", "tests", "benches")
        for path in (ROOT / directory).rglob("*.rs")
        if "target" not in path.relative_to(ROOT).parts
    ]
    assert len(sources) > 100
    found = {}
    for path in sources:
        lines = path.read_text(encoding="utf-8").splitlines()
        count = sum(bool(KEYWORD.search(code(line))) for line in lines)
        if count:
            found[str(path.relative_to(ROOT))] = count
    assert {name: int(count) for name, count in rows} == found


@pytest.mark.parametrize(
    "manifest",
    [
        "Cargo.toml",
        "rust/py/Cargo.toml",
        "rust/serve/Cargo.toml",
        "rust/system/Cargo.toml",
        "rust/upload/Cargo.toml",
    ],
)
def test_the_packages_forbid_it(manifest):
    text = (ROOT / manifest).read_text(encoding="utf-8")
    assert re.search(r"^\[lints\]\nworkspace = true$", text, re.M)
    workspace = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    assert re.search(r'^unsafe_code = "forbid"$', workspace, re.M)


def test_one_package_asks_for_each_use():
    packages = {
        path.parent.name
        for path in (ROOT / "rust").glob("*/Cargo.toml")
        if "[lints]\nworkspace = true" not in path.read_text(encoding="utf-8")
    }
    assert packages == {"tensor", "fuzz"}
    manifest = (ROOT / "rust" / "tensor" / "Cargo.toml").read_text(encoding="utf-8")
    assert re.search(r'^unsafe_code = "deny"$', manifest, re.M)
    (source,) = (ROOT / "rust" / "tensor").rglob("*.rs")
    text = source.read_text(encoding="utf-8")
    blocks = len(re.findall(r"\bunsafe \{", text))
    assert blocks == text.count("// SAFETY:") == text.count("unsafe_code,") == 3
