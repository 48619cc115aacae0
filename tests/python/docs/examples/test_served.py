"""All ten calls over the logs of all examples, field by field: our server, TensorBoard's in Rust, its loader in Python.

About five seconds, apart from the examples themselves.
"""

import os
import shutil
from dataclasses import replace

import pytest
from tests.python.serving.comparison import Compared
from tests.python.serving.deviations import Deviation
from tools.examples import NAMES

pytestmark = pytest.mark.timeout(400)


def linked(source, target):
    """Copy a file, without its bytes where the file system can."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def before_damage(key, one):
    """What is before the record that the example damages."""
    if key[2:] != ("damaged/damaged", "wave"):
        return one
    return replace(one, points=one.points[:400], max_step=0, max_wall_time=0.0)


def last_graph(key, one):
    """No graph of the example that writes two into a run."""
    is_graph = key[1] in ("graphs", "graph_tagged_run_metadata")
    if not is_graph or key[2] != "graph/two models":
        return one
    return replace(one, points=(), max_wall_time=0.0)


DAMAGE = Deviation("the others read no further than to damage", before_damage)
GRAPH = Deviation("the Python loader shows the first of two graphs", last_graph)


@pytest.mark.parametrize("examples", [tuple(NAMES)], ids=["all"])
def test_our_server_answers_as_tensorboards_loaders_do(runs, examples, tmp_path):
    top = tmp_path / "log"
    for example in examples:
        shutil.copytree(runs.logdir(example), top / example, copy_function=linked)
    answers = Compared(top)
    assert answers.from_rustboard([DAMAGE]) == []
    assert answers.from_python([DAMAGE, GRAPH]) == []
    # Each of the two is a difference.
    assert answers.from_python([DAMAGE])
    assert answers.from_rustboard()
    assert len(answers.ours.series) > 300
