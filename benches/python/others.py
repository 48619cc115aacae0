"""Loggers of other formats, behind the calls of a `SummaryWriter` as far as they have them.

They do other work: other histograms, other files, some of it in another process. So they have a table of
their own, and what they kept is counted by their own readers: `held` says how many points a log holds.
"""

import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PATIENCE = 30
"""Seconds that a log may take to be complete."""


class Nothing:
    """Takes every call and does nothing."""

    def __init__(self, directory: str) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None


class TensorFlow:
    """`tf.summary`."""

    def __init__(self, directory: str) -> None:
        import tensorflow as tf

        self._summary = tf.summary
        self._writer = tf.summary.create_file_writer(directory)
        self._writer.set_as_default()

    def add_scalar(self, tag: str, value: Any, step: int) -> None:
        self._summary.scalar(tag, value, step)

    def add_histogram(self, tag: str, values: Any, step: int) -> None:
        self._summary.histogram(tag, values, step)

    def add_image(self, tag: str, pixels: Any, step: int, dataformats: str) -> None:
        self._summary.image(tag, pixels[None], step)

    def add_text(self, tag: str, text: str, step: int) -> None:
        self._summary.text(tag, text, step)

    def close(self) -> None:
        self._writer.close()

    @staticmethod
    def held(directory: Path) -> int:
        from benches.python import check

        return sum(map(len, check.read(directory).values()))


class WandB:
    """Weights & Biases, offline."""

    def __init__(self, directory: str) -> None:
        import wandb

        self._wandb = wandb
        settings = wandb.Settings(
            console="off", silent=True, x_disable_stats=True, x_disable_meta=True
        )
        self._run = wandb.init(mode="offline", dir=directory, settings=settings)

    def add_scalar(self, tag: str, value: Any, step: int) -> None:
        self._run.log({tag: value}, step)

    def add_histogram(self, tag: str, values: Any, step: int) -> None:
        self._run.log({tag: self._wandb.Histogram(values)}, step)

    def add_image(self, tag: str, pixels: Any, step: int, dataformats: str) -> None:
        self._run.log({tag: self._wandb.Image(pixels)}, step)

    def close(self) -> None:
        self._run.finish()

    @staticmethod
    def held(directory: Path) -> int:
        from wandb.proto import wandb_internal_pb2

        # Its service goes on writing after `finish` has returned; the last but one thing is that the run has ended.
        deadline = time.monotonic() + PATIENCE
        while True:
            count, ended = 0, False
            for data in _leveldb_records(next(directory.rglob("*.wandb")).read_bytes()):
                record = wandb_internal_pb2.Record()
                record.ParseFromString(data)
                count += record.HasField("history")
                ended |= record.HasField("exit")
            if ended or time.monotonic() > deadline:
                return count
            time.sleep(0.05)


class MLflow:
    """MLflow with a local store."""

    def __init__(self, directory: str) -> None:
        import mlflow

        # They report each line of making a new database.
        for name in ("alembic", "mlflow.store.db.utils"):
            logging.getLogger(name).setLevel(logging.ERROR)

        self._client = mlflow.MlflowClient(_mlflow_store(Path(directory)))
        experiment = self._client.create_experiment("bench", f"file://{directory}/art")
        self._run = self._client.create_run(experiment).info.run_id

    def add_scalar(self, tag: str, value: Any, step: int) -> None:
        self._client.log_metric(self._run, tag.replace("/", "."), value, step=step)

    def close(self) -> None:
        self._client.set_terminated(self._run)

    @staticmethod
    def held(directory: Path) -> int:
        import mlflow

        client = mlflow.MlflowClient(_mlflow_store(directory))
        experiments = [one.experiment_id for one in client.search_experiments()]
        return sum(
            len(client.get_metric_history(run.info.run_id, name))
            for run in client.search_runs(experiments)
            for name in run.data.metrics
        )


class Aim:
    """Aim with a local repository."""

    def __init__(self, directory: str) -> None:
        os.environ["AIM_LOG_LEVEL"] = "ERROR"
        import aim

        self._aim = aim
        self._run = aim.Run(repo=directory, system_tracking_interval=None)

    def add_scalar(self, tag: str, value: Any, step: int) -> None:
        self._run.track(value, name=tag, step=step)

    def add_histogram(self, tag: str, values: Any, step: int) -> None:
        self._run.track(self._aim.Distribution(values), name=tag, step=step)

    def add_text(self, tag: str, text: str, step: int) -> None:
        self._run.track(self._aim.Text(text), name=tag, step=step)

    def close(self) -> None:
        self._run.close()

    @staticmethod
    def held(directory: Path) -> int:
        import aim

        return sum(
            len(list(metric.values.items()))
            for run in aim.Repo(str(directory)).iter_runs()
            for metric in run.metrics()
        )


def _leveldb_records(log: bytes) -> Iterator[bytes]:
    """Yield the records of a log in LevelDB's format, in which an offline run is kept, after its head of 7 bytes.

    Blocks of 32 KiB hold pieces: a checksum of 4 bytes, a length of 2, and whether the record begins and ends here.
    """
    block, head, whole, last = 1 << 15, 7, 1, 4
    place, record = head, b""
    while place + head <= len(log):
        left = block - place % block
        if left < head:
            place += left
            continue
        length = int.from_bytes(log[place + 4 : place + 6], "little")
        kind = log[place + 6]
        record += log[place + head : place + head + length]
        place += head + length
        if kind in (whole, last):
            yield record
            record = b""


def _mlflow_store(directory: Path) -> str:
    return f"sqlite:///{directory / 'mlflow.db'}"
