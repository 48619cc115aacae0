"""PyTorch's own tests of its writer, unchanged, pass with tensorbolt as they do with torch.

They make writers, log, do not close, read the files and remove the directory.
"""

import os
import tarfile
from pathlib import Path

import pytest
from tests.originals.suite import run

# numpy renamed an argument that the tests use.
PLUGIN = """
import numpy

renamed = numpy.reshape
numpy.reshape = lambda array, shape=None, *, newshape=None: renamed(array, newshape if shape is None else shape)
"""
# It traces nine models of torchvision, which takes two minutes. That it passes with ours is what counts.
SMOKE = "test_torchvision_smoke"
WITHOUT_SMOKE = f"""
def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if item.name != "{SMOKE}"]
"""
ONE_NAME = """
import tensorbolt

tensorbolt.install(tensorboardx=False)
"""

WAYS = {
    "torch": ([], PLUGIN + WITHOUT_SMOKE),
    "its name replaced": ([], PLUGIN + WITHOUT_SMOKE + ONE_NAME),
    "both names replaced": (["-m", "tensorbolt", "run"], PLUGIN),
}


@pytest.fixture
def suites(tmp_path):
    """A directory for each way, with the tests as they come with PyTorch's sources."""
    archives = list(Path(os.environ["ORIGINALS"]).glob("pytorch_*.orig.tar.xz"))
    if not archives:
        pytest.skip("NOT TESTED: PyTorch's sources come from a mirror of Debian")
    with tarfile.open(archives[0]) as sources:
        # One pass over the archive, which is far larger than what is wanted.
        for member in sources:
            _, _, name = member.name.partition("/test/")
            if name == "test_tensorboard.py" or name.startswith(
                "expect/TestTensorBoard."
            ):
                member.name = name
                for way in WAYS:
                    sources.extract(member, tmp_path / way, filter="data")
    for way, (_, plugin) in WAYS.items():
        (tmp_path / way / "plugin.py").write_text(plugin)
    return [tmp_path / way for way in WAYS]


@pytest.mark.timeout(3600)
def test_what_passes_with_torch_passes_with_ours(suites):
    options = [options for options, _ in WAYS.values()]
    # Protobuf in C writes the numbers of its text format otherwise than PyTorch expects, 1 instead of 1.0.
    (theirs, _), *ours = run(
        suites,
        options,
        "test_tensorboard.py",
        PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION="python",
    )
    assert len(theirs) >= 48
    for (passed, _), directory in zip(ours, suites[1:], strict=True):
        assert theirs <= passed, (directory / "output.txt").read_text()
    passed, _ = ours[-1]
    assert any(name.endswith(f"::{SMOKE}") for name in passed)
