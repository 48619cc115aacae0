"""The notebook runs from top to bottom, and TensorBoard shows what it logged."""

import json
import os
import re
import signal
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

import nbclient
import nbformat
import pytest
from tools.examples import ROOT

PATH = ROOT / "examples" / "notebook.ipynb"

pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings(
        # Of the notebook packages themselves.
        "ignore::DeprecationWarning:(nbclient|nbformat|jupyter_client|zmq|ipykernel|traitlets).*"
    ),
]


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """Jupyter with nothing but a kernel of this interpreter."""
    folder = tmp_path / "jupyter" / "kernels" / "python3"
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (folder / "kernel.json").write_text(
        json.dumps({"argv": command, "display_name": "Python 3", "language": "python"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    # TensorBoard tells here of those that run: this notebook must meet no other's.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "python"))
    # As in an environment that is activated: the magic looks for the program there.
    beside = Path(sys.executable).parent
    monkeypatch.setenv("PATH", str(beside), prepend=os.pathsep)
    yield
    for info in (tmp_path / ".tensorboard-info").glob("*.info"):
        with suppress(ProcessLookupError):
            os.kill(json.loads(info.read_text())["pid"], signal.SIGTERM)


def test_runs_from_top_to_bottom(kernel, tmp_path):
    book = nbformat.read(PATH, as_version=4)
    nbformat.validate(book)
    nbclient.NotebookClient(
        book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    outputs = {
        cell.id: "\n".join(str(output) for output in cell.get("outputs", []))
        for cell in book.cells
    }
    assert len(re.findall(r"rate=\S+: 9\d\.\d% read right", outputs["train"])) == 2
    assert "iframe" in outputs["show"]
    (port,) = set(re.findall(r"port (\d+)", outputs["python"]))
    url = f"http://localhost:{port}/data/plugin/timeseries/tags"
    with urllib.request.urlopen(url, timeout=60) as answer:
        tags = json.loads(answer.read())
    found = tags["scalars"]["runTagInfo"].values()
    assert [sorted(run) for run in found] == [["accuracy", "loss"]] * 2


def test_has_no_outputs():
    """Outputs of somebody's machine would change with every run, and tell of it."""
    for cell in nbformat.read(PATH, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
