"""Ray Data reads what the local reader reads."""

import pandas as pd
import pytest

import tensorbolt.ray

pytestmark = [
    # Ray leaves files and sockets to the garbage collector, and uses what its dependencies have deprecated.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module", autouse=True)
def cluster():
    import ray

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        yield
        ray.shutdown()


def test_a_thousand_runs_equal_the_local_table(sweep, local, as_plain):
    dataset = tensorbolt.ray.read(sweep, override_num_blocks=8)
    pd.testing.assert_frame_equal(as_plain(dataset.to_pandas()), local)


def test_filters_and_options_reach_the_tasks(sweep, local):
    dataset = tensorbolt.ray.read(
        sweep, tags="loss", steps=(3, 5), restarts="keep", duplicates="all",
        override_num_blocks=4, concurrency=1,
    )  # fmt: skip
    made = dataset.to_pandas()
    assert {*made["tag"]} == {"loss"}
    # Ten runs have steps 3 and 4 in both of their files.
    assert len(made) == 1000 * 2 + 10 * 2


def test_a_few_rows_of_few_runs(sweep):
    dataset = tensorbolt.ray.read(sweep, runs="group0/run0007")
    assert [row["step"] for row in dataset.limit(3).take_all()] == [0, 1, 2]
    assert dataset.count() == 10


def test_an_empty_log_has_columns_and_no_rows(tmp_path):
    dataset = tensorbolt.ray.read(tmp_path)
    assert dataset.count() == 0


def test_a_missing_log_fails_in_the_call(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no"):
        tensorbolt.ray.read(tmp_path / "none")
