"""The logs of the examples: each runs once, as soon as a test here is to look at any."""

import os
from pathlib import Path

import pytest
from tools.examples import NAMES, Runs


@pytest.fixture(scope="session")
def runs(request, tmp_path_factory):
    # Only those that are asked for: `-k mesh` does not wait for all others.
    parameters = [
        item.callspec.params
        for item in request.session.items
        if hasattr(item, "callspec")
    ]
    wanted = {one["example"] for one in parameters if "example" in one}
    wanted.update(name for one in parameters for name in one.get("examples", ()))
    names = [name for name in NAMES if name in wanted]
    # CI has the gallery made of the logs that the tests leave.
    kept = os.environ.get("EXAMPLE_LOGS")
    parent = Path(kept) if kept else tmp_path_factory.mktemp("examples")
    with Runs(names, parent) as runs:
        yield runs
