"""What `tensorbolt view` does with options of TensorBoard: some are for who reads the log, and others choose who does."""

import shlex

import pytest

from tensorbolt import SummaryWriter, cli
from tensorbolt.reading import tensorboard_process


def dry_run(capsys, *words):
    """The commands of a dry run, each with its words, and what was said."""
    assert cli.main(["view", "--dry-run", *words]) == 0
    printed = capsys.readouterr()
    return [shlex.split(line) for line in printed.out.splitlines()], printed.err


@pytest.fixture
def two(tmp_path, monkeypatch):
    """The directories `runs` and `old`, with a run each."""
    monkeypatch.chdir(tmp_path)
    for run in ("runs/first", "old/second"):
        with SummaryWriter(run) as writer:
            writer.add_scalar("loss", 1, 1)
    return tmp_path


def test_a_dry_run_prints_both_commands(two, capsys):
    (serve, show), said = dry_run(capsys, "--path_prefix=/board", "--port=7007")
    assert serve == ["tensorbolt", "serve", "runs", "--port=6806"]
    assert show[len(tensorboard_process.command()) :][:2] == [
        f"--logdir={two / 'runs'}",
        "--grpc_data_provider=localhost:6806",
    ]
    assert show[-2:] == ["--port=7007", "--path_prefix=/board"]
    assert said == ""


@pytest.mark.parametrize(
    ("words", "served", "shown"),
    [
        (["--reload_interval=7"], "--reload=7", None),
        (["--reload_interval=0"], "--reload=once", None),
        (["--samples_per_plugin=images=3,scalars=0"], "--samples=images=3,scalars=all", "images=3"),
        (["--samples=images=3"], "--samples=images=3", "images=3"),
        (["--all"], "--all", "scalars=2147483647"),
        (["--memory=2GiB"], "--memory=2147483648", None),
        (["--memory=1.5kB"], "--memory=1536", None),
        (["--index=/cache"], "--index=/cache", None),
        (["--no-checksum"], "--no-checksum", None),
    ],
)  # fmt: skip
def test_options_of_tensorboard_reach_who_reads_the_log(
    words, served, shown, two, capsys
):
    (serve, show), _ = dry_run(capsys, "runs", *words)
    assert served in serve
    assert not any(word.startswith("--reload") for word in show)
    (samples,) = [word for word in show if word.startswith("--samples_per_plugin=")]
    assert shown is None or shown in samples


def test_several_logs_have_names(two, capsys):
    for words in (["now=runs", "old"], ["--logdir_spec=now:runs,old"]):
        (serve, show), _ = dry_run(capsys, *words)
        assert serve[2:4] == ["now=runs", "old"]
        # There is no directory in which TensorBoard could look for a projector's files.
        assert not any(word.startswith("--logdir") for word in show)


@pytest.mark.parametrize(
    "word",
    ["--load_fast=false", "--reload_multifile=true", "--detect_file_replacement=true"],
)
def test_an_option_of_tensorboards_loaders_chooses_them(word, two, capsys):
    (show,), said = dry_run(capsys, "runs", word)
    assert show[-1] == word
    assert f"note: {word} is for TensorBoard's own loaders" in said


def test_tensorboard_reaches_us_without_a_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "example.org,localhost")
    variables = tensorboard_process.without_proxy()
    assert variables["no_grpc_proxy"] == "example.org,localhost,127.0.0.1,::1"
    assert variables["no_proxy"] == "example.org,localhost"
