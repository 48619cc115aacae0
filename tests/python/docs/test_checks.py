"""The checks of `make lint` that are our own find what they are there for."""

import textwrap

import pytest
from tools.checks import imports, rust_circles

GROUPS = {
    "lint": ["stranger>=0.14"],
    "demo": ["scikit-learn>=1"],
    "test": [{"include-group": "demo"}, "numpy>=1", "ml_dtypes", "moto[s3]>=5; x"],
}
PROGRAM = '"""\\nimport stranger\\nprint(1)\\n"""'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import os, numpy.linalg, ml_dtypes, moto", []),
        ("import sklearn.metrics as m", []),
        ("import neighbour\nfrom tests.python import x\nfrom . import y", []),
        ("import stranger", ["test_a.py:1: imports stranger"]),
        ("if True:\n    def f():\n        from stranger import a", ["test_a.py:3"]),
        (
            "import importlib\nimportlib.import_module('stranger.x')",
            ["imports stranger.x"],
        ),
        ("pytest.importorskip('unheard_of')", ["imports unheard_of"]),
        (f"run({PROGRAM})", ["imports stranger"]),
        (f"run(f{PROGRAM})", ["imports stranger"]),
        ("run(f'''import stranger\n{1}''')", ["imports stranger"]),
        ("run('import unheard_of')", []),
        ("from google.protobuf import text_format", ["names protobuf"]),
    ],
)
def test_imports_that_no_group_names(tmp_path, text, found):
    directory = tmp_path / "tests/python/files"
    directory.mkdir(parents=True)
    (directory / "neighbour.py").touch()
    (directory / "test_a.py").write_text(textwrap.dedent(text))
    lines = list(imports.unnamed(tmp_path, "tests/python", GROUPS))
    assert len(lines) == len(found), lines
    for line, part in zip(lines, found, strict=True):
        assert part in line


CRATE = {
    "lib": "pub mod a; mod b; mod c; mod error; pub use error::{Error, Result};",
    # What a parent passes on from its children is theirs.
    "a/mod": "mod one; mod two; pub(crate) use one::One; pub use two::{Two as Deux};",
    "a/one": "use std::{io, fmt::{self}}; use crate::{Error, Result, b::{self, Bee}};",
    "a/two": "use super::One;",
    "b": """// use crate::a::One;
    const TEXT: &str = "use crate::a::One; \\" {";
    fn f(c: char) -> bool { c == '"' || crate::error::ok() }
    #[cfg(test)]
    mod tests { use crate::a::One; }
    """,
    "c": "use crate::a::Deux;",
    "error": "",
}


@pytest.mark.parametrize(
    ("file", "code", "found"),
    [
        ("error", "", []),
        ("error", "use crate::a;", []),
        ("b", "use crate::a::Deux;", [{"a/one", "a/two", "b"}]),
        ("b", "use crate::a::{Deux, One};", [{"a/one", "a/two", "b"}]),
        ("b", "fn f() { super::a::One::new() }", [{"a/one", "b"}]),
        ("error", "use {crate::c::C as D};", [{"a/one", "a/two", "b", "c", "error"}]),
        ("a/mod", "use two::f;\nfn g() {}", []),
        ("a/two", "use super::g;", []),
    ],
)
def test_circles_of_rust_modules(tmp_path, file, code, found):
    for name, text in {**CRATE, file: code + CRATE[file]}.items():
        (tmp_path / "a").mkdir(exist_ok=True)
        (tmp_path / f"{name}.rs").write_text(text)
    arrows = rust_circles.Crate(tmp_path).arrows()
    assert rust_circles.circles(arrows) == found


def test_a_parent_and_a_child_that_need_each_other(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/mod.rs").write_text("mod b; use b::f; pub fn g() { f() }")
    (tmp_path / "a/b.rs").write_text("pub fn f() { super::g() }")
    arrows = rust_circles.Crate(tmp_path).arrows()
    assert rust_circles.circles(arrows) == [{"a/mod", "a/b"}]
