"""How many requests a data server makes for a log in an object store. About ten seconds in all."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from tests.python.remote.objects import only_moto
from tests.python.remote.test_serving import curve, provider
from tests.python.serving import providers
from tests.python.support.helpers import event_files, wait_until

import tensorbolt

RUNS = 40
VALUES = [step % 7 / 2 for step in range(100)]


def written(directory: Path, name: str = "tag", more: int = 0) -> bytes:
    """An event file of 20 curves."""
    with tensorbolt.SummaryWriter(directory) as writer:
        for tag in range(20):
            values = VALUES * (1 + more)
            writer.add_scalar_series(f"{name}{tag}", values, range(len(values)))
    (path,) = event_files(directory)
    return path.read_bytes()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file of more than the 64 KiB that are asked for after a jump."""
    made = written(tmp_path_factory.mktemp("one"))
    assert 64 << 10 < len(made) < 1 << 20
    return made


def put(cloud, run, data):
    cloud.client.put_object(Bucket=cloud.bucket, Key=key(run), Body=data)


def key(run):
    return f"log/run{run:02}/events.out.tfevents.1.h"


def requests(cloud):
    """How many lists there were, and how many requests for each object."""
    log = cloud.proxy.log()
    cloud.proxy.clear()
    assert {one.method for one in log} <= {"GET"}
    counts = Counter(one.key for one in log)
    return counts.pop("", 0), dict(counts)


def test_one_request_for_each_object_and_none_for_what_does_not_change(
    cloud, data, tmp_path
):
    for run in range(RUNS):
        put(cloud, run, data)
    served = provider(cloud, "log", None)
    try:
        port = served.start("localhost", 0)
        assert served.wait(60)
        assert requests(cloud) == (1, {key(run): 1 for run in range(RUNS)})
        assert served.look(60)
        assert requests(cloud) == (1, {})
        with providers.stub_of(port) as stub:
            assert curve(stub, "run07", "tag19") == VALUES
            # One that has grown: what is new, and the bytes before it.
            put(cloud, 7, data + data)
            cloud.proxy.clear()
            assert served.look(60)
            (asked,) = cloud.proxy.log()[1:]
            assert (asked.key, asked.answered) == (key(7), len(data) + 16)
            cloud.proxy.clear()
            # One that was replaced by other bytes, as many.
            other = written(tmp_path / "other", "two")
            assert len(other) == len(data)
            put(cloud, 8, other)
            assert served.look(60)
            assert requests(cloud) == (1, {key(8): 1})
            assert curve(stub, "run08", "two19") == VALUES
            assert curve(stub, "run08", "tag19") == []
    finally:
        served.stop()


def test_a_store_in_which_nothing_happens_is_listed_less_and_less_often(cloud, data):
    put(cloud, 0, data)
    interval = 0.04
    served = provider(cloud, "log", interval)
    try:
        served.start("localhost", 0)
        wait_until(lambda: len(cloud.proxy.log()) >= 7)
    finally:
        served.stop()
    first, asked, *lists = cloud.proxy.log()
    assert [first.key, asked.key] == ["", key(0)]
    assert {one.key for one in lists} == {""}
    pauses = [after.begin - before.begin for before, after in pairwise([first, *lists])]
    # The first list brought something. A busy machine makes pauses longer, and nothing makes them shorter.
    least = [0.95 * interval * 2**doubled for doubled in range(len(pauses))]
    assert all(pause >= bound for pause, bound in zip(pauses, least, strict=True))


def test_an_index_spares_what_is_the_same_and_nothing_else(cloud, tmp_path):
    only_moto("lists entity tags, without which the end of each object is looked at")
    # No log of less than 8 MiB has an index.
    put(cloud, 0, written(tmp_path / "first", more=50))
    put(cloud, 1, written(tmp_path / "second", more=50))
    index = tmp_path / "index"

    def served_once():
        served = provider(cloud, "log", None, index)
        try:
            port = served.start("localhost", 0)
            assert served.wait(60)
            with providers.stub_of(port) as stub:
                tags = [curve(stub, f"run0{run}", "tag3") for run in (0, 1)]
                tags.append(curve(stub, "run01", "two3"))
            wait_until(lambda: list(index.rglob("*.pack")))
            return int(dict(served.stats())["remembered"]), tags
        finally:
            served.stop()

    remembered, (first, second, other) = served_once()
    assert (remembered, first, other) == (0, second, [])
    cloud.proxy.clear()
    assert served_once() == (2, [first, first, []])
    assert requests(cloud) == (1, {})
    # Other bytes, as many.
    put(cloud, 1, written(tmp_path / "third", "two", more=50))
    assert served_once() == (1, [first, [], first])
    lists, asked = requests(cloud)
    assert (lists, asked.keys()) == (1, {key(1)})
