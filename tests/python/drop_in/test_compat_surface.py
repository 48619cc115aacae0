"""Every name of both reference writers is in the facades, with a signature that takes the same calls."""

import importlib
import inspect
import pkgutil

import pytest
import tensorboardX
from tests.python.support.helpers import python
from torch.utils import tensorboard

FACADES = {
    "torch.utils.tensorboard": "tensorbolt.compat.torch",
    "tensorboardX": "tensorbolt.compat.tensorboardx",
}
LEFT_OUT = {
    # A module of its own; the rest of the package does not use it.
    "tensorboardX.comet_utils": "forwarding to Comet is in tensorbolt.writer._comet",
    "tensorboardX.visdom_writer": "needs the visdom server; removed upstream",
    "tensorboardX._version": "the version is tensorbolt.__version__",
    "torch.utils.tensorboard._onnx_graph.parse": "part of the conversion",
    "tensorboardX.onnx_graph.parse": "part of the conversion",
    # Parts of other code than ours.
    "tensorboardX.crc32c.CRC_TABLE": "the table of a Python loop",
    "tensorboardX.event_file_writer.EventsWriter": "its queue; tensorbolt has none",
    "tensorboardX.record_writer.GCSRecordWriterFactory": "what is registered counts",
    "tensorboardX.record_writer.S3RecordWriterFactory": "what is registered counts",
    "tensorboardX.record_writer.GCS_ENABLED": "looked for when it is needed",
    "tensorboardX.record_writer.S3_ENABLED": "looked for when it is needed",
    "tensorboardX.embedding.maybe_upload_file": "add_embedding writes to schemes itself",
    "tensorboardX.torchvis.VisdomWriter": "see visdom_writer",
    "tensorboardX.utils.graphviz_to_image": "does nothing",
    "tensorboardX.visdom_writer.VisdomWriter": "see visdom_writer",
    "tensorboardX.writer.CometLogger": "forwarding to Comet is in tensorbolt.writer._comet",
    "tensorboardX.writer.numpy_compatible": "of torch, for a workaround",
    "tensorboardX.x2num.prepare_chainer": "every framework is read in one place",
    "tensorboardX.x2num.prepare_mxnet": "every framework is read in one place",
    "tensorboardX.x2num.prepare_pytorch": "every framework is read in one place",
    "tensorboardX.x2num.prepare_theano": "every framework is read in one place",
}  # fmt: skip
PRIVATE = {"_clean_tag", "_calc_scale_factor", "_prepare_video"}
TYPING = ("typing", "collections", "collections.abc", "multiprocessing.context")


def surface():
    """Module, name and value of everything public."""
    for package in (tensorboard, tensorboardX):
        names = [package.__name__] + [
            found.name
            for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
            if ".proto." not in found.name
        ]
        for name in sorted(names):
            module = importlib.import_module(name)
            for key, value in sorted(vars(module).items()):
                if (key.startswith("_") and key not in PRIVATE) or inspect.ismodule(
                    value
                ):
                    continue
                if key in ("annotations", "TYPE_CHECKING", "wraps"):
                    continue
                if getattr(value, "__module__", None) not in TYPING:
                    yield name, key, value


SURFACE = [
    pytest.param(module, name, value, id=f"{module}.{name}")
    for module, name, value in surface()
    if module not in LEFT_OUT and f"{module}.{name}" not in LEFT_OUT
]


def ours(module, name):
    for theirs, facade in FACADES.items():
        if module == theirs or module.startswith(f"{theirs}."):
            return getattr(
                importlib.import_module(facade + module[len(theirs) :]), name
            )
    raise AssertionError(module)


@pytest.mark.parametrize(("module", "name", "value"), SURFACE)
def test_the_facade_has_it(module, name, value):
    found = ours(module, name)
    assert callable(found) == callable(value)
    if hasattr(value, "DESCRIPTOR"):
        assert found.DESCRIPTOR.full_name == value.DESCRIPTOR.full_name
        return
    if inspect.isfunction(value):
        takes_the_same_calls(found, value)
    if inspect.isclass(value) and value.__module__.startswith(tuple(FACADES)):
        takes_the_same_calls(found, value)
        for key, method in inspect.getmembers(value, inspect.isfunction):
            if not key.startswith("_"):
                takes_the_same_calls(getattr(found, key), method)


def takes_the_same_calls(found, value):
    """All arguments by name, and all by position."""
    wanted = inspect.signature(value).parameters.values()
    signature = inspect.signature(found)
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    names = [p.name for p in wanted if p.kind is p.POSITIONAL_OR_KEYWORD]
    if "self" in names:
        # A bound method has none.
        names = names if "self" in signature.parameters else names[1:]
    signature.bind(*names)
    for name in names:
        assert name in signature.parameters or inspect.Parameter.VAR_KEYWORD in kinds, (
            name
        )


def test_nothing_is_left_out_that_is_not_there():
    there = {f"{module}.{name}" for module, name, _ in surface()}
    there |= {module for module, _, _ in surface()}
    assert set(LEFT_OUT) <= there


def test_an_import_loads_nothing_else():
    modules = sorted({p.values[0] for p in SURFACE})
    names = [
        facade + module[len(theirs) :]
        for module in modules
        for theirs, facade in FACADES.items()
        if module == theirs or module.startswith(f"{theirs}.")
    ]
    done = python(
        f"""
        import importlib, sys
        for name in {names}:
            importlib.import_module(name)
        heavy = ("torch", "tensorboard", "tensorboardX", "google.protobuf", "PIL", "matplotlib")
        print([name for name in heavy if name in sys.modules])
        """
    )
    assert done.stdout.strip() == "[]"
