"""TensorBoard inside a notebook, and what a notebook shows of a writer."""

import gc
import html
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import urllib.request
import weakref
from pathlib import Path
from unittest import mock

import nbclient
import nbconvert
import nbformat
import pytest
from tensorboard import manager, version
from tests.python.support.helpers import tree, wait_until

import tensorbolt
from tensorbolt import SummaryWriter, notebook
from tensorbolt.compat.tensorboardx import SummaryWriter as TbxWriter
from tensorbolt.compat.torch import SummaryWriter as TorchWriter

pytestmark = pytest.mark.filterwarnings(
    # Of the notebook packages themselves.
    "ignore::DeprecationWarning:(nbclient|nbformat|nbconvert|jupyter_client|zmq|ipykernel|traitlets).*"
)


@pytest.fixture
def run_notebook(tmp_path, monkeypatch):
    """A function that executes cells in a kernel of this interpreter, and returns the notebook."""
    package = str(Path(tensorbolt.__file__).parents[1])
    monkeypatch.setenv("PYTHONPATH", package)
    beside = os.environ.get("JUPYTER_PATH")
    kernel = tmp_path / "share" / "jupyter" / "kernels" / "ours"
    kernel.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(
        json.dumps({"argv": command, "display_name": "ours", "language": "python"})
    )
    for name, directory in [
        ("JUPYTER_PATH", "share/jupyter"),
        ("JUPYTER_RUNTIME_DIR", "runtime"),
        ("JUPYTER_CONFIG_DIR", "config"),
        ("IPYTHONDIR", "ipython"),
    ]:
        monkeypatch.setenv(name, str(tmp_path / directory))
    if beside is not None:
        # Where an environment lies on top of another, the templates are in that one.
        monkeypatch.setenv("JUPYTER_PATH", beside, prepend=os.pathsep)

    def run(*cells):
        book = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(textwrap.dedent(cell)) for cell in cells]
        )
        client = nbclient.NotebookClient(
            book,
            timeout=250,
            startup_timeout=250,
            kernel_name="ours",
            resources={"metadata": {"path": str(tmp_path)}},
        )
        client.execute()
        return book

    return run


def shown(cell, kind):
    """What a cell shows in one form."""
    return [
        output["data"][kind]
        for output in cell.outputs
        if kind in output.get("data", {})
    ]


def ask(port, path):
    url = f"http://localhost:{port}/data/{path}"
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)


def test_a_notebook_shows_a_frame_of_a_server_that_answers(run_notebook, tmp_path):
    book = run_notebook(
        """
        from tensorbolt import SummaryWriter, notebook
        writer = SummaryWriter("runs/first")
        for step in range(3):
            writer.add_scalar("loss", 1 / (step + 1), step)
        writer
        """,
        "board = notebook.show(writer, height=321)",
        "again = notebook.show('runs/first')",
        "__vsc_ipynb_file__ = 'as VS Code leaves it'; third = notebook.show('runs/first')",
        """
        import json
        print(json.dumps([board.pid, board.port, board.reused, again.pid, again.reused]))
        """,
    )
    pid, port, reused, again, reused_again = json.loads(book.cells[4].outputs[0].text)
    try:
        assert (again, reused, reused_again) == (pid, False, True)
        # The kernel is gone, the server is not.
        logdir = str(tmp_path / "runs" / "first")
        assert ask(port, "environment")["data_location"] == logdir
        wait_until(lambda: ask(port, "runs") == ["."])
        card = shown(book.cells[0], "text/html")[0]
        assert f"tensorbolt view {logdir}" in card
        for cell in book.cells[1:3]:
            (frame,) = shown(cell, "text/html")
            assert '<iframe id="tensorboard-frame-' in frame
            assert f"const port = {port};" in frame
        assert 'height="321"' in shown(book.cells[1], "text/html")[0]
        (frame,) = shown(book.cells[3], "text/html")
        assert re.search(rf'<iframe\s[^>]*src="http://localhost:{port}/', frame)
        page, _ = nbconvert.HTMLExporter().from_notebook_node(book)
        assert page.count("<iframe") == 3
        assert "tensorbolt view" in page
    finally:
        notebook.Board("", port, pid, reused=True).stop()


def test_outside_a_notebook_the_address_is_said(tmp_path, capfd):
    board = notebook.show(tmp_path / "empty", port=None)
    try:
        said = capfd.readouterr().out
        assert "has no event files yet" in said
        assert f"http://localhost:{board.port}" in said
        assert board.url in repr(board)
        assert ask(board.port, "runs") == []
        # TensorBoard's own loader is what is asked for, and ours does not take its place.
        other = notebook.show(board.logdir, data="tensorboard")
        assert not other.reused
        flags = [
            ask(server.port, "environment")["debug"]["flags"]["grpc_data_provider"]
            for server in (board, other)
        ]
        assert [bool(flag) for flag in flags] == [True, False]
        # What TensorBoard still has of a server that was killed must not be shown.
        os.kill(board.pid, signal.SIGKILL)
        wait_until(lambda: not notebook._answers(board.port, board.logdir))
        again = notebook.show(board.logdir)
        assert (again.pid, again.reused) == (other.pid, True)
        other.stop()
        other.stop()
    finally:
        board.stop()


