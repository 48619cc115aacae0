"""Files other than event files whose descriptors another part of the program closes."""

import os

from tests.python.support.helpers import event_files, records, without_head

import tensorbolt


def test_record_writer(closing_program, logdir, tmp_path):
    said = closing_program("""
        os.makedirs(logdir)
        writer = tensorbolt.RecordWriter(logdir + "/events.tfevents")
        writer.write(b"0")
        writer.flush()
        files = steal()
        for _ in range(2):
            for number in range(5):
                writer.write(str(number).encode() * 10_000)
            writer.flush()
        writer.close()
        check(files)
        writer = tensorbolt.RecordWriter(logdir + "/other")
        files = steal()
        writer.close()
        check(files)
    """)
    path = tmp_path / "expected"
    with tensorbolt.RecordWriter(path) as writer:
        writer.write(b"0")
        for number in (*range(5), *range(5)):
            writer.write(str(number).encode() * 10_000)
    (found,) = event_files(logdir)
    assert found.read_bytes() == path.read_bytes()
    assert said.count("another part of the program") == 1


def test_a_file_of_record_writer_that_is_gone(closing_program, logdir):
    """It is the caller's own file: the call says so."""
    closing_program("""
        import pytest
        os.makedirs(logdir)
        for replaced in (False, True):
            path = f"{logdir}/{replaced}"
            writer = tensorbolt.RecordWriter(path)
            files = steal()
            os.rename(path, checkpoint)
            if replaced:
                open(path, "w").close()
            writer.write(b"0")
            with pytest.raises(FileNotFoundError):
                writer.flush()
            with pytest.raises(FileNotFoundError):
                writer.close()
            check(files)
    """)


def test_a_registered_scheme(closing_program, logdir):
    """What goes through a stream is read from a temporary file."""
    closing_program("""
        import io
        class Stream(io.BytesIO):
            def close(self):
                with open(logdir, "wb") as file:
                    file.write(self.getvalue())
        class Store:
            def open(self, path):
                return Stream()
            def directory_check(self, path):
                pass
        tensorbolt.record_writer.register_writer_factory("mem", Store())
        writer = tensorbolt.SummaryWriter("mem://run")
        writer.add_scalar("s", 0, 0)
        writer.flush()
        files = steal()
        for step in range(1, 20):
            writer.add_scalar("s", step, step)
        writer.flush()
        writer.close()
        check(files)
    """)
    found = [event.step for event in without_head(records(logdir))]
    assert found == list(range(20))


def test_what_is_logged_of_the_core(closing_program, logdir, monkeypatch):
    monkeypatch.setenv("TENSORBOLT_LOG", "trace")
    said = closing_program("""
        writer = tensorbolt.SummaryWriter(logdir)
        files = steal()
        writer.add_scalar("s", 0, 0)
        writer.close()
        check(files)
    """)
    assert "writes to" in said
    assert said.count(" WARN ") == 1


def test_files_of_an_embedding(closing_program, logdir, tmp_path):
    """Descriptors are closed while one is written: it is tried again, and no other file gets a part of it."""
    closing_program("""
        import threading
        import numpy as np
        warnings.simplefilter("ignore")
        writer = tensorbolt.SummaryWriter(logdir)
        points = np.arange(3_000_000, dtype=np.float32).reshape(-1, 10)
        for _ in range(5):
            writer.add_embedding(points, global_step=0, tag="t")
            check(steal())
        while writer.stats()["pending_bytes"]:
            writer.flush()
        writer.close()
        assert writer.stats()["dropped"] == 0
    """)
    with open(f"{logdir}/00000/t/tensors.tsv") as file:  # noqa: PTH123
        assert sum(1 for _ in file) == 300_000
    assert (tmp_path / "run/projector_config.pbtxt").read_text()
    assert not [name for name in os.listdir(f"{logdir}/00000/t") if "tmp" in name]


def test_verify_and_repair(closing_program, logdir, tmp_path):
    """They read a file for long, and write another."""
    closing_program("""
        from tensorbolt import _core
        with tensorbolt.SummaryWriter(logdir) as writer:
            for step in range(60):
                writer.add_text("t", "x" * 1_000_000, step)
        (source,) = (f"{logdir}/{name}" for name in os.listdir(logdir))
        kept = checkpoint + "kept"
        examination = _core.Examination(source, kept, _core.StepOrderCheck())
        turns = 0
        while not examination.advance():
            turns += 1
            files = steal()
            examination.advance()
            check(files)
        assert turns > 1
        files = steal()
        del examination
        check(files)
    """)
    (source,) = event_files(logdir)
    assert (tmp_path / "checkpointkept").read_bytes() == source.read_bytes()


def test_tail(closing_program, logdir):
    """Nothing is open between two looks."""
    closing_program("""
        from tensorbolt import _core
        writer = tensorbolt.SummaryWriter(logdir)
        follower = _core.Follower(writer.file_writer.event_writer._file_name)
        for step in range(10):
            writer.add_scalar("s", step, step)
            writer.flush()
            files = steal()
            points, _ = follower.poll()
            assert [point[1] for point in points if point[0]] == [step]
            check(files)
        writer.close()
    """)
