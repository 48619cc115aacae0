"""`tensorbolt run` is the plain interpreter, but for whose writers the reference writers' names give."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.python.support.machine import needs_launcher

import tensorbolt

SOURCES = str(Path(tensorbolt.__file__).parents[1])
PLAIN = [sys.executable]
OURS = [sys.executable, "-m", "tensorbolt", "run"]

OURS_ANSWERS = (
    "import tensorboardX; assert tensorboardX.__name__.startswith('tensorbolt.')\n"
)


@pytest.fixture
def start(tmp_path):
    """A function that starts a command in a directory of its own."""

    def start(*command, **environment):
        env = {**os.environ, "PYTHONPATH": SOURCES, **environment}
        return subprocess.Popen(
            [*map(str, command)],
            cwd=tmp_path,
            env=env,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    return start


@pytest.fixture
def finish(start):
    """A function that runs a command: exit status, stdout, stderr."""

    def finish(*command, **environment):
        process = start(*command, **environment)
        try:
            out, err = process.communicate(timeout=250)
        finally:
            process.kill()
        return process.returncode, out, err

    return finish


@pytest.fixture
def program(tmp_path):
    """A function that writes a program."""

    def program(code, name="train.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(code))
        return name

    return program


WHO_AM_I = """
import os, sys
print(sys.argv, sys.path, __file__, __name__, __spec__ and __spec__.name, __package__, __builtins__)
print(sys.orig_argv, sys.flags, sys._xoptions, sys.warnoptions, sorted(vars()), os.getcwd())
print(sys.modules["__main__"].__dict__ is globals(), "numpy" in sys.modules, "tensorbolt" in sys.modules)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["train.py"],
        ["train.py", "--help", "-m", "x", "--", "--lr=1", "", "*"],
        ["sub/deep.py", "a"],
        ["-m", "train", "--version"],
        ["-m", "package", "-m"],
        ["-m", "package.train", "--", "-x"],
        ["directory"],
    ],
)
def test_the_program_sees_the_plain_interpreter(program, finish, arguments):
    for name in ("train.py", "sub/deep.py", "directory/__main__.py"):
        program(WHO_AM_I, name)
    for name in ("package/__main__.py", "package/train.py"):
        program(WHO_AM_I, name)
    program("", "package/__init__.py")
    plain = finish(*PLAIN, *arguments)
    assert plain[0] == 0, plain
    assert finish(*OURS, *arguments) == plain


@pytest.mark.parametrize(
    "options",
    [["-u"], ["-X", "dev", "-W", "ignore::ImportWarning"], ["-OB"], ["-P", "-bb"]],
)
def test_options_of_the_interpreter(program, finish, options):
    if "-P" in options and sys.version_info < (3, 11):
        options = ["-bb"]
    name = program(WHO_AM_I + "print(sys.stdout.write_through)")
    plain = finish(sys.executable, *options, name)
    assert plain[0] == 0, plain
    assert finish(sys.executable, *options, *OURS[1:], name) == plain


def test_an_option_joined_with_ours(program, finish):
    name = program(WHO_AM_I)
    plain = finish(sys.executable, "-u", "-B", name, "m")
    for joined in (["-uBm", "tensorbolt"], ["-uBmtensorbolt"]):
        status, out, err = finish(sys.executable, *joined, "run", name, "m")
        assert (status, err) == (0, "")
        assert out.replace("'-uB'", "'-u', '-B'") == plain[1]


def test_the_console_script(program, finish):
    script = program(
        "import sys; from tensorbolt.cli import main; sys.exit(main())", "tensorbolt"
    )
    name = program(WHO_AM_I)
    plain = finish(sys.executable, "-B", name, "x")
    assert finish(sys.executable, "-B", script, "run", name, "x") == plain


@pytest.mark.parametrize(
    "code",
    [
        "raise SystemExit",
        "raise SystemExit(7)",
        "raise SystemExit('a sentence')",
        "import sys; sys.exit(300)",
        "import os; os._exit(5)",
        "import os; os.abort()",
        "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
        "def f():\n    1 / 0\nf()",
        "raise KeyboardInterrupt",
        "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('x') from e",
        "x = (",
        "import nothing",
        "import atexit; atexit.register(print, 'late'); raise ExceptionGroup('g', [ValueError(1)])"
        if sys.version_info >= (3, 11)
        else "raise ValueError",
        "import warnings; warnings.warn('careful')",
        "import sys; sys.stdin.read() and print('read')",
        "import threading\nt = threading.Thread(target=lambda: 1 / 0, name='t'); t.start(); t.join()",
    ],
)
def test_ends_as_the_plain_interpreter_does(program, finish, code):
    name = program(code)
    assert finish(*OURS, name) == finish(*PLAIN, name)


