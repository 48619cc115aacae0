"""What tests of streams share."""

import pytest


@pytest.fixture
def temporary(monkeypatch, tmp_path_factory):
    """A temporary directory of this test's own, and no variable but one: rank 0 does not wait for others."""
    monkeypatch.setenv("TENSORBOLT_REDUCE_WINDOW", "0.01")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path_factory.mktemp("node")))
    monkeypatch.delenv("TENSORBOLT_RANKS", raising=False)
    return monkeypatch
