"""The checks of `make lint` that are our own find what they are there for."""

import textwrap

import pytest
from tools.checks import imports

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
    folder = tmp_path / "tests/python/files"
    folder.mkdir(parents=True)
    (folder / "neighbour.py").touch()
    (folder / "test_a.py").write_text(textwrap.dedent(text))
    lines = list(imports.strangers(tmp_path, "tests/python", GROUPS))
    assert len(lines) == len(found), lines
    for line, part in zip(lines, found, strict=True):
        assert part in line
