"""TensorBoard logs from Python at the speed of Rust.

`SummaryWriter` takes every call of `torch.utils.tensorboard` and `tensorboardX`, and hands arrays to a native core that
bins, compresses and writes them outside the interpreter:

>>> import tempfile
>>> from tensorbolt import SummaryWriter
>>> with SummaryWriter(tempfile.mkdtemp()) as writer:
...     writer.add_scalar("loss/train", 0.25, global_step=1)
"""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

from tensorbolt import _lifecycle
from tensorbolt._core import __version__
from tensorbolt._install import install, uninstall
from tensorbolt._repair import repair
from tensorbolt._verify import verify
from tensorbolt.file_writer import FileWriter
from tensorbolt.global_writer import GlobalSummaryWriter
from tensorbolt.record_writer import RecordWriter
from tensorbolt.writer import SummaryWriter

if TYPE_CHECKING:
    from tensorbolt import insight as insight
    from tensorbolt import notebook as notebook

__all__ = [
    "FileWriter",
    "GlobalSummaryWriter",
    "RecordWriter",
    "SummaryWriter",
    "__version__",
    "install",
    "repair",
    "uninstall",
    "verify",
]

# Submodules for which `import tensorbolt` is enough, and which cost nothing until then.
_AT_FIRST_USE = ("insight", "notebook")


def __getattr__(name: str) -> ModuleType:
    if name in _AT_FIRST_USE:
        return importlib.import_module(f"tensorbolt.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


_lifecycle.install()
