"""The protobuf modules of both reference writers, whichever of them is installed, loaded, or replaced by `install`."""

import pytest
from tests.python.support.helpers import python

# Everything here goes without torch, whose import takes longer than all the rest.
BLOCK = """
import sys

class Blocked:
    \"\"\"Finds nothing of some packages: as if they were not installed.\"\"\"

    def __init__(self, *names):
        self.names = names

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

def directories_without(*names):
    \"\"\"As if there were no such directory on `sys.path`, for all finders.\"\"\"
    import importlib.machinery
    find = importlib.machinery.PathFinder.find_spec
    importlib.machinery.PathFinder.find_spec = staticmethod(
        lambda name, path=None, target=None: None if name in names else find(name, path, target)
    )
"""
NO_TORCH = "import sys\nsys.modules['torch'] = None\n"
USE = """
import tempfile
import tensorboardX.proto.event_pb2
from tensorboardX.proto import event_pb2, summary_pb2
from tensorboardX.proto.summary_pb2 import Summary
from tensorboardX import summary, SummaryWriter
assert tensorboardX.proto.event_pb2 is event_pb2
made = summary.scalar("s", 0.5)
assert isinstance(made, Summary), type(made)
event = event_pb2.Event(step=3, wall_time=1.0, summary=made)
event = event_pb2.Event.FromString(event.SerializeToString())
with SummaryWriter(tempfile.mkdtemp()) as writer:
    writer.file_writer.add_event(event, 4)
    writer.file_writer.add_summary(made, 5)
    writer.file_writer.add_summary(Summary(value=[Summary.Value(tag="a", simple_value=1)]))
    assert writer.stats()["events"] == 3
print(event_pb2.__name__)
"""
HELD = "import warnings; warnings.simplefilter('ignore', RuntimeWarning)\n"
BEFORE = {
    "nothing loaded": "",
    "tensorboardX loaded": NO_TORCH
    + "from tensorboardX.proto import event_pb2 as theirs\n"
    + HELD,
    "tensorboard loaded": "from tensorboard.compat.proto import event_pb2 as other\n",
}


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_both_are_installed(before):
    install = "import tensorbolt\ntensorbolt.install()\n"
    done = python(before + install + USE)
    assert done.stdout.strip().endswith("proto.event_pb2")


def test_messages_of_before_and_after_are_taken():
    python(
        """
        import sys, tempfile, warnings
        sys.modules["torch"] = None
        from tensorboardX.proto import event_pb2 as theirs, summary_pb2
        import tensorbolt
        warnings.simplefilter("ignore", RuntimeWarning)
        tensorbolt.install()
        from tensorboardX.proto import event_pb2 as ours
        from tensorboardX import SummaryWriter
        from tensorboard.compat.proto import event_pb2 as boards
        with SummaryWriter(tempfile.mkdtemp()) as writer:
            for module in (theirs, ours, boards):
                # One pool of descriptors: the same definition may be there twice, another may not.
                writer.file_writer.add_event(module.Event(step=1), 2)
            assert writer.stats()["events"] == 3
        tensorbolt.uninstall()
        from tensorboardX.proto import event_pb2
        assert event_pb2 is theirs
        """
    )


def test_without_tensorboardx_they_are_tensorboards():
    code = BLOCK + "directories_without('tensorboardX')\n"
    done = python(code + "import tensorbolt\ntensorbolt.install()\n" + USE)
    assert done.stdout.strip() == "tensorbolt.compat.tensorboardx.proto.event_pb2"


def test_without_tensorboard():
    """The functions of torch's facade need it for messages, and do without."""
    python(
        BLOCK
        + """
directories_without("torch")
sys.meta_path.insert(0, Blocked("tensorboard"))
import tensorbolt
tensorbolt.install()
from torch.utils.tensorboard import SummaryWriter, summary
made = summary.scalar("s", 0.5)
assert made.SerializeToString()
from tensorboardX.proto import event_pb2
import tempfile
with SummaryWriter(tempfile.mkdtemp()) as writer:
    met = []
    writer.add_observer(lambda event, directory: met.append(type(event)))
    writer.file_writer.add_summary(made, 3)
    writer.add_scalar("s", 1)
    writer.file_writer.add_event(event_pb2.Event(step=3))
assert met and all(kind.__module__.endswith("proto.event_pb2") for kind in met), met
"""
    )


def test_without_either():
    python(
        BLOCK
        + """
directories_without("tensorboardX", "tensorboard")
sys.meta_path.insert(0, Blocked("tensorboard"))
import tensorbolt
tensorbolt.install()
import tensorboardX.proto
try:
    from tensorboardX.proto import event_pb2
except ImportError as error:
    assert "pip install tensorboard" in str(error), error
else:
    raise AssertionError
try:
    import tensorboardX.proto.event_pb2
except ModuleNotFoundError as error:
    assert error.name.endswith("event_pb2"), error
else:
    raise AssertionError
from tensorboardX import SummaryWriter, summary
import tempfile
with SummaryWriter(tempfile.mkdtemp()) as writer:
    writer.file_writer.add_summary(summary.scalar("s", 0.5), 3)
    writer.add_scalar("s", 1)
    assert writer.stats()["events"] == 2
"""
    )


def test_the_messages_of_tensorboard_are_left_alone():
    python(
        BLOCK
        + """
directories_without("torch")
import tensorbolt
tensorbolt.install()
from tensorboard.compat.proto import event_pb2, summary_pb2
from torch.utils.tensorboard import summary, writer
assert event_pb2.__name__ == "tensorboard.compat.proto.event_pb2"
assert type(summary.scalar("s", 1.0)) is summary_pb2.Summary
assert writer.Event is event_pb2.Event
"""
    )
