"""The help of the commands that read and rewrite logs teaches, and says the same of what is the same."""

import argparse
import importlib
import os
import re
import shlex
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import numpy as np
import pytest
from tests.python.support.rank_streams import Stream, scalars, start, stop

import tensorbolt
from tensorbolt import SummaryWriter, cli

#: Commands for logs; the others start programs.
COMMANDS = [
    name for name in cli.COMMANDS if name not in ("run", "view", "serve", "bench")
]


#: An example, and what it does.
EXAMPLE = re.compile(r"^  (tensorbolt .*?)(?:   +\S.*)?$", re.MULTILINE)
WIDTH = 80


def parser_of(command):
    """The parser of one command."""
    commands = argparse.ArgumentParser(prog="tensorbolt").add_subparsers()
    name = {"import": "import_points"}.get(command, command)
    importlib.import_module(f"tensorbolt.cli.{name}").add_to(commands)
    return commands.choices[command]


def test_the_same_argument_has_the_same_words_in_each_command():
    #: What these make, read or leave is not the same in each command.
    differ = {"--output", "--format", "--in-place", "--json", "--dry-run"}
    texts = {}
    for command in COMMANDS:
        for action in parser_of(command)._actions:
            names = action.option_strings[-1:] or [action.dest]
            texts.setdefault(names[0], {}).setdefault(action.help, []).append(command)
    several = {
        name: words
        for name, words in texts.items()
        if len(words) > 1 and name not in differ
    }
    # Commands that work on files take no patterns, those that rewrite them no addresses, and some commands need a log.
    assert several.keys() <= {"logdir", "logdirs", "paths"}
    # Only `tail` prints more than one object.
    assert sorted(texts["--json"].values(), key=len)[0] == ["tail"]
    assert len(texts["--json"]) == 2
    logs = [*texts["logdir"], *texts["logdirs"]]
    assert all(words.startswith("directory with any number of runs") for words in logs)


@pytest.mark.parametrize("command", ["downsample", "merge", "edit", "reduce", "import"])
def test_commands_that_make_a_log_take_the_same_output(command):
    actions = parser_of(command)._option_string_actions
    assert actions["-o"].help.startswith("log directory to make")
    assert actions["-o"] is actions["--output"]
    assert actions["-f"] is actions["--overwrite"]


def help_of(command, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    return parser_of(command).format_help()


def examples():
    """Commands and the words of their examples, up to a pipe or a redirection."""
    for command in COMMANDS:
        for line in EXAMPLE.findall(parser_of(command).epilog):
            words = takewhile(
                lambda word: word not in ("|", ">", "&&"), shlex.split(line)
            )
            yield [*words][1:]


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_help_fits_a_terminal(command, monkeypatch):
    text = help_of(command, monkeypatch)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "\nexamples:\n" in text
    assert len(EXAMPLE.findall(text)) >= 2


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_each_exit_status_means(command, monkeypatch):
    lists = help_of(command, monkeypatch).partition("\nexit status:\n")[2]
    statuses = re.findall(r"^  (\d)  \S", lists.partition("\n\n")[0], re.MULTILINE)
    assert statuses == (["0", "2"] if command == "import" else ["0", "1", "2"])


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A directory with all that the examples name."""
    monkeypatch.chdir(tmp_path)
    runs = [
        "first",
        "reference",
        "today",
        "job",
        "job-resumed",
        "other",
        "seed0",
        "seed1",
    ]
    for run in [f"runs/{name}" for name in runs] + ["sweep/a/seed0", "sweep/a/seed1"]:
        with SummaryWriter(run, hparams_run=".") as writer:
            for step in range(30):
                for tag in ("loss", "lr", "val/loss", "old/loss", "grad/norm"):
                    writer.add_scalar(tag, 1 / (1 + step), step)
            writer.add_image("sample", np.zeros((3, 2, 2)), 10)
            writer.add_hparams({"rate": 0.1}, {})
    Stream("job", 1).add(start(0, 1), scalars(0, 1, {"loss": 0.5}), stop(0))
    (tmp_path / "spool").mkdir()
    monkeypatch.setenv("TENSORBOLT_SPOOL", str(tmp_path / "spool"))
    (tmp_path / "points.csv").write_text("step,tag,value\n1,loss,0.5\n")
    (tmp_path / "history.jsonl").write_text('{"step": 1, "loss": 0.5}\n')
    return tmp_path


@pytest.mark.parametrize("words", [*examples()], ids=" ".join)
def test_examples_do_what_they_show(words, place, capsys):
    is_remote = any(word.startswith("s3://") for word in words)
    if is_remote or (words[0] == "tail" and "--once" not in words):
        # There is no store here, and the other would not end.
        parser_of(words[0]).parse_args(words[1:])
        return
    before = {*place.rglob("*")}
    assert cli.main(words) == 0
    assert capsys.readouterr().out
    made = [path for path in place.iterdir() if path not in before]
    output = words[words.index("-o") + 1] if "-o" in words else "-"
    if output != "-":
        assert (place / output).exists()
        assert len(made) == (0 if "/" in output else 1)


@pytest.mark.parametrize(
    "words",
    [
        "export runs -o pipe -f --format csv",
        "reduce runs -o blocked/out.csv",
        "ls runs/first/events",
        "import nothing.csv -o out",
        "merge runs/nothing -o out",
        "verify nothing",
    ],
)
def test_what_the_system_refuses_is_a_sentence_and_status_2(words, place):
    """An output that is no file, a directory that is a file, and names of nothing."""
    (place / "blocked").touch()
    os.mkfifo(place / "pipe")
    done = subprocess.run(
        [sys.executable, "-m", "tensorbolt", *words.split()],
        env={**os.environ, "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert f"tensorbolt {words.split()[0]}: error: " in done.stderr
    assert "Traceback" not in done.stderr
    assert (place / "pipe").is_fifo()
