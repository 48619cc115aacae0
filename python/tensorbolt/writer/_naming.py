"""Names that the reference writers give differently: tags, sub-runs, parts of a mesh, the run of a graph."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tensorbolt import _paths
from tensorbolt.file_writer import FileWriter


class Naming(NamedTuple):
    """The names of one reference writer."""

    curve_tag: Callable[[str], str]
    """Makes the tag of the curves of `add_scalars` from the main tag."""
    sub_run: Callable[[str, str, Any], str]
    """Makes the directory of such a curve from the log directory, the main tag and the key."""
    metric_tag: Callable[[str], str]
    """Makes the tag of the scalars of a metric from its name."""
    part_tags: str
    """How the tags of a mesh's parts end: "named" or "numbered"."""
    graph_tag: str
    """The tag under which TensorBoard lists the run of a graph."""


TORCH_NAMING = Naming(str, _paths.sub_run, str, "named", FileWriter._graph_tag)
"""The names of `torch.utils.tensorboard`, which are also ours."""
