"""Variables of the environment set the options that a program does not give."""

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.python.support.helpers import events

import tensorbolt
from tensorbolt import (
    FileWriter,
    GlobalSummaryWriter,
    SummaryWriter,
    _environment,
    cli,
    compat,
)
from tensorbolt._variables import TABLE, WITHOUT
from tensorbolt.compat import tensorboardx, torch

PARAMETERS = inspect.signature(SummaryWriter).parameters
OPTIONS = {
    "comment": ("_x", "_x"),
    "purge_step": ("7", 7),
    "max_queue": ("3", 3),
    "flush_secs": ("30.5", 30.5),
    "filename_suffix": (".x", ".x"),
    "write_to_disk": ("no", False),
    "comet_config": ('{"disabled": true}', {"disabled": True}),
    "on_error": ("raise", "raise"),
    "max_buffer": ("2MiB", 2 * 2**20),
    "on_full": ("drop", "drop"),
    # With 0 the native thread may open a file after the test has gone back to the directory it came from.
    "stall_timeout": ("5.5", 5.5),
    "fsync": ("True", True),
    "image_compression": ("high", "high"),
    "auto_step": ("ON", True),
    "hparams_run": ("runs/best", "runs/best"),
    "storage_options": ('{"timeout": "60s"}', {"timeout": "60s"}),
    "max_spool": ("1 GiB", 2**30),
    "ranks": ("first", "first"),
    "lazy": ("1", True),
    "resume": ("-3", -3),
    "device_values": ("wait", "wait"),
}
"""From an option to the text of its variable and to its value."""


