"""TensorBoard logs from Python at the speed of Rust.

`SummaryWriter` takes every call of `torch.utils.tensorboard` and `tensorboardX`, and hands arrays to a native core that
bins, compresses and writes them outside the interpreter:

>>> import tempfile
>>> from tensorbolt import SummaryWriter
>>> with SummaryWriter(tempfile.mkdtemp()) as writer:
...     writer.add_scalar("loss/train", 0.25, global_step=1)
"""

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

from tensorbolt import _lifecycle
from tensorbolt._core import __version__

if TYPE_CHECKING:
    from tensorbolt import dask as dask
    from tensorbolt import global_writer as global_writer
    from tensorbolt import insight as insight
    from tensorbolt import notebook as notebook
    from tensorbolt import polars as polars
    from tensorbolt import ray as ray
    from tensorbolt import reading as reading
    from tensorbolt import spark as spark
    from tensorbolt.file_writer import FileWriter
    from tensorbolt.global_writer import GlobalSummaryWriter
    from tensorbolt.interception.install import install, uninstall
    from tensorbolt.reading.log import open_log, read
    from tensorbolt.reading.repair import repair
    from tensorbolt.reading.verify import verify
    from tensorbolt.record_writer import RecordWriter
    from tensorbolt.writer import SummaryWriter

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

# What `import tensorbolt` offers loads at its first use: numpy alone takes longer than a command such as `serve`.
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
_HOMES = {
    "FileWriter": "file_writer",
    "GlobalSummaryWriter": "global_writer",
    "RecordWriter": "record_writer",
    "SummaryWriter": "writer",
    "install": "interception.install",
    "open_log": "reading.log",
    "read": "reading.log",
    "repair": "reading.repair",
    "uninstall": "interception.install",
    "verify": "reading.verify",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        module = importlib.import_module(f"tensorbolt.{_HOMES[name]}")
        return globals().setdefault(name, getattr(module, name))
    # Any other module of the package, without an import of its own.
    full = f"{__name__}.{name}"
    if not name.startswith("__") and importlib.util.find_spec(full) is not None:
        return importlib.import_module(full)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_SUBMODULES, *_HOMES})


_lifecycle.install()
