"""`system_metrics`: what the machine does, from a native thread."""

import contextlib
import pickle
import shutil
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from tests.python.support.helpers import (
    event_files,
    events,
    python,
    records,
    scalars,
    wait_until,
    without_head,
)
from tests.python.support.machine import needs

from tensorbolt import SummaryWriter
from tensorbolt.record_writer import REGISTERED_FACTORIES

OFTEN, SELDOM = 0.2, 1e6
SUPPORT = Path(__file__).parents[1] / "support"
PROCESS = {
    "system/process/cores",
    "system/process/cpu_percent",
    "system/process/memory_bytes",
    "system/process/read_bytes_per_second",
    "system/process/written_bytes_per_second",
}
MACHINE = {
    "system/cpu_percent",
    "system/memory_bytes",
    "system/memory_percent",
    "system/swap_bytes",
    "system/disk/free_bytes",
    "system/disk/used_percent",
    "system/disk/read_bytes_per_second",
    "system/disk/written_bytes_per_second",
    "system/network/received_bytes_per_second",
    "system/network/sent_bytes_per_second",
}
RATES = {
    "system/cpu_percent",
    "system/process/cpu_percent",
    *(tag for tag in PROCESS | MACHINE if tag.endswith("_per_second")),
}

# A machine without GPUs gets a warning; a test below looks at the words.
pytestmark = pytest.mark.filterwarnings("ignore:tensorbolt. system_metrics")


def threads():
    """How many threads of this process take samples; one that has ended may be listed for a moment.

    The system's list ends early where a thread of the list ends meanwhile, so only waiting for a number is sure.
    """
    names = []
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            names.append((thread / "comm").read_text().strip())
    return names.count("tensorbolt-samp")


def wait_for_samples(writer, count):
    """Wait until a writer that logs nothing else has logged so many events in all."""
    wait_until(lambda: writer.stats()["events"] >= count)


def samples(directory):
    """From tag to number, for each event of a directory, those of GPUs and containers left out."""
    return [
        {
            value.tag: value.simple_value
            for value in event.summary.value
            if not value.tag.startswith(("system/gpu/", "system/container/"))
        }
        for event in events(directory)
    ]


def test_the_numbers_are_those_that_psutil_has(tmp_path):
    process = psutil.Process()
    with SummaryWriter(tmp_path) as writer:
        before = process.memory_info().rss
        writer.system_metrics(OFTEN)
        while writer.stats()["events"] < 4:
            sum(range(100_000))
        writer.close()
        seconds, after = sum(process.cpu_times()[:2]), process.memory_info().rss
    first, *later = samples(tmp_path)
    assert first.keys() == (PROCESS | MACHINE) - RATES
    for sample in later:
        assert sample.keys() == PROCESS | MACHINE
        assert all(number >= 0 for number in sample.values())
        assert sample["system/cpu_percent"] <= 100.001
    last = later[-1]
    resident = last["system/process/memory_bytes"]
    assert min(before, after) / 2 <= resident <= 2 * max(before, after)
    assert last["system/process/cores"] <= psutil.cpu_count()
    total = 100 * last["system/memory_bytes"] / last["system/memory_percent"]
    assert total == pytest.approx(psutil.virtual_memory().total, rel=1e-4)
    # Used and free change at any time, their sum does not.
    disk = shutil.disk_usage(tmp_path)
    whole = last["system/disk/free_bytes"] / (
        1 - last["system/disk/used_percent"] / 100
    )
    assert whole == pytest.approx(disk.used + disk.free, rel=1e-3)
    # The program has been busy since the first sample, and a tick of the clock is 0.01 s.
    times = [event.wall_time for event in events(tmp_path)]
    used = sum(
        sample["system/process/cpu_percent"] / 100 * (now - then)
        for sample, now, then in zip(later, times[1:], times, strict=False)
    )
    assert 0 < used <= seconds + 0.2 * len(later)