@pytest.fixture
def variables(monkeypatch, tmp_path):
    """No variable of ours but those that a test sets."""
    for name in list(os.environ):
        if name.startswith("TENSORBOLT_") or name in ("RANK", "WORLD_SIZE"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def of(writer, option):
    """The value of an option that a writer works with."""
    if option == "write_to_disk":
        return writer._write_to_disk
    if option in writer._options_given:
        return writer._options_given[option]
    if option == "lazy":
        return writer._lazy
    return getattr(writer, option)


def test_every_option_has_a_variable_or_a_reason():
    options = [variable.option for variable in TABLE if variable.option]
    assert options == [name for name in PARAMETERS if name not in WITHOUT]
    assert list(OPTIONS) == [
        name for name in options if name not in ("log_dir", "rank", "world_size")
    ]
    assert all(
        variable.name == f"TENSORBOLT_{(variable.option or variable.name[11:]).upper()}"
        for variable in TABLE
    )


SEEN_ELSEWHERE = {"comment", "purge_step", "comet_config", "ranks", "resume"}


@pytest.mark.parametrize("option", [name for name in OPTIONS if name not in SEEN_ELSEWHERE])  # fmt: skip
def test_an_option_comes_from_its_variable_unless_it_is_given(option, variables):
    text, value = OPTIONS[option]
    variables.setenv(f"TENSORBOLT_{option.upper()}", text)
    with SummaryWriter("a") as writer:
        assert of(writer, option) == value
    default = PARAMETERS[option].default
    with SummaryWriter("b", **{option: default}) as writer:
        assert of(writer, option) == default
    # The others are what they were.
    with SummaryWriter("c") as writer:
        given = {n: of(writer, n) for n in OPTIONS if n not in SEEN_ELSEWHERE | {option}}  # fmt: skip
    assert given == {name: PARAMETERS[name].default for name in given}


def test_an_argument_by_position_is_given(variables):
    variables.setenv("TENSORBOLT_FLUSH_SECS", "30")
    variables.setenv("TENSORBOLT_FILENAME_SUFFIX", ".x")
    with SummaryWriter("a", "", None, 10, 120) as writer:
        assert (writer.flush_secs, writer.filename_suffix) == (120, ".x")
    with pytest.raises(TypeError, match="positional arguments but 12"):
        SummaryWriter("a", "", None, 10, 120, "", True, None, None, "warn", 1)


def test_a_subclass_gives_what_it_passes_on(variables):
    class Own(SummaryWriter):
        def __init__(self, directory, **options):
            super().__init__(directory, flush_secs=120, **options)

    variables.setenv("TENSORBOLT_FLUSH_SECS", "30")
    variables.setenv("TENSORBOLT_MAX_QUEUE", "3")
    with Own("a") as writer:
        assert (writer.flush_secs, writer.max_queue) == (120, 3)


@pytest.mark.parametrize("text", ["runs/sweep/", "runs/sweep"])
def test_the_directory_and_its_comment(variables, text):
    variables.setenv("TENSORBOLT_LOG_DIR", text)
    variables.setenv("TENSORBOLT_COMMENT", "base")
    for options, expected in [
        ({}, f"{text}base"),
        ({"comment": ""}, text),
        ({"comment": "lr", "log_dir": None}, f"{text}lr"),
        ({"log_dir": "", "comment": None}, text),
        ({"log_dir": "given", "comment": "lr"}, "given"),
        ({"logdir": Path("given")}, Path("given")),
    ]:
        with SummaryWriter(**options) as writer:
            assert writer.log_dir == expected
        assert list(Path(expected).glob("*tfevents*"))
    with pytest.raises(ValueError, match=r"comment '\.\./x' leads out"):
        SummaryWriter(comment="../x")
    variables.setenv("TENSORBOLT_LOG_DIR", "ftp://host/runs")
    with pytest.raises(ValueError, match=r"log_dir .*\(set by TENSORBOLT_LOG_DIR\)"):
        SummaryWriter(comment="x")


def test_the_directory_of_all_ranks_draws_no_warning(variables):
    variables.setenv("TENSORBOLT_LOG_DIR", "runs/job")
    variables.setenv("TENSORBOLT_RANKS", "all")
    variables.setenv("TENSORBOLT_RANK", "2")
    variables.setenv("TENSORBOLT_WORLD_SIZE", "4")
    with SummaryWriter() as writer:
        assert str(writer.log_dir) == "runs/job/rank_00002"


def test_ranks_that_variables_say(variables):
    variables.setenv("RANK", "1")
    variables.setenv("WORLD_SIZE", "8")
    variables.setenv("TENSORBOLT_RANK", "5")
    # Without `ranks` nothing asks for it.
    SummaryWriter("a").close()
    variables.setenv("TENSORBOLT_RANKS", "all")
    with pytest.warns(RuntimeWarning, match=r"rank 5 .TENSORBOLT_RANK\), but also rank 1 of 8"):  # fmt: skip
        assert str(SummaryWriter("a").log_dir) == "a/rank_00005"
    variables.delenv("RANK")
    assert str(SummaryWriter("a", rank=3).log_dir) == "a/rank_00003"
    assert SummaryWriter("a", ranks=None).log_dir == "a"
    variables.setenv("TENSORBOLT_WORLD_SIZE", "4")
    with pytest.raises(ValueError, match="TENSORBOLT_RANK must be below TENSORBOLT_WORLD_SIZE 4"):  # fmt: skip
        SummaryWriter("a")
    variables.delenv("TENSORBOLT_RANK")
    with pytest.raises(ValueError, match="TENSORBOLT_WORLD_SIZE 4 needs TENSORBOLT_RANK"):  # fmt: skip
        SummaryWriter("a")


def test_nothing_is_written(variables, tmp_path):
    variables.setenv("TENSORBOLT_WRITE_TO_DISK", "0")
    for kind in (SummaryWriter, GlobalSummaryWriter, FileWriter):
        writer = kind(str(tmp_path / "run"))
        writer.flush()
        writer.close()
    assert list(tmp_path.iterdir()) == []


def test_resume_and_purge_step_of_which_the_program_gives_one(variables, logdir):
    variables.setenv("TENSORBOLT_RESUME", "5")
    with SummaryWriter(logdir, purge_step=2) as writer:
        writer.add_scalar("a", 1, 2)
    assert {event.step for event in events(logdir)} == {2}
    variables.setenv("TENSORBOLT_PURGE_STEP", "3")
    with pytest.raises(
        ValueError,
        match=r"exclude each other.*set by TENSORBOLT_PURGE_STEP and TENSORBOLT_RESUME",
    ):
        SummaryWriter(logdir)
    with SummaryWriter(logdir, resume=True) as writer:
        assert writer._resumed.step is None


@pytest.mark.parametrize("package", [compat.torch, torch, tensorboardx])
def test_facades(package, variables):
    variables.setenv("TENSORBOLT_LOG_DIR", "runs/facade")
    variables.setenv("TENSORBOLT_FLUSH_SECS", "30")
    with package.SummaryWriter() as writer:
        assert (writer.log_dir, writer.flush_secs) == ("runs/facade", 30)


@pytest.mark.parametrize(
    "kind", [GlobalSummaryWriter, tensorboardx.GlobalSummaryWriter]
)
def test_the_global_writer(kind, variables):
    for option in ("auto_step", "resume", "lazy"):
        variables.setenv(f"TENSORBOLT_{option.upper()}", OPTIONS[option][0])
    variables.setenv("TENSORBOLT_RANKS", "reduce")
    variables.setenv("TENSORBOLT_ON_ERROR", "raise")
    variables.setenv("TENSORBOLT_FILENAME_SUFFIX", ".x")
    variables.setenv("TENSORBOLT_LOG_DIR", "runs/one")
    with kind() as writer:
        writer.add_scalar("a", 1.0)
        writer.add_scalar("a", 2.0)
        assert of(writer.smw, "on_error") == "raise"
    (file,) = Path("runs/one").iterdir()
    assert file.name.endswith(".x")
    assert [event.step for event in events(file.parent)] == [0, 1]
    with kind("two", filename_suffix="") as writer:
        assert not writer.smw.filename_suffix
    variables.setenv("TENSORBOLT_LOG_DIR", "s3://bucket/run")
    with pytest.raises(ValueError, match="logdir must be a local directory"):
        kind()


def test_a_file_writer_of_its_own(variables):
    variables.setenv("TENSORBOLT_ON_ERROR", "raise")
    variables.setenv("TENSORBOLT_PURGE_STEP", "3")
    writer = FileWriter("a")
    assert writer._options.on_error == "raise"
    assert events(Path("a")) == []
    writer.close()
    variables.setenv("TENSORBOLT_ON_ERROR", "stop")
    with pytest.raises(ValueError, match="variable TENSORBOLT_ON_ERROR"):
        FileWriter("a")


def test_functions_that_make_messages_are_not_changed(variables):
    variables.setenv("TENSORBOLT_RANKS", "all")
    variables.setenv("TENSORBOLT_WRITE_TO_DISK", "0")
    assert torch.summary.scalar("a", 1.0).value[0].tag == "a"


WRONG = {
    "PURGE_STEP": ["1.5", "true", "9223372036854775808", "٣"],
    "MAX_QUEUE": ["-1", "many"],
    "FLUSH_SECS": ["-1", "nan", "inf", "soon", "1_0"],
    "FILENAME_SUFFIX": ["a/b", "x" * 200],
    "WRITE_TO_DISK": ["2", "nope"],
    "COMET_CONFIG": ["[]", "{"],
    "ON_ERROR": ["Raise"],
    "MAX_BUFFER": ["0", "1MB", "-1", "1e6", "9999999TiB"],
    "ON_FULL": ["wait"],
    "STALL_TIMEOUT": ["-0.5"],
    "FSYNC": ["t"],
    "IMAGE_COMPRESSION": ["best"],
    "AUTO_STEP": ["None"],
    "HPARAMS_RUN": ["../up"],
    "STORAGE_OPTIONS": ['{"a": null}', '"aws_region"', '{"credential_provider": {}}'],
    "MAX_SPOOL": ["all"],
    "RANKS": ["last"],
    "RANK": ["-1", "4294967296"],
    "WORLD_SIZE": ["0"],
    "LAZY": ["maybe"],
    "RESUME": ["yes", "1.0"],
    "REDUCE_WINDOW": ["0"],
    "THREADS": ["0", "many"],
    "LOG": ["loud"],
}


@pytest.mark.parametrize(("name", "text"), [(n, t) for n in WRONG for t in WRONG[n]], ids=ascii)  # fmt: skip
def test_a_wrong_value_is_refused_by_name(name, text, variables, tmp_path):
    variables.setenv(f"TENSORBOLT_{name}", text)
    with pytest.raises(ValueError, match=f"^the variable TENSORBOLT_{name} must be .*; correct it or unset it$") as caught:  # fmt: skip
        SummaryWriter(tmp_path / "run", write_to_disk=True)
    if name in ("STORAGE_OPTIONS", "COMET_CONFIG"):
        assert text not in str(caught.value)
    else:
        assert ascii(text)[1:40] in ascii(str(caught.value))
    assert list(tmp_path.iterdir()) == []


def test_what_is_wrong_for_other_reasons_names_the_variable(variables):
    variables.setenv("TENSORBOLT_STORAGE_OPTIONS", json.dumps({"no_such_key": "1"}))
    with pytest.raises(ValueError, match="no_such_key"):
        SummaryWriter("s3://bucket/run")


def test_variables_of_a_mapping_that_replaces_the_environment(variables):
    variables.setattr(os, "environ", {"HOME": "/"})
    assert not _environment.is_set()
    os.environ["TENSORBOLT_FSYNC"] = "1"
    assert _environment.is_set()


def test_an_empty_variable_is_none(variables):
    for variable in TABLE:
        variables.setenv(variable.name, "")
    with SummaryWriter("a") as writer:
        assert of(writer, "fsync") is False
        assert writer.log_dir == "a"


def test_signatures_show_the_defaults():
    for kind in (SummaryWriter, GlobalSummaryWriter):
        shown = inspect.getfullargspec(kind.__init__)
        assert shown.args[0] == "self"
        assert shown.defaults[:5] == (None, "", None, 10, 120)
    assert SummaryWriter.__init__.__kwdefaults__["on_error"] == "warn"


def test_commands_write_what_they_are_asked_to(variables, tmp_path, capsys):
    variables.setenv("TENSORBOLT_WRITE_TO_DISK", "0")
    variables.setenv("TENSORBOLT_RANKS", "all")
    (tmp_path / "points.csv").write_text("run,tag,step,value\nr,loss,0,0.5\n")
    assert cli.main(["import", "points.csv", "-o", "log"]) == 0
    capsys.readouterr()
    assert list(tmp_path.glob("log/r/*tfevents*"))


PROGRAM = """
import sys
{first}
with SummaryWriter() as writer:
    writer.add_scalar("a", 1)
print(writer.flush_secs, "tensorbolt._variables" in sys.modules)
"""


@pytest.mark.parametrize(
    ("words", "first", "value"),
    [
        (["-c"], "from tensorbolt import SummaryWriter", None),
        (["-c"], "import tensorbolt; tensorbolt.install()\nfrom tensorboardX import SummaryWriter", "30"),
        (["-m", "tensorbolt", "run"], "from torch.utils.tensorboard import SummaryWriter", "30"),
    ],
    ids=["without", "install", "run"],
)  # fmt: skip
def test_programs(words, first, value, variables, tmp_path):
    text = PROGRAM.format(first=first)
    if value is not None:
        variables.setenv("TENSORBOLT_FLUSH_SECS", value)
        variables.setenv("TENSORBOLT_LOG_DIR", "here")
    if words != ["-c"]:
        Path("program.py").write_text(text)
        text = "program.py"
    variables.setenv("PYTHONPATH", str(Path(tensorbolt.__file__).parents[1]))
    done = subprocess.run(
        [sys.executable, *words, text],
        capture_output=True,
        text=True,
        check=True,
        timeout=250,
    )
    # What most programs do not need is not imported.
    assert done.stdout.split() == [value + ".0" if value else "120", str(bool(value))]
    assert bool(list(tmp_path.glob("here/*tfevents*"))) is bool(value)
