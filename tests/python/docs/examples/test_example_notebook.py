"""The notebook runs from top to bottom, and TensorBoard shows what it logged."""

import json
import os
import re
import signal
import sys
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

ASK = """
import time, urllib.request
from tensorboard import manager

# One of the magic, and one of ours unless that was used again.
for board in manager.get_all():
    address = f"http://localhost:{board.port}/data/plugin/timeseries/tags"
    for _ in range(600):
        tags = urllib.request.urlopen(address, timeout=60).read().decode()
        if tags.count("accuracy") >= 2:
            break
        time.sleep(0.2)
    print(tags)
"""
"""Asks each TensorBoard of the notebook for what it shows."""


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """Jupyter with nothing but a kernel of this interpreter."""
    directory = tmp_path / "jupyter" / "kernels" / "python3"
    directory.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (directory / "kernel.json").write_text(
        json.dumps({"argv": command, "display_name": "Python 3", "language": "python"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    # TensorBoard lists here the servers that run: this notebook must not meet those of others.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "python"))
    # As in an environment that is activated: the magic looks for the program there.
    scripts = Path(sys.executable).parent
    monkeypatch.setenv("PATH", str(scripts), prepend=os.pathsep)
    yield
    for info in (tmp_path / ".tensorboard-info").glob("*.info"):
        with suppress(ProcessLookupError):
            os.kill(json.loads(info.read_text())["pid"], signal.SIGTERM)


def test_runs_from_top_to_bottom(kernel, tmp_path):
    book = nbformat.read(PATH, as_version=4)
    nbformat.validate(book)
    # In the notebook, for TensorBoard ends with it.
    book.cells.append(nbformat.v4.new_code_cell(ASK, id="ask"))
    nbclient.NotebookClient(
        book,
        timeout=300,
        # The kernel may send what one cell prints in several parts.
        coalesce_streams=True,
        resources={"metadata": {"path": str(tmp_path)}},
    ).execute()
    outputs = {
        cell.id: "\n".join(str(output) for output in cell.get("outputs", []))
        for cell in book.cells
    }
    assert len(re.findall(r"rate=\S+: 9\d\.\d% read right", outputs["train"])) == 2
    for cell in "show", "python":
        assert "iframe" in outputs[cell]
    assert "SummaryWriter" in outputs["python"]
    (answers,) = (
        output for output in book.cells[-1].outputs if output.get("name") == "stdout"
    )
    for answer in answers.text.splitlines():
        found = json.loads(answer)["scalars"]["runTagInfo"].values()
        # What the system says of itself depends on the machine.
        curves = [
            {tag for tag in run if not tag.startswith("system/")} for run in found
        ]
        assert curves == [{"accuracy", "loss"}] * 2


def test_has_no_outputs():
    """Outputs of one machine would change with every run, and describe that machine."""
    for cell in nbformat.read(PATH, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