@pytest.mark.parametrize("arguments", [["nothing.py"], ["-m", "nothing"]])
def test_a_program_that_is_not_there(finish, arguments):
    assert finish(*OURS, *arguments) == finish(*PLAIN, *arguments)


def asleep(process):
    """Whether Linux has a process wait."""
    return (
        Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "S"
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals(program, start, number):
    name = program(
        """
        import time
        print("ready", flush=True)
        time.sleep(100)
        """
    )
    ends = []
    for command in (PLAIN, OURS):
        process = start(*command, name)
        assert process.stdout.readline() == "ready\n"
        while not asleep(process.pid):
            time.sleep(0.01)
        process.send_signal(number)
        ends.append((*process.communicate(timeout=250), process.returncode))
    assert ends[0] == ends[1]
    assert ends[0][2] == -number


def test_the_program_logs_through_tensorbolt(program, finish, tmp_path):
    name = program(
        """
        import sys
        from torch.utils.tensorboard import SummaryWriter
        import torch
        import torch.utils.tensorboard as tb
        import tensorboardX
        assert isinstance(SummaryWriter("a"), torch.utils.tensorboard.SummaryWriter)
        assert tb.SummaryWriter is SummaryWriter
        for kind, directory in ((SummaryWriter, "torch"), (tensorboardX.SummaryWriter, "tbx")):
            with kind(directory) as writer:
                writer.add_scalar("loss", 0.5, 3)
        # What `install` does beyond that is nothing.
        import tensorbolt
        tensorbolt.install()
        assert tb is torch.utils.tensorboard is sys.modules["torch.utils.tensorboard"]
        tensorbolt.uninstall()
        from torch.utils.tensorboard import SummaryWriter
        assert SummaryWriter.__module__ == "torch.utils.tensorboard.writer"
        """
    )
    assert finish(*OURS, name) == (0, "", "")
    for directory in ("torch", "tbx"):
        (file,) = (tmp_path / directory).iterdir()
        # The head names who wrote it.
        assert b"tensorbolt" in file.read_bytes()


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_multiprocessing(program, finish, method):
    name = program(
        f"""
        import multiprocessing, sys

        def child(number):
            import tensorboardX
            return tensorboardX.__name__, number

        if __name__ == "__main__":
            with multiprocessing.get_context("{method}").Pool(1) as pool:
                print(pool.map(child, [1]))
        """
    )
    expected = (0, "[('tensorbolt.compat.tensorboardx', 1)]\n", "")
    assert finish(*OURS, name) == expected
    assert finish(*OURS, "-m", "train") == expected


def test_subprocesses(program, finish):
    program(OURS_ANSWERS + "print('grandchild')", "grandchild.py")
    program(
        OURS_ANSWERS
        + "import subprocess, sys\nsubprocess.run([sys.executable, 'grandchild.py'], check=True)",
        "child.py",
    )
    name = program(
        """
        import subprocess, sys
        subprocess.run([sys.executable, "child.py"], check=True)
        subprocess.run([sys.executable, "-c", "import sys; print('numpy' in sys.modules, sys.path[0] == '')"], check=True)
        # Not Python, or Python without an environment: as ever.
        subprocess.run(["sh", "-c", "echo shell"], check=True)
        subprocess.run([sys.executable, "-I", "-c", "import sys; print([f for f in sys.meta_path if 'tensorbolt' in repr(f)])"], check=True)
        """
    )
    assert finish(*OURS, name) == (
        0,
        "grandchild\nFalse True\nshell\n[]\n",
        "",
    )


def test_torchrun(program, finish, tmp_path):
    needs_launcher()
    name = program(
        """
        import os
        from torch.utils.tensorboard import SummaryWriter
        assert SummaryWriter.__module__.startswith("tensorbolt.")
        for directory in "job", "rank" + os.environ["RANK"]:
            with SummaryWriter(directory) as writer:
                writer.add_scalar("rank", int(os.environ["RANK"]), 0)
        """
    )
    torchrun = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone"]
    ranked = [*OURS, "--ranks", "all", *torchrun]
    status, _, err = finish(*ranked, name, OMP_NUM_THREADS="1")
    assert status == 0, err
    for rank in "01":
        for directory in f"job/rank_0000{rank}", f"rank{rank}/rank_0000{rank}":
            (file,) = (tmp_path / directory).iterdir()
            assert b"tensorbolt" in file.read_bytes()


def test_a_sitecustomize_that_was_there_gets_its_turn(program, finish, tmp_path):
    program("import sys; sys.early = __name__, __file__", "site/sitecustomize.py")
    name = program(
        "import sitecustomize, sys; print(sys.early, sitecustomize.__file__, sys.path)"
    )
    path = os.pathsep.join([str(tmp_path / "site"), SOURCES])
    plain = finish(*PLAIN, name, PYTHONPATH=path)
    assert "site/sitecustomize.py" in plain[1]
    assert finish(*OURS, name, PYTHONPATH=path) == plain


def test_a_sitecustomize_that_fails(program, finish, tmp_path):
    program("1 / 0", "site/sitecustomize.py")
    name = program("import tensorboardX; print('runs')")
    path = os.pathsep.join([str(tmp_path / "site"), SOURCES])
    _, out, err = finish(*PLAIN, name, PYTHONPATH=path)
    assert "ZeroDivisionError" in err
    program(OURS_ANSWERS + "print('runs')")
    # Once for the interpreter that reads our command line, once for the program.
    assert finish(*OURS, name, PYTHONPATH=path) == (0, out, err * 2)


def test_the_environment_differs_in_one_entry(program, finish):
    name = program(
        """
        import os, subprocess, sys
        print(sorted(item for item in os.environ.items() if item[0] != "PYTHONPATH"))
        print(os.environ["PYTHONPATH"].split(os.pathsep)[1:])
        if len(sys.argv) == 1:
            run = [sys.executable, "-m", "tensorbolt", "run", __file__, "again"]
            subprocess.run(run, check=True)
        """
    )
    status, out, err = finish(*OURS, name)
    assert (status, err) == (0, "")
    outer, path, inner, path_again = out.splitlines()
    assert path == path_again == repr([SOURCES])
    assert inner == outer == finish(*PLAIN, name)[1].splitlines()[0]


def test_from_the_sources_directory(start, program, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    file = tmp_path / program(
        OURS_ANSWERS + "import sys; print(sys.path[0])", "elsewhere/train.py"
    )
    # As in an environment that does not have it installed: found in the working directory.
    (tmp_path / "tensorbolt").symlink_to(Path(tensorbolt.__file__).parent)
    numpy = Path(find_spec("numpy").origin).parent
    site = tmp_path / "site"
    site.mkdir()
    for directory in (numpy, numpy.with_name("numpy.libs")):
        if directory.exists():
            (site / directory.name).symlink_to(directory)
    process = start(
        sys._base_executable, "-sm", "tensorbolt", "run", file, PYTHONPATH=str(site)
    )
    out, err = process.communicate(timeout=250)
    assert (process.returncode, out, err) == (0, f"{file.parent}\n", "")


def test_an_interpreter_without_tensorbolt_has_the_reference_writers(
    program, finish, tmp_path
):
    """It finds nothing of ours but the directory in PYTHONPATH."""
    program("kind = 'the reference writer'", "site/tensorboardX.py")
    site = Path(tensorbolt.__file__).parent / "interception/site"
    name = program("import tensorboardX; print(tensorboardX.kind)")
    base = getattr(sys, "_base_executable", sys.executable)
    path = os.pathsep.join([str(site), str(tmp_path / "site")])
    done = finish(base, "-s", name, PYTHONPATH=path)
    assert done == (0, "the reference writer\n", "")


@pytest.mark.parametrize("option", ["-I", "-E"])
def test_options_that_keep_the_names_out_are_refused(program, finish, option, tmp_path):
    name = program("print('runs')")
    code = f"import sys; sys.path.insert(0, {SOURCES!r}); from tensorbolt.cli import main; sys.exit(main())"
    status, out, err = finish(sys.executable, option, "-c", code, "run", name)
    assert (status, out) == (2, "")
    assert "leave them out, or call tensorbolt.install()" in err


def test_the_command_line_teaches(finish):
    status, out, _ = finish(*OURS[:-1], "--help")
    assert status == 0
    assert "run a program that logs through tensorbolt, unchanged" in out
    status, out, _ = finish(*OURS, "--help")
    assert status == 0
    for word in ("tensorbolt run train.py --lr 0.1", "-m MODULE", "PYTHONPATH"):
        assert word in out
    assert finish(*OURS[:-1], "--version") == (
        0,
        f"tensorbolt {tensorbolt.__version__}\n",
        "",
    )
    for arguments, word in (
        ([], "COMMAND"),
        (["walk"], "invalid choice: 'walk'"),
        (["run"], "Pass SCRIPT or -m MODULE"),
        (["run", "-m"], "Pass SCRIPT or -m MODULE"),
        (["run", "-x", "train.py"], "-x"),
    ):
        status, out, err = finish(*OURS[:-1], *arguments)
        assert (status, out) == (2, "")
        assert word in err


def test_the_entry_point_is_declared():
    text = (Path(__file__).parents[3] / "pyproject.toml").read_text()
    assert 'tensorbolt = "tensorbolt.cli:main"' in text
