"""Programs that import the reference writers get tensorbolt after `install`, and the reference writers again after `uninstall`."""

import os
import re
import subprocess
import sys
import textwrap
import venv
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.python.support.helpers import python

import tensorbolt

PACKAGE = Path(tensorbolt.__file__).parent


@pytest.fixture(scope="session")
def bare(tmp_path_factory):
    """The interpreter of an environment with numpy and tensorbolt, and nothing else."""
    root = tmp_path_factory.mktemp("bare")
    venv.create(root, symlinks=True)
    site = root / f"lib/python3.{sys.version_info.minor}/site-packages"
    numpy = Path(find_spec("numpy").origin).parent
    for directory in (numpy, numpy.with_name("numpy.libs"), PACKAGE):
        if directory.exists():
            (site / directory.name).symlink_to(directory)
    return root / "bin" / "python"


def run(interpreter, code):
    """Run a program without our environment's packages; warnings are errors."""
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [interpreter, "-W", "error", "-c", textwrap.dedent(code)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=250, check=False, env=env
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


WORDS = """
    import tensorbolt
    tensorbolt.install()
    from torch.utils.tensorboard import SummaryWriter, FileWriter
    import torch.utils.tensorboard as tb
    from torch.utils import tensorboard
    from torch.utils.tensorboard.writer import SummaryWriter as same
    import torch, sys, tempfile
    import torch.utils.tensorboard.writer
    import tensorboardX
    import tensorboardX.writer as tbx_writer
    from tensorbolt.compat import torch as ours, tensorboardx
    assert torch.utils.tensorboard is tb is tensorboard is ours
    assert tensorboardX is sys.modules["tensorboardX"] is tensorboardx
    assert SummaryWriter is same is ours.SummaryWriter
    assert torch.utils.tensorboard.writer is ours.writer
    assert tbx_writer is tensorboardX.writer is tensorboardx.writer
    with SummaryWriter(tempfile.mkdtemp()) as writer:
        assert isinstance(writer, torch.utils.tensorboard.SummaryWriter)
        writer.add_scalar("loss", 1.0, 1)
    assert ours.__spec__.name == ours.__name__ == "tensorbolt.compat.torch"
"""


def test_every_form_of_import():
    python(WORDS)


def test_torch_was_loaded_before():
    python("import torch\n" + textwrap.dedent(WORDS))


def test_the_reference_writers_were_loaded_before():
    python(
        "import torch.utils.tensorboard.summary, importlib\n"
        "importlib.import_module('tensorboardX')\n" + textwrap.dedent(WORDS)
    )


@pytest.mark.parametrize("torch", ["", "torch", "torch.utils.tensorboard"])
def test_every_module_of_the_facades(torch):
    python(
        """
        import importlib, pkgutil, sys
        for name in sys.argv[1:]:
            importlib.import_module(name)
        import tensorbolt
        tensorbolt.install()
        for root in ("torch.utils.tensorboard", "tensorboardX"):
            package = importlib.import_module(root)
            for found in pkgutil.walk_packages(package.__path__, root + "."):
                module = importlib.import_module(found.name)
                own = package.__name__ + found.name[len(root):]
                assert module is importlib.import_module(own)
                assert module.__name__ == module.__spec__.name == own
                assert getattr(sys.modules[found.name.rpartition(".")[0]], found.name.rpartition(".")[2]) is module
        """,
        *filter(None, [torch]),
    )


def test_uninstall_restores_what_was_there():
    python(
        """
        import importlib, sys
        import torch.utils.tensorboard
        importlib.import_module("tensorboardX.summary")
        import tensorbolt

        def state():
            names = {k: v for k, v in sys.modules.items() if k.startswith(("torch", "tensorboardX"))}
            return names, torch.utils.tensorboard, list(sys.meta_path)

        before = state()
        for _ in range(2):
            tensorbolt.install()
            tensorbolt.install()
            import tensorboardX
            assert tensorboardX.__name__ == "tensorbolt.compat.tensorboardx"
            importlib.import_module("torch.utils.tensorboard.writer")
            tensorbolt.uninstall()
            tensorbolt.uninstall()
            assert state() == before
            # Not to be found among those who hold names.
            del tensorboardX
        """
    )


def test_uninstall_when_nothing_was_there():
    python(
        """
        import sys, tensorbolt
        before = list(sys.modules), list(sys.meta_path)
        tensorbolt.install()
        import torch.utils.tensorboard
        import tensorboardX
        assert torch.utils.tensorboard.__name__ == "tensorbolt.compat.torch"
        tensorbolt.uninstall()
        assert not hasattr(torch.utils, "tensorboard")
        assert "tensorboardX" not in sys.modules
        assert before[1] == list(sys.meta_path)
        from torch.utils.tensorboard import SummaryWriter
        import tensorboardX
        assert SummaryWriter.__module__ == "torch.utils.tensorboard.writer"
        assert tensorboardX.SummaryWriter.__module__ == "tensorboardX.writer"
        """
    )


def test_one_of_the_two():
    python(
        """
        import tensorbolt
        tensorbolt.install(torch=False)
        import tensorboardX
        from torch.utils.tensorboard import SummaryWriter
        assert tensorboardX.__name__ == "tensorbolt.compat.tensorboardx"
        assert SummaryWriter.__module__ == "torch.utils.tensorboard.writer"
        """
    )
    python(
        """
        import tensorbolt
        tensorbolt.install(tensorboardx=False)
        import torch.utils.tensorboard, tensorboardX
        assert torch.utils.tensorboard.__name__ == "tensorbolt.compat.torch"
        assert tensorboardX.SummaryWriter.__module__ == "tensorboardX.writer"
        """
    )


def test_names_taken_before_stay_and_are_told():
    python(
        """
        import sys, types, warnings
        user = sys.modules["user"] = types.ModuleType("user")
        exec("from tensorboardX import SummaryWriter", vars(user))
        exec("from torch.utils import tensorboard", vars(user))
        # Reached through its parent, it is replaced.
        import torch
        before = user.SummaryWriter, user.tensorboard
        import tensorbolt
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            tensorbolt.install()
            tensorbolt.install()
        (warning,) = caught
        assert warning.category is RuntimeWarning and warning.filename == "<string>"
        assert "continue to use it: user (torch.utils.tensorboard); user (tensorboardX)." in str(warning.message)
        assert torch.utils.tensorboard is tensorbolt.compat.torch
        assert before == (user.SummaryWriter, user.tensorboard)
        exec("from tensorboardX import SummaryWriter", vars(user))
        assert user.SummaryWriter is tensorbolt.compat.tensorboardx.SummaryWriter
        """
    )


def test_a_warning_that_is_an_error_changes_nothing():
    python(
        """
        import sys, tensorboardX, tensorbolt
        install = tensorbolt.install  # loads the module that has it
        before = list(sys.meta_path), sys.modules.copy()
        try:
            install()
        except RuntimeWarning:
            pass
        else:
            raise AssertionError
        assert before == (list(sys.meta_path), sys.modules)
        """
    )


def test_a_blocked_import_is_answered_and_blocked_again():
    python(
        """
        import sys, tensorbolt
        sys.modules["tensorboardX"] = None
        tensorbolt.install()
        import tensorboardX
        tensorbolt.uninstall()
        assert sys.modules["tensorboardX"] is None
        """
    )


def test_a_module_that_the_facade_lacks():
    python(
        """
        import tensorbolt
        tensorbolt.install()
        for name in ("tensorboardX.nothing", "torch.utils.tensorboard.nothing", "tensorboardX.nothing.below"):
            try:
                __import__(name)
            except ModuleNotFoundError as error:
                assert str(error) == f"No module named {error.name!r}"
                assert name.startswith(error.name)
            else:
                raise AssertionError(name)
        """
    )


def test_how_frameworks_ask():
    python(
        """
        import tensorbolt
        tensorbolt.install()
        from importlib import metadata
        from importlib.util import find_spec
        import tensorboardX
        assert find_spec("tensorboardX") and find_spec("torch.utils.tensorboard")
        # The release that is installed.
        assert metadata.version("tensorboardX") == metadata.version("tensorboardx")
        assert metadata.distribution("tensorboardX").files
        names = [d.name.lower() for d in metadata.distributions()]
        assert names.count("tensorboardx") == 1
        """
    )


def test_without_the_reference_writers(bare):
    run(
        bare,
        """
        from importlib import metadata
        from importlib.util import find_spec
        import sys, tempfile, tensorbolt
        assert find_spec("tensorboardX") is None
        tensorbolt.install()
        assert find_spec("tensorboardX") and find_spec("tensorboardX.writer")
        assert metadata.version("tensorboardX") and metadata.metadata("tensorboardX")["Name"] == "tensorboardX"
        assert "tensorboardX" not in [d.name for d in metadata.distributions()]
        assert not list(metadata.distributions(name="tensorboardX", path=[tempfile.mkdtemp()]))
        import tensorboardX.writer
        from torch.utils.tensorboard import SummaryWriter
        from torch.utils.tensorboard.writer import FileWriter
        from torch.utils import tensorboard
        assert SummaryWriter is tensorbolt.compat.torch.SummaryWriter is tensorboard.SummaryWriter
        with SummaryWriter(tempfile.mkdtemp()) as writer:
            writer.add_scalar("loss", 1.0, 1)
        # An import of torch itself finds none.
        for name in ("torch", "torch.nn"):
            try:
                __import__(name)
            except ModuleNotFoundError as error:
                assert error.name == "torch", error.name
            else:
                raise AssertionError
        assert find_spec("torch") is None
        tensorbolt.uninstall()
        assert not [name for name in sys.modules if name.startswith(("torch", "tensorboardX"))]
        assert find_spec("tensorboardX") is None
        try:
            metadata.version("tensorboardX")
        except metadata.PackageNotFoundError:
            pass
        else:
            raise AssertionError
        """,
    )


def test_the_command_line_without_the_reference_writers(bare, tmp_path):
    program = tmp_path / "train.py"
    program.write_text(
        "from torch.utils.tensorboard import SummaryWriter\n"
        "from importlib import metadata\n"
        "print(metadata.version('tensorboardX'), SummaryWriter.__module__)\n"
        "import tensorboardX.writer, torch\n"
    )
    done = subprocess.run(
        [bare, "-m", "tensorbolt", "run", program],
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode == 1
    assert done.stdout.split()[1].startswith("tensorbolt.")
    assert done.stderr.splitlines() == [
        "Traceback (most recent call last):",
        f'  File "{program}", line 4, in <module>',
        "    import tensorboardX.writer, torch",
        "ModuleNotFoundError: No module named 'torch'",
    ]


def test_the_examples_of_the_documentation():
    text = (Path(__file__).parents[3] / "docs/switching.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    assert len(blocks) == 2
    for block in blocks:
        done = python(block + "print(SummaryWriter.__module__)")
        assert done.stdout.startswith("tensorbolt.")


def test_torch_turns_up_later(bare, tmp_path):
    for name in ("torch", "torch/utils"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    # As the real one does.
    (tmp_path / "torch/__init__.py").write_text("import torch.utils")
    run(
        bare,
        f"""
        import sys, tensorbolt
        tensorbolt.install()
        from torch.utils.tensorboard import SummaryWriter
        sys.path.append({str(tmp_path)!r})
        import torch.utils
        assert torch.utils.__file__
        from torch.utils.tensorboard import SummaryWriter
        assert torch.utils.tensorboard.SummaryWriter is tensorbolt.compat.torch.SummaryWriter
        tensorbolt.uninstall()
        assert not hasattr(torch.utils, "tensorboard")
        assert sys.modules["torch.utils"] is torch.utils
        """,
    )


@pytest.mark.parametrize("name", ["torch", "tensorboardx"])
def test_wrong_arguments(name):
    with pytest.raises(TypeError, match=rf"^{name} must be True or False, not str"):
        tensorbolt.install(**{name: "yes"})
    assert "tensorbolt.interception.import_aliases" in sys.modules
    assert not any(type(finder).__name__ == "Aliases" for finder in sys.meta_path)