def test_wrong_arguments_say_what_to_pass(tmp_path):
    for arguments, error, words in [
        ({"logdir": 3}, TypeError, "logdir must be a str, a Path or a writer, not int"),
        ({"logdir": b"runs"}, TypeError, "not bytes"),
        ({"height": 0}, ValueError, "height must be from 1"),
        ({"height": "800"}, TypeError, "height must be an int, not str"),
        ({"port": 70_000}, ValueError, "port must be"),
        ({"data": "rust"}, ValueError, "data must be 'tensorbolt' or 'tensorboard'"),
    ]:
        with pytest.raises(error, match=words):
            notebook.show(**{"logdir": tmp_path, **arguments})
    with (
        socket.create_server(("localhost", 0)) as taken,
        pytest.raises(RuntimeError, match=r"(?s)did not start; it said:.*in use"),
    ):
        notebook.show(tmp_path, port=taken.getsockname()[1])


@pytest.fixture
def records(tmp_path, monkeypatch):
    """The directory of TensorBoard's records of servers, for this test alone."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    directory = tmp_path / ".tensorboard-info"
    directory.mkdir()
    return directory


def test_a_server_that_ends_while_servers_are_listed_is_left_out(records, monkeypatch):
    info = manager.TensorBoardInfo(
        version=version.VERSION, start_time=0, port=1, pid=1, path_prefix="", logdir="/log", db="",
        cache_key="",
    )  # fmt: skip
    (records / "pid-1.info").write_text(manager._info_to_string(info))
    ending = records / "pid-2.info"
    ending.symlink_to(records / "gone")
    real = manager.get_all
    with pytest.raises(FileNotFoundError):
        real()

    def get_all():
        try:
            return real()
        finally:
            ending.unlink(missing_ok=True)

    monkeypatch.setattr(manager, "get_all", get_all)
    assert [server.logdir for server in notebook._servers()] == ["/log"]


def test_an_interrupt_while_the_server_starts_ends_it(records, monkeypatch, tmp_path):
    started = []
    real = subprocess.Popen

    def popen(*arguments, **options):
        started.append(real(*arguments, **options))
        return started[-1]

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", popen)
    monkeypatch.setattr(notebook, "_running", lambda *_: None)
    monkeypatch.setattr(notebook, "_servers", interrupted)
    with pytest.raises(KeyboardInterrupt):
        notebook.show(tmp_path)
    assert [process.returncode for process in started] == [-signal.SIGKILL]


def test_without_tensorboard_it_says_what_to_install(tmp_path):
    with (
        mock.patch("importlib.util.find_spec", return_value=None),
        pytest.raises(ModuleNotFoundError, match="pip install tensorboard") as error,
    ):
        notebook.show(tmp_path)
    assert error.value.name == "tensorboard"


def test_import_tensorbolt_is_enough_and_costs_nothing():
    code = """
        import sys, tensorbolt
        assert "tensorbolt.notebook" not in sys.modules
        assert tensorbolt.notebook.show
        assert not {"tensorboard", "IPython"} & set(sys.modules)
        try:
            tensorbolt.nonsense
        except AttributeError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "module 'tensorbolt' has no attribute 'nonsense'\n", (
        done.stderr
    )


@pytest.mark.parametrize("kind", [SummaryWriter, TorchWriter, TbxWriter])
def test_a_card_tells_directory_counts_and_command(kind, tmp_path):
    logdir = tmp_path / "<b>&'"
    with kind(str(logdir)) as writer:
        writer.add_scalar("loss", 1, 1)
        writer.add_scalars("group", {"a": 1.0}, 1)
        writer.flush()
        before = tree(tmp_path)
        card = writer._repr_html_()
        assert tree(tmp_path) == before
        assert "<b>" not in card.replace("<b>SummaryWriter", "")
        assert html.escape(str(logdir)) in card
        assert "tensorbolt view" in card
        assert "2 runs" in card
        events = re.search(r"events</th><td[^>]*>(\d+)<", card)
        assert int(events[1]) == writer.stats()["events"]
        assert "failure" not in card
    assert "closed" in writer._repr_html_()
    assert tree(tmp_path) == before


def test_a_card_tells_failures(tmp_path):
    class Failing(SummaryWriter):
        def stats(self):
            return {**super().stats(), "dropped": 1000, "last_error": "<full>"}

    with Failing(tmp_path) as writer:
        card = writer._repr_html_()
    assert "<caption>Failing</caption>" in card
    assert "&lt;full&gt;" in card
    assert "1,000" in card


def test_a_card_keeps_nothing_alive_and_suits_subclasses(tmp_path):
    class Late(SummaryWriter):
        def __init__(self, *arguments):
            self.early = self._repr_html_()
            super().__init__(*arguments)

    writer = Late(str(tmp_path))
    assert "not open yet" in writer.early
    writer._repr_html_()
    gone = weakref.ref(writer)
    writer.close()
    del writer
    gc.collect()
    assert gone() is None
    # As a test of another project may have it.
    double = mock.create_autospec(SummaryWriter, instance=True)
    double.add_scalar("loss", 1, 1)
    assert double._repr_html_() is not None
    assert "not open yet" in SummaryWriter.__new__(SummaryWriter)._repr_html_()
