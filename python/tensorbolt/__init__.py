"""TensorBoard logs from Python at the speed of Rust.

`SummaryWriter` takes every call of `torch.utils.tensorboard` and `tensorboardX`, and hands arrays to a native core that
bins, compresses and writes them outside the interpreter:

>>> import tempfile
>>> from tensorbolt import SummaryWriter
>>> with SummaryWriter(tempfile.mkdtemp()) as writer:
...     writer.add_scalar("loss/train", 0.25, global_step=1)
"""

import importlib
from typing import TYPE_CHECKING, Any

from tensorbolt import _lifecycle
from tensorbolt._core import __version__
from tensorbolt.file_writer import FileWriter
from tensorbolt.record_writer import RecordWriter
from tensorbolt.writer import SummaryWriter

if TYPE_CHECKING:
    from tensorbolt import dask as dask
    from tensorbolt import global_writer as global_writer
    from tensorbolt import insight as insight
    from tensorbolt import notebook as notebook
    from tensorbolt import polars as polars
    from tensorbolt import ray as ray
    from tensorbolt import reading as reading
    from tensorbolt import spark as spark
    from tensorbolt.global_writer import GlobalSummaryWriter
    from tensorbolt.interception.install import install, uninstall
    from tensorbolt.reading.log import open_log, read
    from tensorbolt.reading.repair import repair
    from tensorbolt.reading.verify import verify

__all__ = [
    "FileWriter",
    "GlobalSummaryWriter",
    "RecordWriter",
    "SummaryWriter",
    "__version__",
    "install",
    "open_log",
    "read",
    "repair",
    "uninstall",
    "verify",
]

# Submodules, functions and classes that `import tensorbolt` offers and that load at their first use.
_SUBMODULES = (
    "dask",
    "global_writer",
    "insight",
    "notebook",
    "polars",
    "ray",
    "reading",
    "spark",
)
_NAMES = {
    "GlobalSummaryWriter": "global_writer",
    "install": "interception.install",
    "open_log": "reading.log",
    "read": "reading.log",
    "repair": "reading.repair",
    "uninstall": "interception.install",
    "verify": "reading.verify",
}


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return importlib.import_module(f"tensorbolt.{name}")
    if name in _NAMES:
        module = importlib.import_module(f"tensorbolt.{_NAMES[name]}")
        return globals().setdefault(name, getattr(module, name))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_SUBMODULES, *_NAMES})


_lifecycle.install()
