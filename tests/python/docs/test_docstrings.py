"""The examples in docstrings do what they show."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    "name",
    [
        "tensorbolt",
        "tensorbolt.writer",
        "tensorbolt.writer._custom_scalars",
        "tensorbolt.writer._hparams",
        "tensorbolt.writer._observers",
        "tensorbolt.writer._scalars",
        "tensorbolt.reading.verify",
        "tensorbolt.writer._watch",
        "tensorbolt.global_writer",
    ],
)
def test_examples_run(name):
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.attempted > 0
    assert outcome.failed == 0
