"""Spark reads what the local reader reads, as a batch and as a stream."""

import shutil
import sys
import warnings

import pandas as pd
import pytest
from tests.python.support.machine import needs

import tensorbolt
import tensorbolt.spark
from tensorbolt import SummaryWriter

pytestmark = [
    # A busy machine may need several tries.
    pytest.mark.timeout(600),
    # PySpark says that it does not support all of pandas 3, and leaves sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def session():
    needs(shutil.which("java"), "Spark runs on Java", "default-jre-headless")
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.master("local[2]")
        for name, value in {
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.shuffle.partitions": "2",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            # A worker of a busy machine takes long to start.
            "spark.python.authenticate.socketTimeout": "200s",
        }.items():
            builder = builder.config(name, value)
        made = builder.getOrCreate()
        tensorbolt.spark.register(made)
        yield made
        made.stop()


def load(session, path, **options):
    return session.read.format("tensorboard").options(**options).load(str(path))


def test_a_thousand_runs_equal_the_local_table(session, sweep, local, as_plain):
    frame = load(session, sweep, partitions="8")
    assert 1 < frame.rdd.getNumPartitions() <= 8
    pd.testing.assert_frame_equal(as_plain(frame.toPandas()), local)


def test_options_are_those_of_the_reader(session, sweep):
    frame = load(
        session, sweep, tags='["re:^lo", "nothing"]', runs="group1/*", steps="3:5",
        duplicates="all", restarts="keep", checksum="false", wall_time="float",
    )  # fmt: skip
    wanted = tensorbolt.read(
        sweep, tags="loss", runs="group1/*", steps=(3, 5), duplicates="all", restarts="keep"
    )  # fmt: skip
    assert frame.dtypes[3] == ("wall_time", "double")
    assert frame.count() == len(wanted.scalars) > 0


def test_several_paths(session, sweep):
    both = [str(sweep / "group1"), str(sweep / "group2")]
    frame = session.read.format("tensorboard").load(both)
    assert frame.count() == len(tensorbolt.read(both).scalars)


def test_an_empty_log_has_no_rows(session, tmp_path):
    assert load(session, tmp_path).count() == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": "3"}, "steps must be as '10:20'"),
        ({"tag": "loss"}, "there is no option 'tag'; there are"),
        ({"duplicates": "some"}, "duplicates must be one of"),
        ({"checksum": "no"}, "checksum must be 'true' or 'false'"),
        ({"partitions": "few"}, "partitions must be an integer"),
    ],
)
def test_a_wrong_option_is_an_error_that_names_it(session, sweep, options, message):
    with pytest.raises(Exception, match=message):
        load(session, sweep, **options).count()


def test_other_columns_than_those_of_a_log_are_an_error(session, sweep):
    reader = session.read.format("tensorboard").schema("run string, loss double")
    with pytest.raises(Exception, match="leave the schema out and select after"):
        reader.load(str(sweep)).count()


class Stream:
    """A stream into Parquet files, which goes on from its checkpoint."""

    def __init__(self, session, source, directory):
        self.session, self.source, self.directory = session, source, directory

    @staticmethod
    def processed(writer):
        """Process what is new; false if a worker did not start within Spark's ten seconds, as on a busy machine."""
        query = writer.start()
        try:
            assert query.awaitTermination(200)
        except Exception as error:
            if "Python worker failed to connect back" not in str(error):
                raise
            return False
        return True

    def rows(self, **options):
        """Process what is new; all rows so far."""
        reader = self.session.readStream.format("tensorboard").options(**options)
        writer = reader.load(str(self.source)).writeStream.format("parquet")
        writer = writer.option("checkpointLocation", str(self.directory / "checkpoint"))
        writer = writer.option("path", str(self.directory / "rows"))
        writer = writer.trigger(availableNow=True)
        assert any(self.processed(writer) for _ in range(10)), "no worker started"
        frame = self.session.read.parquet(str(self.directory / "rows"))
        return sorted((row.run, row.step, row.value) for row in frame.collect())


def test_a_stream_has_every_point_once(session, tmp_path):
    log = tmp_path / "log"
    stream = Stream(session, log, tmp_path)
    with SummaryWriter(log / "a") as writer:
        writer.add_scalar("loss", 1, 0)
        writer.flush()
        assert stream.rows() == [("a", 0, 1.0)]
        assert stream.rows() == [("a", 0, 1.0)]
        writer.add_scalar("loss", 2, 1)
        # As after a restart: what has been passed on stays.
        writer.add_scalar("loss", 3, 0)
    with SummaryWriter(log / "b") as writer:
        writer.add_scalar("loss", 4, 0)
    wanted = [("a", 0, 1.0), ("a", 0, 3.0), ("a", 1, 2.0), ("b", 0, 4.0)]
    # The end of a record that is still being written is left for later.
    (file,) = (log / "b").iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-3])
    assert stream.rows() == wanted[:-1]
    file.write_bytes(whole)
    assert stream.rows() == wanted


def test_a_stream_takes_back_no_rows(session, sweep, tmp_path):
    with pytest.raises(Exception, match="restarts must be 'keep' in a stream"):
        Stream(session, sweep, tmp_path).rows(restarts="purge")