def test_steps_are_whole_seconds_since_the_first_call(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        began = time.time()
        writer.system_metrics(OFTEN)
        wait_for_samples(writer, 7)
        writer.close()
        before = writer.stats()["events"]
        found = [(event.step, event.wall_time) for event in events(tmp_path)]
        assert found[-1][0] >= 1
        # A busy machine may begin late and leave out a second.
        late = found[0][1] - began
        for step, when in found:
            assert when - began - late - 1.1 < step < when - began + 0.1
        # Time goes on while the writer is closed.
        writer._system_began -= 1000
        writer.system_metrics(SELDOM)
        wait_for_samples(writer, before + 1)
    assert max(step for _, step, _ in scalars(tmp_path)) >= 1000


def test_a_second_call_changes_the_interval(tmp_path):
    wait_until(lambda: threads() == 0)
    with SummaryWriter(tmp_path) as writer:
        writer.system_metrics(SELDOM)
        wait_for_samples(writer, 1)
        writer.system_metrics(OFTEN)
        wait_for_samples(writer, 3)
        writer.system_metrics(SELDOM)
        writer.system_metrics(SELDOM)
        # Two would stay.
        wait_until(lambda: threads() == 1)
    wait_until(lambda: threads() == 0)


def test_the_thread_ends_with_the_writer_and_copies_have_none(tmp_path):
    wait_until(lambda: threads() == 0)
    writer = SummaryWriter(tmp_path)
    writer.system_metrics(SELDOM)
    wait_for_samples(writer, 1)
    with pickle.loads(pickle.dumps(writer)) as copy:
        copy.add_scalar("x", 1.0)
    wait_until(lambda: threads() == 1)
    del writer
    wait_until(lambda: threads() == 0)


@pytest.mark.parametrize(
    ("seconds", "error", "text"),
    [
        ("10", TypeError, "seconds must be a number, not str"),
        (True, TypeError, "seconds must be a number, not bool"),
        (None, TypeError, "seconds must be a number, not NoneType"),
        (0, ValueError, "seconds must be finite and at least 0.2, not 0"),
        (0.1, ValueError, "at least 0.2"),
        (-5.0, ValueError, "at least 0.2"),
        (float("nan"), ValueError, "finite"),
        (float("inf"), ValueError, "finite"),
    ],
)
def test_wrong_intervals_raise(tmp_path, seconds, error, text):
    for options in ({}, {"write_to_disk": False}):
        with SummaryWriter(tmp_path, **options) as writer:
            with pytest.raises(error, match=text):
                writer.system_metrics(seconds)
            assert writer.stats()["events"] == 0


def test_a_writer_that_does_not_write_has_no_thread(tmp_path):
    wait_until(lambda: threads() == 0)
    with SummaryWriter(tmp_path / "none", write_to_disk=False) as writer:
        writer.system_metrics(SELDOM)
    with SummaryWriter(tmp_path, ranks="first", rank=1, world_size=2) as writer:
        writer.system_metrics(SELDOM)
        assert threads() == 0


@pytest.mark.parametrize(
    ("name", "local", "tags"),
    [
        ("LOCAL_RANK", "0", PROCESS | MACHINE),
        ("LOCAL_RANK", "1", PROCESS),
        ("SLURM_LOCALID", "3", PROCESS),
        ("LOCAL_RANK", "", PROCESS | MACHINE),
    ],
)
def test_one_rank_of_a_node_logs_the_machine(tmp_path, monkeypatch, name, local, tags):
    monkeypatch.setenv(name, local)
    with SummaryWriter(tmp_path, ranks="all", rank=5, world_size=8) as writer:
        writer.system_metrics(SELDOM)
        wait_for_samples(writer, 1)
    (found,) = samples(tmp_path / "rank_00005")
    assert found.keys() == tags - RATES


def test_a_forked_child_has_no_thread_unless_it_asks(tmp_path):
    python(
        """
        import contextlib, os, pathlib, sys, warnings
        from tensorbolt import SummaryWriter
        warnings.simplefilter("ignore")

        def threads():
            names = []
            for path in pathlib.Path("/proc/self/task").glob("*/comm"):
                # Other threads end by themselves.
                with contextlib.suppress(OSError):
                    names.append(path.read_text().strip())
            return names.count("tensorbolt-samp")

        writer = SummaryWriter(sys.argv[1])
        writer.system_metrics(0.2)
        while writer.stats()["events"] < 1 or threads() != 1:
            os.sched_yield()
        for asks in (False, True):
            if os.fork() == 0:
                assert threads() == 0
                writer.add_scalar("child", 1.0)
                if asks:
                    writer.system_metrics(1e6)
                    while writer.stats()["events"] < 2:
                        os.sched_yield()
                writer.close()
                assert writer.stats()["dropped"] == 0
                sys.exit(0)
            assert os.wait()[1] == 0
        # The process ends with a thread in it.
        writer.add_scalar("parent", 1.0)
        """,
        tmp_path,
    )
    found = [
        {
            value.tag.split("/")[0]
            for event in without_head(records(path))
            for value in event.summary.value
        }
        for path in event_files(tmp_path)
    ]
    assert sorted(map(sorted, found)) == [
        ["child"],
        ["child", "system"],
        ["parent", "system"],
    ]


def test_a_registered_scheme_gets_the_samples(tmp_path, monkeypatch):
    class Stream:
        def __init__(self, path):
            self.file = (tmp_path / Path(path).name).open("wb")
            self.write, self.flush, self.close = (
                self.file.write,
                self.file.flush,
                self.file.close,
            )

    class Factory:
        open = Stream

        def directory_check(self, path):
            pass

    monkeypatch.setitem(REGISTERED_FACTORIES, "metrics", Factory())
    with SummaryWriter("metrics://anywhere") as writer:
        writer.system_metrics(SELDOM)
        wait_for_samples(writer, 1)
    assert {tag for tag, _, _ in scalars(tmp_path)} >= PROCESS - RATES


def test_a_rank_whose_scalars_are_reduced_logs_into_its_stream(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "1")
    with SummaryWriter(tmp_path, ranks="reduce", rank=1, world_size=2) as writer:
        writer.system_metrics(SELDOM)
        wait_for_samples(writer, 1)
    (stream,) = (tmp_path / "ranks").glob("*.stream")
    tags = {value.tag for event in records(stream) for value in event.summary.value}
    assert tags == PROCESS - RATES
    assert event_files(tmp_path) == []


@pytest.fixture(scope="module")
def nvml(tmp_path_factory):
    """A directory with a library that answers as NVML does."""
    needs(shutil.which("cc"), "no compiler for the library", "gcc")
    directory = tmp_path_factory.mktemp("nvml")
    library = directory / "libnvidia-ml.so.1"
    source = SUPPORT / "nvml.c"
    command = ["cc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", library, source]
    subprocess.run(command, check=True)
    return directory


def test_gpus_and_what_is_missing(tmp_path, nvml, monkeypatch):
    """Of each state of the driver, all in one process: what is logged, and what one warning says."""
    monkeypatch.setenv("LD_LIBRARY_PATH", str(nvml))
    states = ["fine", "partition", "one lost", "lost", "no permission", "no driver"]
    states.append("no GPU")
    said = python(
        """
        import os, sys, warnings
        from tensorbolt import SummaryWriter
        directory, *states = sys.argv[1:]
        for state in states:
            os.environ["NVML_STATE"] = state
            with warnings.catch_warnings(record=True) as found:
                warnings.simplefilter("always")
                with SummaryWriter(f"{directory}/{state}") as writer:
                    writer.system_metrics(1e6)
                    while writer.stats()["events"] < 1:
                        os.sched_yield()
                    writer.close()
                    writer.system_metrics(1e6)
            print(state, [str(warning.message) for warning in found], sep="|")
        """,
        tmp_path,
        *states,
    ).stdout.splitlines()
    texts = dict(line.split("|") for line in said)
    assert texts.pop("fine") == texts.pop("partition") == texts.pop("one lost") == "[]"
    for state, words in {
        "lost": "GPU 1 cannot be asked",
        "no permission": "this user may not ask NVIDIA's driver",
        "no driver": "NVIDIA's driver is not loaded",
        "no GPU": "NVIDIA's driver knows none",
    }.items():
        # A list of one text, in double quotes as there is an apostrophe in most.
        assert texts[state].count("system_metrics: no GPU is logged") == 1
        assert words in texts[state]
        assert gpus(tmp_path / state) == {}
    fine = gpus(tmp_path / "fine")
    first = {tag[2:]: number for tag, number in fine.items() if tag[0] == "0"}
    assert first == {
        "usage_percent": 70,
        "memory_bytes": 20 * 2**30,
        "memory_percent": 25,
        "temperature_celsius": 60,
        "power_watts": 350.5,
        "sm_clock_megahertz": 1000,
        "memory_clock_megahertz": 2000,
    }
    second = {tag[2:]: number for tag, number in fine.items() if tag[0] == "1"}
    assert second.keys() == first.keys()
    assert (second["usage_percent"], second["memory_percent"]) == (71, 50)
    partition = gpus(tmp_path / "partition")
    assert fine.keys() - partition.keys() == {"0/usage_percent", "1/usage_percent"}
    assert {tag[0] for tag in gpus(tmp_path / "one lost")} == {"0"}


def gpus(directory):
    """What a directory has of GPUs, in the first sample."""
    prefix = "system/gpu/"
    return {
        tag[len(prefix) :]: number
        for tag, _, number in scalars(directory)
        if tag.startswith(prefix)
    }


def test_without_the_library_one_warning_says_so(tmp_path, monkeypatch):
    (tmp_path / "libnvidia-ml.so.1").write_text("This is no library.")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    program = """
        import sys, warnings
        from tensorbolt import SummaryWriter
        warnings.simplefilter("always")
        with SummaryWriter(sys.argv[1]) as writer:
            for _ in range(3):
                writer.system_metrics()
    """
    said = python(program, tmp_path / "run").stderr
    assert said.count("Warning") == 1
    assert "no GPU is logged: NVIDIA's library libnvidia-ml is not on" in said
