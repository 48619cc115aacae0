"""All ten calls over the log of the demo, field by field: our server, TensorBoard's in Rust, its loader in Python.

About five seconds, apart from the demo itself.
"""

import pytest
from tests.python.serving.comparison import Compared

pytestmark = pytest.mark.timeout(600)


def test_our_server_answers_as_tensorboards_loaders_do(demo_log):
    answers = Compared(demo_log)
    assert answers.from_rustboard() == []
    assert answers.from_python() == []
    assert len(answers.ours.series) > 100
