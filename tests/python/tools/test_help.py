"""The help of the commands that read and rewrite logs teaches, and says the same of what is the same."""

import argparse
import importlib

import pytest

from tensorbolt import cli

#: Commands for logs; the others start programs.
COMMANDS = [name for name in cli.COMMANDS if name not in ("run", "view", "bench")]


def parser_of(command):
    """The parser of one command."""
    commands = argparse.ArgumentParser(prog="tensorbolt").add_subparsers()
    name = {"import": "import_points"}.get(command, command)
    importlib.import_module(f"tensorbolt.cli.{name}").add_to(commands)
    return commands.choices[command]


def test_the_same_argument_has_the_same_words_in_each_command():
    #: What these make, or read, is not the same in each command.
    differ = {"--output", "--format", "--in-place"}
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
    # Commands that work on files take no patterns, and some commands need a log.
    assert several.keys() <= {"logdir", "logdirs"}
    logs = [*texts["logdir"], *texts["logdirs"]]
    assert all(words.startswith("directory with any number of runs") for words in logs)


@pytest.mark.parametrize("command", ["downsample", "merge", "edit", "reduce", "import"])
def test_commands_that_make_a_log_take_the_same_output(command):
    actions = parser_of(command)._option_string_actions
    assert actions["-o"].help.startswith("log directory to make")
    assert actions["-o"] is actions["--output"]
    assert actions["-f"] is actions["--overwrite"]
